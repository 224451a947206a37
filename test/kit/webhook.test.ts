import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { connect, createServer, type IncomingHttpHeaders as Http2Headers } from 'node:http2';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { verifyWebhook } from '../../packages/kit/webhook.ts';
import { newWebhookSecret } from '../../src/tell/deliveries/sign.ts';
import { sampleBody } from '../../src/tell/events/sample-events.rules.ts';
import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const at = { now: () => NOW };
const secret = newWebhookSecret();
const body = sampleBody('payment.succeeded', { id: 'evt_1', app: 'quay-live', mode: 'live', now: NOW });

/** Signed by the reference library, with as many signatures as there are secrets. */
const headersFor = (text: string, secrets: readonly string[], seconds: number) => ({
  'webhook-id': 'evt_1',
  'webhook-timestamp': String(seconds),
  'webhook-signature': secrets
    .map((each) => new Webhook(each).sign('evt_1', new Date(seconds * 1000), text))
    .join(' '),
});
const sign = (change: { body?: string; secrets?: string[]; secondsAgo?: number } = {}) => {
  const text = change.body ?? body;
  const seconds = NOW / 1000 - (change.secondsAgo ?? 0);
  return { headers: headersFor(text, change.secrets ?? [secret], seconds), body: text };
};

describe('a genuine webhook', () => {
  test.each(Object.keys(EVENT_TYPES))('%s gives its event', async (type) => {
    const text = sampleBody(type, { id: 'evt_1', app: 'quay-live', mode: 'live', now: NOW });
    expect(await verifyWebhook(sign({ body: text }), secret, at)).toEqual({
      ok: true,
      event: JSON.parse(text),
      text,
    });
  });

  test('gives the text that was signed, in which numbers have all their digits', async () => {
    const digits = '"metadata":{"discord_id":653247040368672769,"share":0.10000000000000000555}';
    const text = body.replace('"data":{', `"data":{${digits},`);
    const { headers } = sign({ body: text });
    const request = new Request('https://shop.example/hooks', { method: 'POST', headers, body: text });
    for (const received of [
      request,
      { headers, body: text },
      { headers, body: new TextEncoder().encode(text) },
    ]) {
      const result = await verifyWebhook(received, secret, at);
      expect(result).toEqual({ ok: true, event: JSON.parse(text), text });
    }
  });

  test('as a Request, in other letters, in any alphabet', async () => {
    const text = JSON.stringify({ ...JSON.parse(body), note: 'Zoë € 🦉' });
    const { headers } = sign({ body: text });
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const request = new Request('https://shop.example/hooks', { method: 'POST', headers: upper, body: text });
    expect(await verifyWebhook(request, secret, at)).toMatchObject({ ok: true });
    expect(await verifyWebhook({ headers: upper, body: text }, secret, at)).toMatchObject({ ok: true });
  });

  test('as Node’s frameworks hand it over: their headers, and the body as text or bytes', async () => {
    const text = JSON.stringify({ ...JSON.parse(body), note: 'Zoë € 🦉' });
    const { headers } = sign({ body: text });
    const http1: IncomingHttpHeaders = { ...headers, host: 'shop.example', 'set-cookie': ['a=1', 'b=2'] };
    const http2: Http2Headers = {
      ...headers,
      ':path': '/hooks',
      ':method': 'POST',
      ':authority': 'shop.example',
    };
    const inBytes = Buffer.from(`..${text}..`).subarray(2, -2);
    const bytes = new Uint8Array(inBytes);
    const bodies = [
      text,
      inBytes,
      bytes,
      bytes.buffer,
      runInNewContext('bytes.slice().buffer', { bytes }) as ArrayBuffer,
    ];
    for (const sent of [http1, http2, new Headers(headers)]) {
      for (const each of bodies)
        expect(await verifyWebhook({ headers: sent, body: each }, secret, at)).toEqual({
          ok: true,
          event: JSON.parse(text),
          text,
        });
    }
  });

  test('over real HTTP/2, as the server gives it', async () => {
    const server = createServer();
    const results: unknown[] = [];
    server.on('stream', (stream, headers) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
        results.push(await verifyWebhook({ headers, body: Buffer.concat(chunks) }, secret, at));
        stream.respond({ ':status': 204 });
        stream.end();
      })();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const client = connect(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
    const stream = client.request({ ':method': 'POST', ':path': '/hooks', ...sign().headers });
    stream.end(body);
    await once(stream.resume(), 'close');
    client.close();
    server.close();
    expect(results).toEqual([{ ok: true, event: JSON.parse(body), text: body }]);
  });

  test('while secrets rotate: any of ours, any of the signatures', async () => {
    const next = newWebhookSecret();
    const old = sign();
    const both = sign({ secrets: [next, secret] });
    expect(await verifyWebhook(old, [next, secret], at)).toMatchObject({ ok: true });
    expect(await verifyWebhook(both, secret, at)).toMatchObject({ ok: true });
    expect(await verifyWebhook(both, next, at)).toMatchObject({ ok: true });
    expect(await verifyWebhook(old, next, at)).toEqual({ ok: false, reason: 'bad_signature' });
    expect(await verifyWebhook(old, [], at)).toEqual({ ok: false, reason: 'bad_signature' });
  });
});

describe('beside the reference library', () => {
  test('what it signs is verified', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (note) => {
        const text = JSON.stringify({ ...JSON.parse(body), note });
        expect(await verifyWebhook(sign({ body: text }), secret, at)).toMatchObject({ ok: true });
      }),
      { numRuns: 50 },
    );
  });

  test('the two agree about changed ones', async () => {
    const now = Math.floor(Date.now() / 1000);
    const genuine = headersFor(body, [secret], now);
    const headers = fc.record({
      'webhook-id': fc.constantFrom('evt_1', 'evt_2', ''),
      'webhook-timestamp': fc.constantFrom(
        String(now),
        String(now - 1),
        String(now - 400),
        String(now + 400),
        'x',
      ),
      'webhook-signature': fc.constantFrom(
        genuine['webhook-signature'],
        `v1a,AAAA ${genuine['webhook-signature']}`,
        genuine['webhook-signature'].replace('v1,', 'v2,'),
        genuine['webhook-signature'].slice(0, -2),
        'v1,',
        '',
      ),
    });
    const text = fc.constantFrom(body, `${body} `);
    await fc.assert(
      fc.asyncProperty(headers, text, async (sent, sentBody) => {
        const reference = () => new Webhook(secret).verify(sentBody, sent);
        const { ok } = await verifyWebhook({ headers: sent, body: sentBody }, secret);
        if (ok) expect(reference).not.toThrow();
        else expect(reference).toThrow();
      }),
      { numRuns: 300 },
    );
  });

  test('the vector that is published with the libraries', async () => {
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const then = { now: () => 1_614_265_330_000 };
    // Genuine, and no event of ours.
    expect(await verifyWebhook({ headers, body: '{"test": 2432232314}' }, key, then)).toEqual({
      ok: false,
      reason: 'malformed',
    });
    expect(await verifyWebhook({ headers, body: '{"test": 2432232315}' }, key, then)).toEqual({
      ok: false,
      reason: 'bad_signature',
    });
  });
});

describe('attack:', () => {
  test('a changed body, id or time', async () => {
    const genuine = sign();
    const refused = { ok: false, reason: 'bad_signature' };
    expect(await verifyWebhook({ ...genuine, body: `${body} ` }, secret, at)).toEqual(refused);
    for (const change of [{ 'webhook-id': 'evt_2' }, { 'webhook-timestamp': String(NOW / 1000 - 1) }]) {
      const headers = { ...genuine.headers, ...change };
      expect(await verifyWebhook({ ...genuine, headers }, secret, at)).toEqual(refused);
    }
  });

  test('another secret, no signature, another scheme', async () => {
    const genuine = sign();
    const refused = { ok: false, reason: 'bad_signature' };
    expect(await verifyWebhook(sign({ secrets: [newWebhookSecret()] }), secret, at)).toEqual(refused);
    for (const signature of [
      'v1,',
      'v1',
      'v1a,AAAA',
      `${genuine.headers['webhook-signature']}x`,

      genuine.headers['webhook-signature'].replace('v1', 'v0'),
    ]) {
      const headers = { ...genuine.headers, 'webhook-signature': signature };
      expect(await verifyWebhook({ ...genuine, headers }, secret, at)).toEqual(refused);
    }
  });

  test('an old one sent again, and one of the future: five minutes are the bound', async () => {
    expect(await verifyWebhook(sign({ secondsAgo: 300 }), secret, at)).toMatchObject({ ok: true });
    expect(await verifyWebhook(sign({ secondsAgo: 301 }), secret, at)).toEqual({
      ok: false,
      reason: 'too_old',
    });
    expect(await verifyWebhook(sign({ secondsAgo: -301 }), secret, at)).toEqual({
      ok: false,
      reason: 'too_new',
    });
  });

  test('an old one, by a tolerance that is no number: that is named, since every age would be within it', async () => {
    const options = { ...at, toleranceSeconds: Number.NaN };
    await expect(verifyWebhook(sign({ secondsAgo: 9_999 }), secret, options)).rejects.toThrow(
      'verifyWebhook: toleranceSeconds is NaN',
    );
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s', async (name) => {
    const genuine = sign();
    const headers = { ...genuine.headers, [name]: undefined };
    expect(await verifyWebhook({ ...genuine, headers }, secret, at)).toEqual({
      ok: false,
      reason: 'missing_headers',
    });
  });

  test.each(['soon', '1e9', '-5', '0x10', `${NOW / 1000}.5`])(
    'a time that is none: %s',
    async (timestamp) => {
      const genuine = sign();
      const headers = { ...genuine.headers, 'webhook-timestamp': timestamp };
      expect(await verifyWebhook({ ...genuine, headers }, secret, at)).toEqual({
        ok: false,
        reason: 'missing_headers',
      });
    },
  );

  test('more than a megabyte, said beforehand, is not even read', async () => {
    const { headers } = sign();
    const request = new Request('https://shop.example/hooks', {
      method: 'POST',
      headers: { ...headers, 'content-length': '1048577' },
      body,
    });
    expect(await verifyWebhook(request, secret, at)).toEqual({ ok: false, reason: 'too_large' });
    expect(request.bodyUsed).toBe(false);
    const least = { headers: { ...headers, 'content-length': '1048576' }, body };
    expect(await verifyWebhook(least, secret, at)).toMatchObject({ ok: true });
  });

  test('headers that no `Headers` would take are no reason to throw', async () => {
    const { headers } = sign();
    const more = { ...headers, 'x-odd': 'a\r\nb', ':path': '/', 'bad name': '\u0000', 'x-not': undefined };
    expect(await verifyWebhook({ headers: more, body }, secret, at)).toMatchObject({ ok: true });
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      for (const value of ['a\r\nb', '\u0000', '€', ['a', 'b'], []]) {
        const result = await verifyWebhook({ headers: { ...headers, [name]: value }, body }, secret, at);
        expect(result).toMatchObject({ ok: false });
      }
    }
  });

  test('a header that comes twice, in one spelling or two', async () => {
    const { headers } = sign();
    const refused = { ok: false, reason: 'bad_signature' };
    expect(await verifyWebhook({ headers: { ...headers, 'Webhook-Id': 'evt_1' }, body }, secret, at)).toEqual(
      refused,
    );
    expect(
      await verifyWebhook({ headers: { ...headers, 'webhook-id': ['evt_1', 'evt_2'] }, body }, secret, at),
    ).toEqual(refused);
    const once = { ...headers, 'webhook-id': ['evt_1'] };
    expect(await verifyWebhook({ headers: once, body }, secret, at)).toMatchObject({ ok: true });
  });

  test('bytes that are no text, and an upload that breaks off', async () => {
    const bytes = Buffer.from(`${body.slice(0, -1)},"note":"\u00ff"}`, 'latin1');
    const { headers } = sign();
    const signature = `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
      .update(`evt_1.${NOW / 1000}.`)
      .update(bytes)
      .digest('base64')}`;
    const sent = { headers: { ...headers, 'webhook-signature': signature }, body: bytes };
    expect(await verifyWebhook(sent, secret, at)).toEqual({ ok: false, reason: 'malformed' });
    const stream = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) });
    const init = { method: 'POST', headers, body: stream, duplex: 'half' };
    const request = new Request('https://shop.example/hooks', init);
    expect(await verifyWebhook(request, secret, at)).toEqual({ ok: false, reason: 'malformed' });
  });

  test('more than a megabyte', async () => {
    const genuine = sign({ body: 'x'.repeat(1_048_577) });
    expect(await verifyWebhook(genuine, secret, at)).toEqual({ ok: false, reason: 'too_large' });
  });
});

test('a body that was read or parsed already is this side’s mistake, and said so', async () => {
  const { headers } = sign();
  const request = new Request('https://shop.example/hooks', { method: 'POST', headers, body });
  await request.text();
  await expect(verifyWebhook(request, secret, at)).rejects.toThrow(/read already/);
  for (const parsed of [JSON.parse(body), undefined, null, 7] as string[])
    await expect(verifyWebhook({ headers, body: parsed }, secret, at)).rejects.toThrow(/not what was parsed/);
});

test('a secret that is none is this side’s mistake, and said so', async () => {
  const genuine = sign();
  for (const wrong of ['', 'whsec_', 'whsec_not base64!', 'plain'])
    await expect(verifyWebhook(genuine, wrong, at)).rejects.toThrow(/whsec_/);
});

test.each([
  [undefined, 'is not set'],
  [null, 'is not set'],
  ['', 'is empty'],
])('a secret that nobody has set (%j) %s, and named', async (secret, state) => {
  const genuine = sign();
  await expect(verifyWebhook(genuine, secret as unknown as string, at)).rejects.toThrow(
    `verifyWebhook: the secret (whsec_…) ${state}`,
  );
});
