import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { beforeEach, expect, it, vi } from 'vitest';
import type { SecretsView } from '../../src/operate/secrets/secrets.answers.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { record } from '../harness/story.ts';
import { type Isolate, isolateWith } from './isolates.ts';

/* A new encryption key: everything that the old one has encrypted is encrypted again, while events keep arriving. */

const ADMIN = env.FLOE_ADMIN_TOKEN;
const MINUTE = 60_000;
let world: World;
let quay: TestApp;
let product: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
  product = (await world.createProduct({ name: 'quay:lifetime' })).id;
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Somebody buys, and this isolate is told by Polar. */
async function buyThrough(isolate: Isolate, email: string): Promise<void> {
  const opened = await isolate.ask<{ checkout_url: string }>('POST', '/v1/payments', {
    key: quay.secretKey,
    body: { product_id: product },
  });
  expect(opened.status).toBe(201);
  const told = await record(world, async () => {
    await world.pay('sandbox', opened.body.checkout_url, { email });
  });
  expect(told.some(({ type }) => type === 'order.paid')).toBe(true);
  for (const each of told) expect(await isolate.hear(world, each)).toBe(200);
}

/** Every value in D1 that was encrypted with the key, by table and column. */
async function encryptedWith(keyId: string): Promise<string[]> {
  const { results: columns } = await env.DB.prepare(
    "select t.name as tbl, c.name as col from sqlite_master as t, pragma_table_info(t.name) as c where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '_cf_%' and t.name not like 'd1_%'",
  ).all<{ tbl: string; col: string }>();
  const found: string[] = [];
  for (const { tbl, col } of columns) {
    const { results } = await env.DB.prepare(
      `select count(*) as n from "${tbl}" where "${col}" glob '${keyId}.[pz].*' or "${col}" glob '*"${keyId}.[pz].*'`,
    ).all<{ n: number }>();
    if (results[0]?.n) found.push(`${tbl}.${col}`);
  }
  return found.toSorted();
}

it('takes over everything that the old key has encrypted, also what an isolate with the settings of before still writes', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const next = `k2:${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
  const before = isolateWith({});
  await buyThrough(before, 'ada@floe-mail.dev');
  const pending = await before.ask('POST', '/v1/payments', {
    key: quay.secretKey,
    headers: { 'idempotency-key': 'once' },
    body: { product_id: product },
  });
  const [endpoint] = (
    await before.ask<{ data: { id: string }[] }>('GET', '/v1/webhook-endpoints', { key: quay.secretKey })
  ).body.data;
  const rotated = await before.ask<{ secret: string }>(
    'POST',
    `/v1/webhook-endpoints/${endpoint?.id}/rotate-secret`,
    { key: quay.secretKey, body: { overlap_seconds: 600_000 } },
  );
  await before.ask('POST', '/v1/webhook-endpoints', {
    key: quay.secretKey,
    body: { url: 'https://hooks.slack.com/services/T0/B0/key', format: 'slack', enabled: false },
  });
  expect(await encryptedWith('k1')).toEqual([
    'endpoints.previous_secrets',
    'endpoints.sealed_secret',
    'endpoints.sealed_url',
    'idempotency_keys.sealed_body',
    'payments.checkout_url',
    'polar_events.sealed_body',
  ]);

  const begins = Math.floor(Date.now() / 1000) + 900;
  const during = isolateWith({ FLOE_ENCRYPTION_KEYS_2: `${next}:${begins}` });
  const state = async (isolate = during) => {
    const { body } = await isolate.ask<SecretsView>('GET', '/admin/secrets', { key: ADMIN });
    const keys = body.secrets.filter(({ purpose }) => purpose === 'encryption');
    return { ...body, states: Object.fromEntries(keys.map((key) => [key.name, key.state])) };
  };
  expect(await state()).toMatchObject({ states: { k1: 'current', k2: 'coming' }, reseal: null });
  await during.runCron();
  await buyThrough(during, 'bob@floe-mail.dev');
  expect(await encryptedWith('k2')).toEqual([]);

  pass(901_000);
  await buyThrough(during, 'cyd@floe-mail.dev');
  expect(await encryptedWith('k2')).toContain('polar_events.sealed_body');
  await during.runCron();
  expect(await encryptedWith('k1')).toEqual([]);
  const first = await state();
  expect(first.states).toEqual({ k1: 'kept', k2: 'current' });
  expect(first.reseal).toMatchObject({ key: 'k2', is_complete: false });
  expect(first.reseal?.places.find(({ place }) => place === 'polar_events')?.resealed).toBeGreaterThan(5);

  // It began before the key was used, and is still at work.
  await buyThrough(before, 'dan@floe-mail.dev');
  await during.runCron();
  expect(await encryptedWith('k1')).toContain('polar_events.sealed_body');
  pass(15 * MINUTE);
  await during.ask('POST', '/admin/secrets/reseal', { key: ADMIN });
  expect(await encryptedWith('k1')).toEqual([]);
  const second = await state();
  expect(second.states).toEqual({ k1: 'kept', k2: 'current' });
  expect(second.reseal).toMatchObject({ is_complete: true });
  expect(second.reseal?.places.map(({ unreadable }) => unreadable)).toEqual([0, 0, 0, 0, 0, 0]);
  pass(16 * MINUTE);
  expect((await state()).states).toEqual({ k1: 'removable', k2: 'current' });

  const after = isolateWith({ FLOE_ENCRYPTION_KEYS: undefined, FLOE_ENCRYPTION_KEYS_2: `${next}:${begins}` });
  expect((await state(after)).states).toEqual({ k2: 'current' });
  const again = await after.ask('POST', '/v1/payments', {
    key: quay.secretKey,
    headers: { 'idempotency-key': 'once' },
    body: { product_id: product },
  });
  expect(again.body).toEqual(pending.body);
  const shown = await after.ask('GET', `/v1/payments/${String(pending.body['id'])}`, { key: quay.secretKey });
  expect(shown.body['checkout_url']).toBe(pending.body['checkout_url']);
  const { body: events } = await after.ask<{ data: { id: string }[] }>(
    'GET',
    '/admin/polar-events?limit=100',
    { key: ADMIN },
  );
  expect(events.data.length).toBeGreaterThan(12);
  for (const { id } of events.data) {
    const { body } = await after.ask('GET', `/admin/polar-events/${id}`, { key: ADMIN });
    expect(body['body']).toMatchObject({ type: body['type'] });
  }
  world.received.length = 0;
  await after.ask('POST', `/v1/webhook-endpoints/${endpoint?.id}/test`, { key: quay.secretKey });
  const [message] = world.received;
  for (const secret of [quay.webhookSecret ?? '', rotated.body.secret])
    expect(() => new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {})).not.toThrow();
});

it('encrypts nothing again for a gateway with one key, and asks D1 nothing for it', async () => {
  const only = isolateWith({});
  await buyThrough(only, 'ada@floe-mail.dev');
  const { body } = await only.ask<SecretsView>('POST', '/admin/secrets/reseal', { key: ADMIN });
  expect(body.reseal).toBeNull();
  expect((await env.DB.prepare('select * from reseals').all()).results).toEqual([]);
});

it('leaves a value that no key opens, counts it, and goes on', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  await buyThrough(isolateWith({}), 'ada@floe-mail.dev');
  const broken = await env.DB.prepare(
    "update polar_events set sealed_body = 'gone.p.AAAA' where type = 'order.paid'",
  ).run();
  const next = `k2:${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
  const during = isolateWith({ FLOE_ENCRYPTION_KEYS_2: `${next}:1` });
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await during.ask('GET', '/admin/secrets', { key: ADMIN });
  pass(16 * MINUTE);
  const { body } = await during.ask<SecretsView>('POST', '/admin/secrets/reseal', { key: ADMIN });
  expect(body.reseal).toMatchObject({ is_complete: true });
  expect(body.reseal?.places.find(({ place }) => place === 'polar_events')?.unreadable).toBe(
    broken.meta.changes,
  );
  expect(await encryptedWith('k1')).toEqual([]);
  vi.restoreAllMocks();
});
