import { Webhook } from 'standardwebhooks';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';

import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';
import { create, HOOK, PATH, readRow, type Refusal, setEndpoint, tell } from './endpoint-calls.ts';
import { call, createWorld, type TestApp, unique, type World } from '../harness/harness.ts';

interface Tested {
  event_id: string;
  delivered: boolean;
  status: number | null;
  error: string | null;
  message: string | null;
  latency_ms: number;
  response: string | null;
}

let world: World;
let app: TestApp;
let id: string;
let secret: string;

beforeEach(async () => {
  world = await createWorld();
  app = await world.createApp({ product: unique('quay'), webhook: false });
  const made = await create(app, { url: HOOK, events: ['grant.*'] });
  id = made.body.id;
  secret = made.body.secret ?? '';
});

const send = (body?: object, as: TestApp = app, endpoint = id) =>
  call<Tested & Refusal>('POST', `${PATH}/${endpoint}/test`, {
    key: as.secretKey,
    ...(body === undefined ? {} : { body }),
  });

const count = (table: string) =>
  env.DB.prepare(`select count(*) as count from ${table}`).first<number>('count');

describe('testing an endpoint', () => {
  test('sends a sample now, signed, and says what came back', async () => {
    world.receiver = () => new Response('thank you', { status: 202 });
    const answer = await send();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      delivered: true,
      status: 202,
      error: null,
      message: null,
      latency_ms: expect.any(Number),
      response: 'thank you',
    });
    expect(world.received).toHaveLength(1);
    const [request] = world.received;
    if (!request) throw new Error('nothing was received');
    expect(request.url).toBe(HOOK);
    expect(request.headers['webhook-id']).toBe(answer.body.event_id);
    expect(new Webhook(secret).verify(request.body, request.headers)).toMatchObject({
      type: 'payment.succeeded',
      data: { id: answer.body.event_id, app: app.slug, mode: 'sandbox', sequence: 0, test: true },
    });
  });

  test('is no event, no delivery and no attempt: the sequence stays without gaps', async () => {
    await tell(app, ['grant.created']);
    const before = await Promise.all([count('events'), count('deliveries'), count('delivery_attempts')]);
    const row = await readRow(id);
    const { body } = await send({ type: 'grant.created' });
    expect(body.delivered).toBe(true);
    expect(await Promise.all([count('events'), count('deliveries'), count('delivery_attempts')])).toEqual(
      before,
    );
    expect(await readRow(id)).toEqual(row);
    expect((await call('GET', `/v1/events/${body.event_id}`, { key: app.secretKey })).status).toBe(404);
    await tell(app, ['grant.created']);
    const last = await env.DB.prepare('select max(sequence) as last from events').first<number>('last');
    expect(last).toBe(2);
  });

  test('sends any type of the contract, and any of Polar’s, whatever the endpoint asked for', async () => {
    const types = [...Object.keys(EVENT_TYPES), 'polar.product.updated', 'polar.warranty.extended'];
    for (const [index, type] of types.entries()) {
      // Each endpoint has its own budget of tests.
      if (index % 20 === 0) id = (await create(app, { url: `${HOOK}/${index}` })).body.id;
      expect(await send({ type })).toMatchObject({ status: 200, body: { delivered: true } });
    }
    const bodies = world.received.map(
      ({ body }) => JSON.parse(body) as { type: string; data: { test: boolean } },
    );
    expect(bodies.map(({ type }) => type)).toEqual(types);
    expect(bodies.every(({ data }) => data.test)).toBe(true);
  });

  test('works for a disabled endpoint, and leaves it disabled', async () => {
    await setEndpoint(id, { enabled: 0, disabled_reason: 'failing', disabled_at: 1, failures: 40 });
    const row = await readRow(id);
    expect(await send()).toMatchObject({ status: 200, body: { delivered: true } });
    expect(await readRow(id)).toEqual(row);
  });

  test.each<[string, () => Response, Partial<Tested>]>([
    ['500', () => new Response('no', { status: 500 }), { status: 500, response: 'no' }],
    [
      '410',
      () => new Response(null, { status: 410 }),
      { status: 410, message: expect.stringContaining('would have been disabled') },
    ],
    [
      'a redirect',
      () => new Response(null, { status: 308, headers: { location: 'https://elsewhere.example-site.dev/' } }),
      { status: 308, message: expect.stringContaining('not followed') },
    ],
  ])('%s is told and changes nothing', async (_what, receiver, told) => {
    world.receiver = receiver;
    const row = await readRow(id);
    const { status, body } = await send();
    expect(status).toBe(200);
    expect(body).toMatchObject({ delivered: false, error: null, message: expect.any(String), ...told });
    expect(world.received).toHaveLength(1);
    expect(await readRow(id)).toEqual(row);
  });

  test('a receiver that cannot be reached is told in plain words', async () => {
    world.receiver = () => {
      throw new TypeError('connection refused');
    };
    const { status, body } = await send();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      delivered: false,
      status: null,
      error: 'refused',
      message: 'The endpoint refused the connection.',
      response: null,
    });
  });

  test('goes nowhere that a delivery would not go', async () => {
    await setEndpoint(id, { url: 'https://169.254.169.254/latest/meta-data' });
    const { status, body } = await send();
    expect(status).toBe(200);
    expect(body).toMatchObject({ delivered: false, error: 'disallowed_url', status: null });
    expect(world.received).toEqual([]);
  });

  test('says so when the secret cannot be opened, and sends nothing unsigned', async () => {
    await setEndpoint(id, { sealed_secret: 'k0.p.AAAA' });
    const answer = await send();
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(answer.text).not.toContain('k0');
    expect(world.received).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a type there is not', { type: 'payment.refunded' }, 'body.type'],
    ['a group of types', { type: 'payment.*' }, 'body.type'],
    ['a number for a type', { type: 1 }, 'body.type'],
    ['a type of Polar’s without a name', { type: 'polar.' }, 'body.type'],
    ['a body of the caller’s own', { data: {} }, 'body.data'],
  ])('refuses %s and sends nothing', async (_what, body, path) => {
    const refused = await send(body);
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ path }] } });
    expect(world.received).toEqual([]);
  });

  test('another app’s, a deleted and an unknown endpoint are as unknown as any, and are sent nothing', async () => {
    const stranger = await world.createApp({ product: unique('atlas'), webhook: false });
    const isUnknown = { status: 404, body: { code: 'not_found' } };
    expect(await send({}, stranger)).toMatchObject(isUnknown);
    expect(await send({}, app, 'ep_unknown')).toMatchObject(isUnknown);
    await call('DELETE', `${PATH}/${id}`, { key: app.secretKey });
    expect(await send()).toMatchObject(isUnknown);
    expect(world.received).toEqual([]);
  });

  test('is bounded for each endpoint, and another app cannot use that up', async () => {
    const other = (await create(app, { url: `${HOOK}/other` })).body.id;
    const stranger = await world.createApp({ product: unique('atlas'), webhook: false });
    for (let i = 0; i < 80; i++) expect((await send({}, stranger, other)).status).toBe(404);
    let refused;
    // The count may begin anew once while this runs.
    for (let i = 0; i < 80 && !refused; i++) {
      const answer = await send();
      if (answer.status === 429) refused = answer;
    }
    expect(refused?.body.code).toBe('rate_limited');
    expect(refused?.headers.get('retry-after')).toBe('60');
    expect((await send({}, app, other)).status).toBe(200);
  });
});
