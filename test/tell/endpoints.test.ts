import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, test } from 'vitest';
import { env } from 'cloudflare:workers';
import {
  callWith,
  change,
  create,
  type Endpoint,
  HOOK,
  type Page,
  PATH,
  type Refusal,
  tell,
} from './endpoint-calls.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, unique, type World } from '../harness/harness.ts';

interface DeliveryView {
  id: string;
  event_id: string;
  endpoint_id: string;
  status: string;
  attempts: number;
  attempt_log: { attempt: number; status: number | null; response: string | null }[];
}
interface EventView {
  id: string;
  type: string;
  sequence: number;
  payment_id: string | null;
  body: { type: string; data: { id: string; sequence: number } };
}

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: unique('quay'), webhook: false });
  atlas = await world.createApp({ product: unique('atlas'), webhook: false });
});

const freshApp = () => world.createApp({ product: unique('app'), webhook: false });

describe('creating an endpoint', () => {
  test('answers with its secret once, which is nowhere in clear', async () => {
    const made = await create(quay, { url: HOOK, events: ['payment.*', 'payment.*'], description: 'Shop' });
    expect(made.status).toBe(201);
    const { secret = '', ...shown } = made.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^ep_/),
      url: HOOK,
      events: ['payment.*'],
      match: null,
      format: 'standard',
      description: 'Shop',
      enabled: true,
      disabled_reason: null,
      disabled_at: null,
      failing_since: null,
      ordering: 'none',
      rate_limit: null,
      catching_up: false,
      previous_secrets_expire_at: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(made.headers.get('cache-control')).toBe('private, no-store');
    const read = await call<Endpoint>('GET', `${PATH}/${shown.id}`, { key: quay.secretKey });
    expect(read.body).toEqual(shown);
    const list = await call<Page<Endpoint>>('GET', PATH, { key: quay.secretKey });
    expect(list.body.data).toContainEqual(shown);
    expect(list.text).not.toContain('whsec_');
    const stored = await env.DB.prepare('select * from endpoints where id = ?').bind(shown.id).first();
    expect(stored?.['sealed_secret']).not.toContain(secret.slice(6));
    expect(JSON.stringify({ ...stored, sealed_secret: null })).not.toContain(secret.slice(6));
  });

  test('wants everything when no events are named', async () => {
    const made = await create(await freshApp(), { url: HOOK });
    expect(made.body).toMatchObject({ events: ['*'], description: '' });
  });

  test('takes a rate, an order, and that it begins paused', async () => {
    const settings = { rate_limit: 6000, ordering: 'payment', enabled: false };
    const made = await create(await freshApp(), { url: HOOK, ...settings });
    expect(made).toMatchObject({ status: 201, body: { ...settings, disabled_reason: 'paused' } });
    expect(made.body.disabled_at).toBe(made.body.created_at);
    const slow = await create(await freshApp(), { url: HOOK, rate_limit: 1 });
    expect(slow).toMatchObject({ status: 201, body: { rate_limit: 1, ordering: 'none', enabled: true } });
  });

  test('the same Idempotency-Key gives the same endpoint and secret; another body is refused', async () => {
    const app = await freshApp();
    const headers = { 'idempotency-key': 'first' };
    const first = await create(app, { url: HOOK }, headers);
    const second = await create(app, { url: HOOK }, headers);
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    const list = await call<Page<Endpoint>>('GET', PATH, { key: app.secretKey });
    expect(list.body.data).toHaveLength(1);
    const other = await create(app, { url: `${HOOK}/other` }, headers);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  test('an app has at most 20, deleted ones aside', async () => {
    const app = await freshApp();
    const made = [];
    for (let i = 0; i < 20; i++) made.push(await create(app, { url: `${HOOK}/${i}` }));
    expect(made.every(({ status }) => status === 201)).toBe(true);
    expect(await create(app, { url: HOOK })).toMatchObject({ status: 409, body: { code: 'conflict' } });
    await call('DELETE', `${PATH}/${made[0]?.body.id}`, { key: app.secretKey });
    expect((await create(app, { url: HOOK })).status).toBe(201);
  });

  test.each([
    ['http://shop.example-site.dev/', /https/],
    ['https://127.0.0.1/', /public internet/],
    ['https://[::ffff:10.0.0.1]/', /public internet/],
    ['https://0x7f.1/', /public internet/],
    ['https://169.254.169.254/latest/meta-data', /public internet/],
    ['https://localhost/', /inside a network/],
    ['https://10.0.0.1.nip.io/', /address/],
    ['https://user:password@shop.example-site.dev/', /user name/],
    ['https://shop.example-site.dev/#x', /fragment/],
    ['https://shop.example-site.dev:22/', /port/],
    [`${GATEWAY_URL}/webhooks/polar`, /own address/],
    ['queue:orders', /FLOE_QUEUE__/],
    ['worker:back-office', /FLOE_WORKER__/],
  ])('refuses %s and says why', async (url, why) => {
    const refused = await create(quay, { url });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'disallowed_url', errors: [{ path: 'body.url', message: expect.stringMatching(why) }] },
    });
  });

  test.each(
    ['slack', 'discord'].flatMap((format) =>
      [
        'http://hooks.slack.com/services/T/B/x',
        'https://user:pass@hooks.slack.com/services/T/B/x',
        'https://127.0.0.1/services/T/B/x',
        'https://[::ffff:169.254.169.254]/latest',
        'https://metadata.internal/',
        `${GATEWAY_URL}/webhooks/polar`,
        'queue:orders',
        'worker:back-office',
      ].map((url) => [format, url] as const),
    ),
  )('of a chat (%s) is as little at %s, also when it moves there', async (format, url) => {
    const refused = { status: 422, body: { code: 'disallowed_url' } };
    expect(await create(quay, { url, format })).toMatchObject(refused);
    const made = await create(quay, { url: 'https://hooks.slack.com/services/T/B/x', format });
    const path = `/v1/webhook-endpoints/${made.body.id}`;
    expect(await call('PATCH', path, { key: quay.secretKey, body: { url } })).toMatchObject(refused);
    expect((await call('DELETE', path, { key: quay.secretKey })).status).toBe(204);
  });

  test.each<[string, object, string]>([
    ['no URL', {}, 'body.url'],
    ['a URL without scheme', { url: 'shop.example-site.dev' }, 'body.url'],
    ['a very long URL', { url: `https://shop.example-site.dev/${'x'.repeat(2048)}` }, 'body.url'],
    ['an empty list of events', { url: HOOK, events: [] }, 'body.events'],
    ['half a wildcard', { url: HOOK, events: ['pay*'] }, 'body.events.0'],
    ['SQL for an event', { url: HOOK, events: ['payment.succeeded', "x' or 1=1"] }, 'body.events.1'],
    ['51 events', { url: HOOK, events: Array.from({ length: 51 }, (_, i) => `a${i}`) }, 'body.events'],
    ['a long description', { url: HOOK, description: 'x'.repeat(201) }, 'body.description'],
    ['a rate of nothing', { url: HOOK, rate_limit: 0 }, 'body.rate_limit'],
    ['a rate above 6,000', { url: HOOK, rate_limit: 6001 }, 'body.rate_limit'],
    ['half a send', { url: HOOK, rate_limit: 1.5 }, 'body.rate_limit'],
    ['a rate in text', { url: HOOK, rate_limit: '60' }, 'body.rate_limit'],
    ['an order there is not', { url: HOOK, ordering: 'strict' }, 'body.ordering'],
    ['a format there is not', { url: HOOK, format: 'teams' }, 'body.format'],
    ['a place of no kind', { url: 'kv:orders' }, 'body.url'],
    ['a condition on nothing that events have', { url: HOOK, match: { amount: 1 } }, 'body.match.amount'],
    ['a misspelt field', { url: HOOK, match: { 'payment.amout': 1 } }, 'body.match.payment.amout'],
    ['SQL for a path', { url: HOOK, match: { "payment.a' or 1": 1 } }, "body.match.payment.a' or 1"],
    ['a condition without one', { url: HOOK, match: { 'payment.amount': {} } }, 'body.match.payment.amount'],
    [
      'a comparison there is not',
      { url: HOOK, match: { 'payment.amount': { near: 1 } } },
      'body.match.payment.amount',
    ],
    [
      'eleven fields',
      {
        url: HOOK,
        match: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`payment.metadata.f${i}`, 1])),
      },
      'body.match',
    ],
    ['enabled in text', { url: HOOK, enabled: 'yes' }, 'body.enabled'],
    ['a secret of the caller’s own', { url: HOOK, secret: 'whsec_mine' }, 'body.secret'],
  ])('refuses %s', async (_what, body, path) => {
    const refused = await create(quay, body);
    expect(refused.status).toBe(422);
    expect(refused.body.code).toBe('validation_failed');
    expect(refused.body.errors?.map((error) => error.path)).toContain(path);
  });
});

describe('a live app’s endpoint', () => {
  const closed = ['http://shop.example-site.dev/', 'http://127.0.0.1:3000/', 'https://127.0.0.1/'];
  /** The same database under `npm start`: live has no credentials there, but its rows and keys are. */
  const development = { FLOE_DEVELOPMENT: '1', POLAR_LIVE_ACCESS_TOKEN: undefined };
  const isRefused = { status: 422, body: { code: 'disallowed_url', errors: [{ path: 'body.url' }] } };

  test.each(closed)('is never %s, new or changed, not even under development', async (url) => {
    const live = await world.createApp({ product: unique('live'), mode: 'live', webhook: false });
    const made = await create(live);
    expect(made.status).toBe(201);
    expect(await create(live, { url })).toMatchObject(isRefused);
    expect(await change(live, made.body.id, { url })).toMatchObject(isRefused);
    const calls = [
      ['POST', PATH],
      ['PATCH', `${PATH}/${made.body.id}`],
    ] as const;
    for (const [method, path] of calls) {
      const asked = { key: live.secretKey, body: { url } };
      expect(await callWith(development, method, path, asked)).toMatchObject(isRefused);
    }
    const list = await call<Page<Endpoint>>('GET', PATH, { key: live.secretKey });
    expect(list.body.data.map((each) => each.url)).toEqual([HOOK]);
  });

  test('a sandbox app’s may be on loopback then', async () => {
    const app = await freshApp();
    const asked = { key: app.secretKey, body: { url: 'http://127.0.0.1:3000/' } };
    expect((await callWith(development, 'POST', PATH, asked)).status).toBe(201);
    expect((await create(app, asked.body)).status).toBe(422);
  });
});

describe('who may', () => {
  test.each([
    'GET /v1/webhook-endpoints',
    'GET /v1/events',
    'GET /v1/deliveries',
    'POST /v1/webhook-endpoints',
    'PATCH /v1/webhook-endpoints/ep_1',
    'POST /v1/webhook-endpoints/ep_1/rotate-secret',
    'POST /v1/webhook-endpoints/ep_1/test',
    'GET /v1/webhook-endpoints/ep_1/metrics',
  ])('%s takes no publishable key, no operator, nobody', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const body = method === 'GET' ? undefined : {};
    const as = (key?: string) =>
      call<Refusal>(method, path, { ...(key === undefined ? {} : { key }), ...(body ? { body } : {}) });
    expect(await as(quay.publishableKey)).toMatchObject({ status: 403, body: { code: 'forbidden_key' } });
    expect(await as(env.FLOE_ADMIN_TOKEN)).toMatchObject({ status: 403 });
    expect(await as()).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });

  test('another app’s endpoint, event and delivery are as unknown as any', async () => {
    const app = await freshApp();
    const made = await create(app, { url: HOOK });
    await tell(app, ['payment.succeeded']);
    const deliveries = await call<Page<DeliveryView>>('GET', '/v1/deliveries', { key: app.secretKey });
    const [delivery] = deliveries.body.data;
    const paths = [
      `${PATH}/${made.body.id}`,
      `/v1/events/${delivery?.event_id}`,
      `/v1/deliveries/${delivery?.id}`,
    ];
    for (const path of paths) {
      expect(await call('GET', path, { key: atlas.secretKey })).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
      expect((await call('GET', path, { key: app.secretKey })).status).toBe(200);
    }
    expect((await call('DELETE', paths[0] ?? '', { key: atlas.secretKey })).status).toBe(404);
    expect((await call('GET', paths[2] ?? '', { key: app.secretKey })).body).toMatchObject({
      status: 'pending',
    });
    for (const list of [PATH, '/v1/events', '/v1/deliveries']) {
      expect((await call<Page<unknown>>('GET', list, { key: atlas.secretKey })).body.data).toEqual([]);
    }
    for (const filter of [`endpoint=${made.body.id}`, `event=${delivery?.event_id}`, 'status=pending']) {
      const listed = await call<Page<unknown>>('GET', `/v1/deliveries?${filter}`, { key: atlas.secretKey });
      expect(listed.body.data).toEqual([]);
    }
  });
});

test('a deleted endpoint is gone, and what waited for it is canceled', async () => {
  const app = await freshApp();
  const made = await create(app, { url: HOOK });
  await tell(app, ['payment.succeeded']);
  const path = `${PATH}/${made.body.id}`;
  expect((await call('DELETE', path, { key: app.secretKey })).status).toBe(204);
  expect((await call('GET', path, { key: app.secretKey })).status).toBe(404);
  expect((await call('DELETE', path, { key: app.secretKey })).status).toBe(404);
  expect((await call<Page<Endpoint>>('GET', PATH, { key: app.secretKey })).body.data).toEqual([]);
  const deliveries = await call<Page<DeliveryView>>('GET', '/v1/deliveries?status=canceled', {
    key: app.secretKey,
  });
  expect(deliveries.body.data).toMatchObject([{ endpoint_id: made.body.id, status: 'canceled' }]);
});

test('lists go page by page, newest first, and by filter', async () => {
  const app = await freshApp();
  const made = [await create(app, { url: `${HOOK}/1` }), await create(app, { url: `${HOOK}/2` })];
  await tell(app, ['payment.pending', 'payment.succeeded', 'refund.created'], 'pay_listed');
  await tell(app, ['grant.created']);
  const read = async <T>(path: string) => {
    const seen: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `${path.includes('?') ? '&' : '?'}limit=2${cursor === null ? '' : `&cursor=${cursor}`}`;
      const answer = await call<Page<T>>('GET', path + query, { key: app.secretKey });
      expect(answer.status).toBe(200);
      expect(answer.body.data.length).toBeLessThanOrEqual(2);
      seen.push(...answer.body.data);
      cursor = answer.body.next_cursor;
    } while (cursor !== null);
    return seen;
  };
  const events = await read<EventView>('/v1/events');
  expect(events.map(({ type }) => type)).toEqual([
    'grant.created',
    'refund.created',
    'payment.succeeded',
    'payment.pending',
  ]);
  expect(events.map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1]);
  expect(events[0]?.body).toMatchObject({ type: 'grant.created', data: { id: events[0]?.id, sequence: 4 } });
  expect(
    (await read<EventView>('/v1/events?type=payment.succeeded')).map(({ sequence }) => sequence),
  ).toEqual([2]);
  expect(await read<EventView>('/v1/events?payment=pay_listed')).toHaveLength(3);
  expect(await read<EventView>('/v1/events?payment=pay_listed&type=grant.created')).toEqual([]);

  const deliveries = await read<DeliveryView>('/v1/deliveries');
  expect(deliveries).toHaveLength(8);
  expect(new Set(deliveries.map(({ id }) => id)).size).toBe(8);
  expect(await read<DeliveryView>(`/v1/deliveries?endpoint=${made[0]?.body.id}`)).toHaveLength(4);
  expect(await read<DeliveryView>(`/v1/deliveries?event=${events[0]?.id}`)).toHaveLength(2);
  expect(await read<DeliveryView>('/v1/deliveries?status=pending')).toHaveLength(8);
  expect(await read<DeliveryView>('/v1/deliveries?status=succeeded')).toEqual([]);
  expect((await read<Endpoint>(PATH)).map(({ url }) => url)).toEqual([`${HOOK}/2`, `${HOOK}/1`]);

  for (const bad of ['status=sent', 'limit=0', 'cursor=nonsense']) {
    const answer = await call<Refusal>('GET', `/v1/deliveries?${bad}`, { key: app.secretKey });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  }
});

test('an event reaches its endpoint by cron alone, through the queue, and shows in the log', async () => {
  world = await createWorld();
  const app = await freshApp();
  const made = await create(app, { url: HOOK, events: ['payment.succeeded'] });
  await tell(app, ['payment.succeeded', 'grant.created']);
  const { default: worker } = await import('../../src/index.ts');
  await worker.scheduled({} as ScheduledController, env, { waitUntil: () => {} } as never);
  await world.settle();
  const mine = world.received.filter(({ body }) => body.includes(app.slug));
  expect(mine).toHaveLength(1);
  const [request] = mine;
  if (!request) throw new Error('nothing was received');
  const payload = new Webhook(made.body.secret ?? '').verify(request.body, request.headers);
  const event = await call<EventView>('GET', `/v1/events/${request.headers['webhook-id']}`, {
    key: app.secretKey,
  });
  expect(event.body.body).toEqual(payload);
  const [delivery] = (
    await call<Page<DeliveryView>>('GET', '/v1/deliveries?status=succeeded', { key: app.secretKey })
  ).body.data;
  const log = await call<DeliveryView>('GET', `/v1/deliveries/${delivery?.id}`, { key: app.secretKey });
  expect(log.body).toMatchObject({
    status: 'succeeded',
    attempts: 1,
    event_id: event.body.id,
    attempt_log: [{ attempt: 1, status: 200, response: 'ok', error: null, message: null }],
  });
});
