import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { importSecret, newWebhookSecret, signWebhook } from '../../src/tell/deliveries/sign.ts';

/*
 * The vector that the Standard Webhooks project publishes with its reference libraries: "sign function works" in
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
 */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

describe('the published Standard Webhooks vector', () => {
  test('is what we sign', async () => {
    const { id, timestamp, body, secret, signature } = VECTOR;
    expect(await signWebhook({ id, timestamp, body, keys: [await importSecret(secret)] })).toEqual({
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    });
  });

  test('is what the reference library signs', () => {
    const { id, timestamp, body, secret, signature } = VECTOR;
    expect(new Webhook(secret).sign(id, new Date(timestamp * 1000), body)).toBe(signature);
  });
});

const importAll = (secrets: readonly string[]) => Promise.all(secrets.map(importSecret));

describe('several secrets', () => {
  const now = Math.floor(Date.now() / 1000);
  const body = '{"type":"payment.succeeded","data":{"name":"Zoë € 🦉"}}';

  test('make a signature each, in their order, and each secret’s holder verifies', async () => {
    const secrets = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
    const headers = await signWebhook({ id: 'evt_1', timestamp: now, body, keys: await importAll(secrets) });
    const alone = await Promise.all(
      secrets.map(async (secret) =>
        signWebhook({ id: 'evt_1', timestamp: now, body, keys: await importAll([secret]) }),
      ),
    );
    expect(headers['webhook-signature'].split(' ')).toEqual(alone.map((each) => each['webhook-signature']));
    for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  });

  test('do not help who holds none of them, nor a changed body, id or time', async () => {
    const secret = newWebhookSecret();
    const headers = await signWebhook({
      id: 'evt_1',
      timestamp: now,
      body,
      keys: await importAll([secret, newWebhookSecret()]),
    });
    const verify = (key: string, text: string, change: Record<string, string>) => () =>
      new Webhook(key).verify(text, { ...headers, ...change });
    expect(verify(newWebhookSecret(), body, {})).toThrow(/signature/i);
    expect(verify(secret, `${body} `, {})).toThrow(/signature/i);
    expect(verify(secret, body, { 'webhook-id': 'evt_2' })).toThrow(/signature/i);
    expect(verify(secret, body, { 'webhook-timestamp': String(now - 1) })).toThrow(/signature/i);
    expect(verify(secret, body, {})).not.toThrow();
  });
});
