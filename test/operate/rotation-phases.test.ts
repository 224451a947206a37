import { env } from 'cloudflare:workers';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeEach, expect, it, vi } from 'vitest';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import { PUBLISH_SECONDS } from '../../src/base/key-lives.rules.ts';
import { SIGNING_KEPT_SECONDS } from '../../src/operate/secrets/secret-life.rules.ts';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { type Isolate, isolateWith } from './isolates.ts';

/* The phases of a rotation at the gateway's front door: somebody buys before, in and after each, with isolates that have older and newer settings. */

let world: World;
let quay: TestApp;
let product: string;
beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
  product = (await world.createProduct({ name: 'quay:lifetime' })).id;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});

let buyers = 0;

/** Somebody buys. What Polar sends comes to each of the isolates in turn. @returns the types of events that were told */
async function buy(...isolates: Isolate[]): Promise<string[]> {
  buyers += 1;
  const user = `user-${buyers}`;
  const opened = await isolates[0]?.ask<{ id: string; checkout_url: string }>('POST', '/v1/payments', {
    key: quay.secretKey,
    body: { product_id: product, customer: { external_id: user } },
  });
  expect(opened?.status).toBe(201);
  world.held.length = 0;
  world.holdWebhooks = true;
  await world.pay('sandbox', opened?.body.checkout_url ?? '', { email: `reader-${buyers}@floe-mail.dev` });
  world.holdWebhooks = false;
  for (const [i, request] of world.held.entries()) {
    const headers = Object.fromEntries(request.headers);
    const taken = await isolates[i % isolates.length]?.ask('POST', '/webhooks/polar', {
      rawBody: await request.clone().text(),
      headers,
    });
    expect(taken?.status).toBe(200);
  }
  await world.settle();
  const { results } = await env.DB.prepare(
    'select type from events where payment_id = ?1 or customer_id = (select customer_id from payments where id = ?1)',
  )
    .bind(opened?.body.id)
    .all<{ type: string }>();
  return results.map(({ type }) => type).toSorted();
}

it('the webhook’s secret: what comes by two endpoints, to older and newer isolates, is told once', async () => {
  const secret = 'floe_whs_of_the_second_endpoint_0123456789';
  const before = isolateWith({});
  const both = isolateWith({ POLAR_SANDBOX_WEBHOOK_SECRETS_2: secret });
  const after = isolateWith({
    POLAR_SANDBOX_WEBHOOK_SECRETS: undefined,
    POLAR_SANDBOX_WEBHOOK_SECRETS_2: secret,
  });
  const once = await buy(before);
  expect(once).toContain('payment.succeeded');
  expect(await buy(both, before)).toEqual(once);

  const first = world.polarEndpoints.sandbox;
  await world.polar('sandbox', 'POST', '/v1/webhooks/endpoints', {
    url: `${GATEWAY_URL}/webhooks/polar`,
    format: 'raw',
    secret,
    events: EVENT_TYPES,
  });
  expect(await buy(both)).toEqual(once);
  expect(new Set(world.held.map((request) => request.headers.get('webhook-id'))).size).toBe(
    world.held.length,
  );
  await world.polar('sandbox', 'DELETE', `/v1/webhooks/endpoints/${first}`);
  expect(await buy(both)).toEqual(once);
  expect(await buy(after, both)).toEqual(once);
});

it('a signing key: sites with cached key sets verify each token, and a session lives on, through all phases', async () => {
  const key = async (kid: string, from: number) => {
    const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid, sign_from: from }] });
  };
  const begins = Math.floor(Date.now() / 1000) + PUBLISH_SECONDS;
  const next = await key('sandbox-2', begins);
  const before = isolateWith({});
  const both = isolateWith({ FLOE_SANDBOX_SIGNING_KEYS_2: next });
  const after = isolateWith({ FLOE_SANDBOX_SIGNING_KEYS: undefined, FLOE_SANDBOX_SIGNING_KEYS_2: next });
  await buy(before);
  const { body: session } = await before.ask<{ session: string }>('POST', '/v1/sessions', {
    key: quay.secretKey,
    body: { external_id: `user-${buyers}` },
  });
  const kids = new Set<string>();
  const keySet = async (isolate: Isolate) =>
    (await isolate.ask<{ keys: JsonWebKey[] }>('GET', '/sandbox/.well-known/jwks.json')).body;
  /** An isolate answers, and sites that read the key set from any of the others verify. */
  const expectBelieved = async (isolate: Isolate, ...published: Isolate[]) => {
    const answer = await isolate.ask<{ allow: boolean; token: string }>(
      'GET',
      `/v1/access?resource=product:${product}&max_age=0`,
      { key: session.session },
    );
    expect(answer.body).toMatchObject({ allow: true });
    kids.add((JSON.parse(atob(answer.body.token.split('.')[0] ?? '')) as { kid: string }).kid);
    for (const each of published)
      expect(
        await verifyEntitlements(answer.body.token, {
          gateway: GATEWAY_URL,
          app: quay.slug,
          jwks: await keySet(each),
          now: () => Date.now(),
        }),
      ).toMatchObject({ ok: true });
    const cached = await isolate.ask('GET', `/v1/access?resource=product:${product}`, {
      key: session.session,
    });
    expect(cached.body).toMatchObject({ allow: true });
  };
  await expectBelieved(before, before, both);
  await expectBelieved(both, before, both);
  const until = (seconds: number) => vi.setSystemTime(seconds * 1000);
  until(begins - 1);
  await expectBelieved(both, before, both);
  until(begins + 1);
  await expectBelieved(both, both);
  until(begins + SIGNING_KEPT_SECONDS);
  await expectBelieved(after, both, after);
  await expectBelieved(both, after);
  expect([...kids]).toEqual(['sandbox-1', 'sandbox-2']);
});
