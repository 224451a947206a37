import { env } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSchedule } from '../../src/schedule.ts';
import { createServices } from '../../src/wiring.ts';
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { refundNewestOrder, startPayment } from '../harness/story.ts';

/* What an app gives by itself is one more source of access, beside what is bought. */

const DAY = 86_400_000;
const CHAPTER = 'content:courses/git/intro';
const COURSE = 'content:courses/git/*';

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
});

afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

interface Grant {
  id: string;
  state: string;
  resources: string[];
  expires_at: string | null;
}

const post = (
  body: Record<string, unknown>,
  { key = quay.secretKey, once }: { key?: string; once?: string } = {},
) =>
  call<Grant & { code?: string; detail?: string; errors?: { path: string }[] }>('POST', '/v1/grants', {
    key,
    body: { customer: 'external:user-1', resources: [COURSE], reason: 'Press copy', ...body },
    headers: once === undefined ? {} : { 'idempotency-key': once },
  });
const remove = (id: string, key = quay.secretKey) => call('DELETE', `/v1/grants/${id}`, { key });

async function give(body: Record<string, unknown> = {}): Promise<Grant> {
  const answer = await post(body);
  expect([answer.status, answer.text]).toEqual([201, answer.text]);
  return answer.body;
}

async function ask(customer = 'external:user-1', resource = CHAPTER, maxAge = 0) {
  const query = new URLSearchParams({ customer, resource, max_age: String(maxAge) });
  const { body } = await call<{
    allow: boolean;
    reason: string;
    expires_at: string | null;
    token: string | null;
  }>('GET', `/v1/access?${query.toString()}`, { key: quay.secretKey });
  return body;
}
const reasonFor = async (...question: Parameters<typeof ask>) => (await ask(...question)).reason;

interface Told {
  type: string;
  data: {
    reason?: string;
    polar: unknown;
    grant?: { id: string; source: string; customer: string; state: string; reason: string };
  };
}

/** What the app's endpoint was told about grants of its own, in order. */
function told(): [string, string | undefined, string | undefined][] {
  return world.received
    .map(({ body }) => JSON.parse(body) as Told)
    .filter(({ data }) => data.grant)
    .map(({ type, data }) => [type, data.grant?.id, data.reason]);
}

async function minute(): Promise<void> {
  const context = createExecutionContext();
  await runSchedule(createServices(env, context));
  await waitOnExecutionContext(context);
  await world.settle();
}

/** A book that is bought by somebody; the buyer's id at Polar. */
async function sell(app = quay, email = 'ada@readers.dev'): Promise<string> {
  const product = await world.createProduct({
    name: `${app.slug.split('-')[0]}:book`,
    benefits: [{ type: 'custom', description: 'The course', metadata: { content_id: 'courses/git/*' } }],
  });
  const { checkoutUrl } = await startPayment(app, product.id);
  await world.pay('sandbox', checkoutUrl, { email });
  await world.settle();
  const row = await env.DB.prepare('select id from customers where email = ?')
    .bind(email)
    .first<{ id: string }>();
  return row?.id ?? '';
}

it('is nobody’s work: a fulfilment of it is refused and says where work is kept; of another app’s it is a 404', async () => {
  const { id } = await give();
  const fulfil = (key: string) =>
    call<{ code: string; detail: string }>('POST', `/v1/grants/${id}/fulfilment`, {
      key,
      body: { status: 'done', by: 'Eve' },
    });
  const refused = await fulfil(quay.secretKey);
  expect([refused.status, refused.body.code]).toEqual([409, 'not_fulfilled_by_hand']);
  expect(refused.body.detail).toContain('discount of 100 %');
  expect((await fulfil(atlas.secretKey)).body.code).toBe('not_found');
});

describe('a comp for somebody who has bought nothing', () => {
  it('opens what it names, is in the token, and is told to the app', async () => {
    expect(await reasonFor()).toBe('unknown_customer');
    const grant = await give({ resources: [COURSE, 'feature:early', 'plan:quay:pro'] });
    expect(grant).toMatchObject({
      source: 'app',
      customer: 'external:user-1',
      state: 'granted',
      expires_at: null,
    });
    expect(await ask()).toMatchObject({ allow: true, reason: 'granted', expires_at: null });
    const { token } = await ask('external:user-1', 'plan:quay:pro');
    expect(decodeJwt(token ?? '')).toMatchObject({ ent: [COURSE, 'feature:early', 'plan:quay:pro'] });
    expect(await reasonFor('external:user-1', 'content:courses/github')).toBe('unknown_resource');
    expect(await reasonFor('external:user-2')).toBe('unknown_customer');
    await world.settle();
    expect(told()).toEqual([['grant.created', grant.id, undefined]]);
    const event = JSON.parse(world.received[0]?.body ?? '') as Told;
    expect(event.data).toMatchObject({
      origin: 'api',
      payment: null,
      polar: null,
      grant: { source: 'app', customer: 'external:user-1', reason: 'Press copy' },
    });
  });

  it('is seen by the session that the app vouches for, and in its next token', async () => {
    await give({ expires_at: new Date(Date.now() + DAY).toISOString() });
    const { body } = await call<{ session: string }>('POST', '/v1/sessions', {
      key: quay.secretKey,
      body: { external_id: 'user-1' },
    });
    const answer = await call<{ allow: boolean; token: string }>('GET', `/v1/access?resource=${CHAPTER}`, {
      key: body.session,
    });
    expect(answer.body.allow).toBe(true);
    const { ends, exp } = decodeJwt<{ ends: Record<string, number> }>(answer.body.token);
    expect(ends[COURSE]).toBeGreaterThan(Date.now() / 1000);
    expect(exp).toBeLessThanOrEqual(ends[COURSE] ?? 0);
  });

  it('is not seen by a session of a purchase that only claims the same id', async () => {
    await give();
    const product = await world.createProduct({ name: 'quay:other' });
    const { checkoutUrl, id } = await startPayment(quay, product.id, { customer: { external_id: 'user-1' } });
    await world.pay('sandbox', checkoutUrl, { email: 'eve@readers.dev' });
    await world.settle();
    const row = await env.DB.prepare('select customer_id as customer from payments where id = ?')
      .bind(id)
      .first<{ customer: string }>();
    expect(await reasonFor(row?.customer, 'content:courses/git/intro')).toBe('unknown_resource');
    expect(await reasonFor()).toBe('granted');
  });

  it('stands in the audit log, without the reason that may name a person', async () => {
    const grant = await give({ expires_at: '2100-01-01T00:00:00Z' });
    await remove(grant.id);
    const { body } = await call<{ data: Record<string, unknown>[] }>(
      'GET',
      `/admin/audit?target=${grant.id}`,
      {
        key: env.FLOE_ADMIN_TOKEN,
      },
    );
    const settings = { resources: [COURSE], expires_at: '2100-01-01T00:00:00Z' };
    expect(body.data).toMatchObject([
      { action: 'grant.revoked', actor: 'app', before: settings, after: null },
      { action: 'grant.created', actor: 'app', before: null, after: settings },
    ]);
    expect(JSON.stringify(body.data)).not.toContain('Press copy');
  });
});

describe('its end', () => {
  it('comes by itself: access answers `expired`, and the cron tells it once', async () => {
    const end = Date.now() + DAY;
    const grant = await give({ expires_at: new Date(end).toISOString() });
    expect(grant.expires_at).toBe(new Date(Math.floor(end / 1000) * 1000).toISOString());
    expect(await ask()).toMatchObject({ allow: true, expires_at: grant.expires_at });
    await world.advance(DAY);
    expect(await ask('external:user-1', CHAPTER, 300)).toMatchObject({ allow: false, reason: 'expired' });
    await minute();
    await minute();
    expect(told().slice(1)).toEqual([['grant.revoked', grant.id, 'expired']]);
    expect(JSON.parse(world.received.at(-1)?.body ?? '')).toMatchObject({
      timestamp: grant.expires_at,
      data: { origin: 'gateway', grant: { state: 'expired', revoked_at: null } },
    });
    // It has ended already: nothing is changed, and nothing is told.
    expect((await remove(grant.id)).status).toBe(204);
    await minute();
    expect(await reasonFor()).toBe('expired');
    expect(told()).toHaveLength(2);
  });

  it('comes when it is taken back, is told once, and never again by the time', async () => {
    const grant = await give({ expires_at: new Date(Date.now() + DAY).toISOString() });
    expect(await reasonFor()).toBe('granted');
    for (const status of [204, 204]) expect((await remove(grant.id)).status).toBe(status);
    expect(await reasonFor()).toBe('revoked');
    await world.advance(2 * DAY);
    await minute();
    expect(told().slice(1)).toEqual([['grant.revoked', grant.id, 'revoked']]);
    expect(await reasonFor()).toBe('revoked');
  });

  it('takes a cached yes with it, through the queue', async () => {
    const grant = await give();
    const cached = () => env.ENTITLEMENTS.get(`entitlements:sandbox:${quay.id}:external:user-1`);
    expect(await reasonFor('external:user-1', CHAPTER, 300)).toBe('granted');
    await expect.poll(cached).toContain('.');
    await remove(grant.id);
    await expect.poll(async () => decodeJwt((await cached()) ?? '')['ent']).toEqual([]);
    expect(await reasonFor('external:user-1', CHAPTER, 300)).toBe('revoked');
  });

  it('is a new beginning when it is given again', async () => {
    const [first, second] = [await give(), await give()];
    expect(second.id).not.toBe(first.id);
    await remove(first.id);
    expect(await reasonFor()).toBe('granted');
    await remove(second.id);
    expect(await reasonFor()).toBe('revoked');
    await give();
    expect(await reasonFor()).toBe('granted');
    await world.settle();
    expect(told()).toHaveLength(5);
  });

  it('is kept for 400 days, then the row goes', async () => {
    const [old, open] = [await give({ expires_at: new Date(Date.now() + DAY).toISOString() }), await give()];
    const ids = async () => {
      const { results } = await env.DB.prepare('select id from own_grants order by id').all<{ id: string }>();
      return results.map(({ id }) => id);
    };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * DAY });
    await minute();
    await minute();
    expect(await ids()).toEqual([old.id, open.id]);
    vi.setSystemTime(Date.now() + 2 * DAY);
    await minute();
    expect(await ids()).toEqual([open.id]);
    vi.useRealTimers();
  });
});

describe('beside a purchase', () => {
  it('one of two sources ends: access stays', async () => {
    const customer = await sell();
    const grant = await give({ customer });
    await refundNewestOrder(world, { revoke_benefits: true });
    await world.settle();
    expect(await reasonFor(customer)).toBe('granted');
    await remove(grant.id);
    expect(await reasonFor(customer)).toBe('revoked');
  });

  it('the other way round: what was given ends, what was bought stays, without an end', async () => {
    const customer = await sell();
    const grant = await give({ customer, expires_at: new Date(Date.now() + DAY).toISOString() });
    expect(await ask(customer)).toMatchObject({ allow: true, expires_at: null });
    await remove(grant.id);
    expect(await ask(customer)).toMatchObject({ allow: true, expires_at: null });
  });

  it('belongs to the customers whom the app says its user is, and the other way round', async () => {
    const customer = await sell();
    const map = (id: string) =>
      env.DB.prepare(
        'insert into app_customers (app_id, external_id, customer_id, created_at) values (?, ?, ?, 0)',
      )
        .bind(quay.id, id, customer)
        .run();
    await map('user-1');
    await give({ resources: ['feature:mine'] });
    await give({ customer, resources: ['feature:theirs'] });
    expect(await reasonFor(customer, 'feature:mine')).toBe('granted');
    expect(await reasonFor('external:user-1', 'feature:theirs')).toBe('granted');
  });

  it('ends with the customer, is told, and its reason is forgotten', async () => {
    const customer = await sell();
    const mine = await give({ customer, reason: 'For Ada Lovelace' });
    await give();
    await world.polar('sandbox', 'DELETE', `/v1/customers/${customer}?anonymize=true`);
    await world.settle();
    expect(await reasonFor(customer)).toBe('revoked');
    await minute();
    await minute();
    expect(told().at(-1)).toEqual(['grant.revoked', mine.id, 'customer_deleted']);
    expect(await reasonFor()).toBe('granted');
    const { results } = await env.DB.prepare('select reason from own_grants order by reason').all();
    expect(results).toEqual([{ reason: '' }, { reason: 'Press copy' }]);
    const { results: bodies } = await env.DB.prepare(
      "select body from events where type glob 'grant.*'",
    ).all<{
      body: string;
    }>();
    expect(bodies.filter(({ body }) => body.includes('Lovelace'))).toEqual([]);
    expect((await post({ customer })).status).toBe(404);
  });
});

describe('what is refused', () => {
  it('a customer whom the app does not know, whether another app does or nobody', async () => {
    const customer = await sell(atlas, 'bob@readers.dev');
    const [theirs, nobodys] = [await post({ customer }), await post({ customer: crypto.randomUUID() })];
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(theirs.body.detail).toBe(nobodys.body.detail);
    expect((await post({ customer }, { key: atlas.secretKey })).status).toBe(201);
  });

  it('another app’s grant, one of Polar’s, and one that never was, by the same path', async () => {
    const grant = await give();
    await sell();
    const polars = await env.DB.prepare('select id from grants').first<{ id: string }>();
    const answers = [
      await remove(grant.id, atlas.secretKey),
      await remove(polars?.id ?? ''),
      await remove('grt_01kb3z8q4yf6dvkwm2t5n9cr7e'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(await reasonFor()).toBe('granted');
  });

  it.each([
    ['another app’s plan', { resources: ['plan:atlas:pro'] }, 'body.resources.0'],
    ['a product that nobody has', { resources: [`product:${crypto.randomUUID()}`] }, 'body.resources.0'],
    [
      'a benefit that nobody has',
      { resources: [COURSE, `benefit:${crypto.randomUUID()}`] },
      'body.resources.1',
    ],
    ['a star for everything', { resources: ['content:*'] }, 'body.resources.0'],
    ['nothing', { resources: [] }, 'body.resources'],
    ['an end that has passed', { expires_at: '2020-01-01' }, 'body.expires_at'],
    ['no reason', { reason: ' ' }, 'body.reason'],
    ['somebody who is neither', { customer: 'ada@readers.dev' }, 'body.customer'],
  ])('%s', async (_, body, path) => {
    const answer = await post(body);
    expect([answer.status, answer.body.errors?.map((error) => error.path)]).toEqual([422, [path]]);
  });

  it('another app’s product and benefit, and takes its own', async () => {
    const mine = await world.createProduct({
      name: 'quay:one',
      benefits: [{ type: 'custom', description: 'One' }],
    });
    const theirs = await world.createProduct({
      name: 'atlas:one',
      benefits: [{ type: 'custom', description: 'Two' }],
    });
    await world.settle();
    const names = (ware: typeof mine) => [`product:${ware.id}`, `benefit:${ware.benefitIds[0]}`];
    const answer = await post({ resources: [...names(mine), ...names(theirs)] });
    expect(answer.body.errors?.map(({ path }) => path)).toEqual(['body.resources.2', 'body.resources.3']);
    expect((await give({ resources: names(mine) })).resources).toEqual(names(mine));
  });

  it('a hundred and first grant of one customer', async () => {
    await env.DB.prepare(
      `insert into own_grants (id, mode, app_id, external_id, resources, reason, created_at)
      select 'grt_' || value, 'sandbox', ?1, 'user-1', '["feature:a"]', 'x', 0 from json_each(?2)`,
    )
      .bind(quay.id, JSON.stringify(Array.from({ length: 99 }, (_, i) => i)))
      .run();
    expect((await post({})).status).toBe(201);
    expect(await post({})).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await post({ customer: 'external:user-2' })).status).toBe(201);
  });

  it('one too many of several at once', async () => {
    await env.DB.prepare(
      `insert into own_grants (id, mode, app_id, external_id, resources, reason, created_at)
      select 'grt_' || value, 'sandbox', ?1, 'user-1', '["feature:a"]', 'x', 0 from json_each(?2)`,
    )
      .bind(quay.id, JSON.stringify(Array.from({ length: 98 }, (_, i) => i)))
      .run();
    const answers = await Promise.all(
      ['a', 'b', undefined, undefined].map((once) => post({}, once === undefined ? {} : { once })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409]);
    await world.settle();
    expect(told()).toHaveLength(2);
  });
});

describe('asked twice', () => {
  it('with one Idempotency-Key it is given once', async () => {
    const answers = [await post({}, { once: 'comp' }), await post({}, { once: 'comp' })];
    expect(answers.map(({ body }) => body.id)).toEqual([answers[0]?.body.id, answers[0]?.body.id]);
    await world.settle();
    expect(told()).toHaveLength(1);
    expect((await post({ reason: 'Another' }, { once: 'comp' })).body.code).toBe('idempotency_mismatch');
  });

  it('at once: given twice without a key, taken back once', async () => {
    const given = await Promise.all([post({}), post({})]);
    const [a, b] = given.map(({ body }) => body.id);
    expect(new Set([a, b]).size).toBe(2);
    await Promise.all([remove(a ?? ''), remove(a ?? ''), remove(a ?? '')]);
    await world.settle();
    expect(told().filter(([type]) => type === 'grant.revoked')).toEqual([['grant.revoked', a, 'revoked']]);
    expect(await reasonFor()).toBe('granted');
  });
});
