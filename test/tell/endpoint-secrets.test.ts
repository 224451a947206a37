import { Webhook } from 'standardwebhooks';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  create,
  HOOK,
  PATH,
  readEndpoint,
  readRow,
  type Refusal,
  setEndpoint,
  tell,
} from './endpoint-calls.ts';
import { call, createWorld, type TestApp, unique, type World } from '../harness/harness.ts';

/* The receiver in these tests is the `standardwebhooks` package, as an app would use it. */

const DAY_SECONDS = 86_400;

interface Rotated {
  id: string;
  secret: string;
  previous_secrets_expire_at: string | null;
}

let world: World;
let app: TestApp;
let id: string;
let first: string;

beforeEach(async () => {
  world = await createWorld();
  app = await world.createApp({ product: unique('quay'), webhook: false });
  const made = await create(app);
  id = made.body.id;
  first = made.body.secret ?? '';
});

afterEach(() => {
  vi.useRealTimers();
});

const rotate = (
  body?: object,
  {
    headers = {},
    as = app,
    endpoint = id,
  }: { headers?: Record<string, string>; as?: TestApp; endpoint?: string } = {},
) =>
  call<Rotated & Refusal>('POST', `${PATH}/${endpoint}/rotate-secret`, {
    key: as.secretKey,
    headers,
    ...(body === undefined ? {} : { body }),
  });

/** Which of the secrets verify what the endpoint is sent now. */
async function whoVerifies(secrets: readonly string[]): Promise<boolean[]> {
  const sent = await call('POST', `${PATH}/${id}/test`, { key: app.secretKey });
  expect(sent).toMatchObject({ status: 200, body: { delivered: true } });
  return verifyLast(secrets);
}

function verifyLast(secrets: readonly string[]): boolean[] {
  const request = world.received.at(-1);
  if (!request) throw new Error('nothing was received');
  return secrets.map((secret) => {
    try {
      new Webhook(secret).verify(request.body, request.headers);
      return true;
    } catch (error) {
      expect(String(error)).toMatch(/No matching signature/);
      return false;
    }
  });
}

const signatures = () => world.received.at(-1)?.headers['webhook-signature']?.split(' ') ?? [];

/** Lines of the audit log about new secrets of an endpoint. */
const rotations = async (endpoint: string) =>
  (
    await env.DB.prepare("select * from audit_log where target = ? and action = 'endpoint.secret_rotated'")
      .bind(endpoint)
      .all()
  ).results;

describe('rotating a secret', () => {
  test('answers with the new one once, keeps it encrypted, and notes it in the audit log', async () => {
    const started = Date.now();
    const { status, body, headers } = await rotate();
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['id', 'secret', 'previous_secrets_expire_at']);
    expect(body.id).toBe(id);
    expect(body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(body.secret).not.toBe(first);
    expect(headers.get('cache-control')).toBe('private, no-store');
    const end = Date.parse(body.previous_secrets_expire_at ?? '') - DAY_SECONDS * 1000;
    expect(end).toBeGreaterThanOrEqual(started);
    expect(end).toBeLessThanOrEqual(Date.now());
    const read = await readEndpoint(app, id);
    expect(read.body.previous_secrets_expire_at).toBe(body.previous_secrets_expire_at);
    expect(read.text).not.toContain('whsec_');
    const row = JSON.stringify(await readRow(id));
    for (const secret of [first, body.secret]) expect(row).not.toContain(secret.slice(6));
    const results = await rotations(id);
    expect(results).toMatchObject([{ action: 'endpoint.secret_rotated', actor: 'app', app_id: app.id }]);
    expect(JSON.stringify(results)).not.toContain('whsec_');
  });

  test('receivers that hold the old or the new one verify during the overlap, after it only the new', async () => {
    const { body } = await rotate({ overlap_seconds: 600 });
    expect(await whoVerifies([first, body.secret])).toEqual([true, true]);
    await world.advance(599_000);
    expect(await whoVerifies([first, body.secret])).toEqual([true, true]);
    await world.advance(2_000);
    expect(await whoVerifies([first, body.secret])).toEqual([false, true]);
    expect(signatures()).toHaveLength(1);
    expect((await readEndpoint(app, id)).body.previous_secrets_expire_at).toBeNull();
  });

  test('events are signed so too', async () => {
    const { body } = await rotate({ overlap_seconds: 600 });
    await tell(app, ['payment.succeeded']);
    const { default: worker } = await import('../../src/index.ts');
    await worker.scheduled({} as ScheduledController, env, { waitUntil: () => {} } as never);
    await world.settle();
    expect(world.received).toHaveLength(1);
    expect(verifyLast([first, body.secret])).toEqual([true, true]);
  });

  test('without overlap every older one stops at once', async () => {
    const second = (await rotate({ overlap_seconds: 3600 })).body.secret;
    const third = await rotate({ overlap_seconds: 0 });
    expect(third.body.previous_secrets_expire_at).toBeNull();
    expect(await whoVerifies([first, second, third.body.secret])).toEqual([false, false, true]);
    expect(signatures()).toHaveLength(1);
  });

  test('an older one keeps the longer time that it was given', async () => {
    const second = await rotate({ overlap_seconds: 7200 });
    const third = await rotate({ overlap_seconds: 60 });
    expect(third.body.previous_secrets_expire_at).toBe(second.body.previous_secrets_expire_at);
    const read = await readEndpoint(app, id);
    expect(read.body.previous_secrets_expire_at).toBe(third.body.previous_secrets_expire_at);
    await world.advance(61_000);
    expect(await whoVerifies([first, second.body.secret, third.body.secret])).toEqual([true, false, true]);
    // What is over is forgotten by the next rotation.
    await rotate({ overlap_seconds: 60 });
    expect(JSON.parse(String((await readRow(id))['previous_secrets']))).toHaveLength(2);
  });

  test('the newest signs first, and at most four older ones sign', async () => {
    const secrets = [first];
    for (let i = 0; i < 6; i++) secrets.unshift((await rotate()).body.secret);
    expect(await whoVerifies(secrets)).toEqual([true, true, true, true, true, false, false]);
    const request = world.received.at(-1);
    const newest = new Webhook(secrets[0] ?? '').sign(
      request?.headers['webhook-id'] ?? '',
      new Date(Number(request?.headers['webhook-timestamp']) * 1000),
      request?.body ?? '',
    );
    expect(signatures()).toHaveLength(5);
    expect(signatures()[0]).toBe(newest);
  });

  test('twice at once leaves all three valid', async () => {
    const both = await Promise.all([rotate(), rotate()]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const secrets = [first, ...both.map(({ body }) => body.secret)];
    expect(new Set(secrets).size).toBe(3);
    expect(await whoVerifies(secrets)).toEqual([true, true, true]);
  });

  test('the same Idempotency-Key rotates once, and gives the same secret again', async () => {
    const headers = { 'idempotency-key': 'rotate-1' };
    const once = await rotate({ overlap_seconds: 60 }, { headers });
    const again = await rotate({ overlap_seconds: 60 }, { headers });
    expect(again).toMatchObject({ status: 200, body: once.body });
    expect(await whoVerifies([first, once.body.secret])).toEqual([true, true]);
    expect(signatures()).toHaveLength(2);
    const otherBody = await rotate({ overlap_seconds: 61 }, { headers });
    expect(otherBody).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    const other = await create(app, { url: `${HOOK}/other` });
    const otherEndpoint = await rotate({ overlap_seconds: 60 }, { headers, endpoint: other.body.id });
    expect(otherEndpoint).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  test('the same Idempotency-Key twice at once rotates once', async () => {
    const headers = { 'idempotency-key': 'rotate-2' };
    const both = await Promise.all([rotate({}, { headers }), rotate({}, { headers })]);
    const answered = both.filter(({ status }) => status === 200);
    const refused = both.filter(({ status }) => status !== 200);
    expect(new Set(answered.map(({ body }) => body.secret)).size).toBe(1);
    for (const each of refused)
      expect(each).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } });
    expect(JSON.parse(String((await readRow(id))['previous_secrets']))).toHaveLength(1);
  });

  test('another app’s, a deleted and an unknown endpoint are as unknown as any, and keep their secrets', async () => {
    const stranger = await world.createApp({ product: unique('atlas'), webhook: false });
    const headers = { 'idempotency-key': 'not-mine' };
    const isUnknown = { status: 404, body: { code: 'not_found' } };
    expect(await rotate({}, { as: stranger, headers })).toMatchObject(isUnknown);
    expect(await rotate({}, { as: stranger, headers })).toMatchObject(isUnknown);
    expect(await rotate({}, { endpoint: 'ep_unknown' })).toMatchObject(isUnknown);
    expect(await whoVerifies([first])).toEqual([true]);
    expect(signatures()).toHaveLength(1);
    const results = await rotations(id);
    expect(results).toEqual([]);
    await call('DELETE', `${PATH}/${id}`, { key: app.secretKey });
    const before = await readRow(id);
    expect(await rotate()).toMatchObject(isUnknown);
    expect(await readRow(id)).toEqual(before);
  });

  test.each<[string, object, string]>([
    ['a negative overlap', { overlap_seconds: -1 }, 'body.overlap_seconds'],
    ['more than seven days', { overlap_seconds: 7 * DAY_SECONDS + 1 }, 'body.overlap_seconds'],
    ['half a second', { overlap_seconds: 0.5 }, 'body.overlap_seconds'],
    ['an overlap in text', { overlap_seconds: '60' }, 'body.overlap_seconds'],
    ['no overlap at all', { overlap_seconds: null }, 'body.overlap_seconds'],
    ['a secret of the caller’s own', { secret: 'whsec_mine' }, 'body.secret'],
  ])('refuses %s and rotates nothing', async (_what, body, path) => {
    const before = await readRow(id);
    const refused = await rotate(body);
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ path }] } });
    expect(await readRow(id)).toEqual(before);
  });

  test('seven days are taken', async () => {
    expect((await rotate({ overlap_seconds: 7 * DAY_SECONDS })).status).toBe(200);
  });

  test('a paused endpoint’s secret rotates too, and it stays paused', async () => {
    await setEndpoint(id, { enabled: 0, disabled_reason: 'paused', disabled_at: 1 });
    expect((await rotate()).status).toBe(200);
    expect((await readEndpoint(app, id)).body).toMatchObject({ enabled: false, disabled_reason: 'paused' });
  });
});

test('the answer names the end of every secret that still signs, whatever stands before it has expired', async () => {
  const week = Date.now() + 7 * DAY_SECONDS * 1000;
  await env.DB.prepare(
    `update endpoints set previous_secrets = (
      select json_group_array(json_object('sealed', sealed_secret, 'until', value)) from json_each(?2)) where id = ?1`,
  )
    .bind(id, JSON.stringify([1, 2, 3, week]))
    .run();
  const { body } = await rotate({ overlap_seconds: 60 });
  expect(body.previous_secrets_expire_at).toBe(new Date(week).toISOString());
  const seen = await readEndpoint(app, id);
  expect(seen.body.previous_secrets_expire_at).toBe(body.previous_secrets_expire_at);
});
