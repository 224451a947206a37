import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSchedule } from '../../src/schedule.ts';
import { createServices } from '../../src/wiring.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { refundNewestOrder, startPayment } from '../harness/story.ts';

/* What happened between one customer and one app, newest first, whatever table it is in. */

const DAY = 86_400_000;

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
});

afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

interface Entry {
  id: string;
  at: string;
  type: string;
  summary: string;
  ref: { kind: string; id: string };
  occurred_at: string | null;
  payment_id: string | null;
  event_id: string | null;
  endpoint_id: string | null;
}
interface Page {
  data: Entry[];
  next_cursor: string | null;
  code?: string;
  detail?: string;
}

const read = (who: string, query: Record<string, string> = {}, key = quay.secretKey) =>
  call<Page>(
    'GET',
    `/v1/customers/${encodeURIComponent(who)}/timeline?${new URLSearchParams(query).toString()}`,
    {
      key,
    },
  );

/** All pages of so many entries. */
async function readAll(
  who: string,
  query: Record<string, string> = {},
  key = quay.secretKey,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await read(who, { ...query, ...(cursor === '' ? {} : { cursor }) }, key);
    expect([page.status, page.text]).toEqual([200, page.text]);
    entries.push(...page.body.data);
    cursor = page.body.next_cursor;
  }
  return entries;
}

const typesOf = (entries: readonly Entry[]) => entries.map(({ type }) => type);

async function buy(app: TestApp, name: string, email: string, externalId?: string): Promise<string> {
  const product = await world.createProduct({
    name,
    price: 900,
    benefits: [{ type: 'custom', description: 'The course', metadata: { content_id: 'courses/git/*' } }],
  });
  const { checkoutUrl } = await startPayment(
    app,
    product.id,
    externalId === undefined ? {} : { customer: { external_id: externalId } },
  );
  await world.pay('sandbox', checkoutUrl, { email });
  await world.settle();
  const row = await env.DB.prepare('select id from customers where email = ?')
    .bind(email)
    .first<{ id: string }>();
  return row?.id ?? '';
}

async function minute(): Promise<void> {
  const context = createExecutionContext();
  await runSchedule(createServices(env, context));
  await waitOnExecutionContext(context);
  await world.settle();
}

function expectNewestFirst(entries: readonly Entry[]): void {
  expect(entries.map(({ at }) => at)).toEqual(
    entries
      .map(({ at }) => at)
      .toSorted()
      .toReversed(),
  );
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
}

describe('a life', () => {
  it('is told from the checkout to the refund, with what was given, told, and who signed in', async () => {
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev');
    const given = await call<{ id: string }>('POST', '/v1/grants', {
      key: quay.secretKey,
      body: { customer, resources: ['feature:early'], reason: 'Sorry for the wait' },
    });
    const signedIn = await call<{ id: string; session: string }>('POST', '/v1/sessions', {
      key: quay.secretKey,
      body: { customer },
    });
    await call('DELETE', '/v1/session', { key: signedIn.body.session });
    await refundNewestOrder(world, { revoke_benefits: true });
    await world.settle();
    const entries = await readAll(customer);
    expectNewestFirst(entries);
    const types = typesOf(entries);
    for (const type of [
      'payment.started',
      'payment.succeeded',
      'grant.created',
      'grant.revoked',
      'refund.created',
      'refund.succeeded',
      'customer.created',
      'session.started',
      'session.ended',
      'delivery.succeeded',
    ])
      expect(types).toContain(type);
    const [first] = entries.toReversed().filter(({ type }) => !type.startsWith('delivery.'));
    expect(first).toMatchObject({ type: 'payment.started', ref: { kind: 'payment', id: first?.payment_id } });
    const find = (type: string) => entries.find((entry) => entry.type === type);
    expect(find('payment.succeeded')).toMatchObject({
      summary: 'Paid: $9.00 for quay:book.',
      ref: { kind: 'payment' },
    });
    expect(find('refund.succeeded')?.summary).toMatch(/^Refunded: \$\d+\.\d\d for quay:book\.$/);
    expect(entries.find(({ ref }) => ref.id === given.body.id)).toMatchObject({
      type: 'grant.created',
      summary: 'You gave feature:early (Sorry for the wait).',
      ref: { kind: 'grant' },
    });
    expect(find('session.started')).toMatchObject({
      summary: 'Your app signed them in.',
      ref: { kind: 'session' },
    });
    // Everything that was told arrived, and each delivery names its event and endpoint.
    const told = entries.filter(({ type }) => type.startsWith('delivery.'));
    const events = new Set(
      entries.flatMap(({ type, event_id }) => (type.startsWith('delivery.') ? [] : (event_id ?? []))),
    );
    expect(new Set(told.map(({ event_id }) => event_id))).toEqual(events);
    expect(
      told.every(
        ({ endpoint_id, summary }) => endpoint_id !== null && summary === 'Told your endpoint in 1 attempt.',
      ),
    ).toBe(true);
  });

  it('says of a delivery that fails what the endpoint answered', async () => {
    world.receiver = () => new Response('no', { status: 500 });
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev');
    const [pending] = await readAll(customer, { type: 'delivery.pending' });
    expect(pending?.summary).toMatch(
      /^Your endpoint was not reached yet, \d attempts?, last answered 500\.$/,
    );
    world.receiver = () => new Response('ok');
  });

  it('keeps who signed in for 90 days after the session ran out', async () => {
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev');
    await call('POST', '/v1/sessions', { key: quay.secretKey, body: { customer, ttl_seconds: 60 } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 89 * DAY });
    await minute();
    expect(typesOf(await readAll(customer, { type: 'session.*' }))).toEqual([
      'session.ended',
      'session.started',
    ]);
    expect((await readAll(customer, { type: 'session.ended' }))[0]?.summary).toBe('The session ran out.');
    vi.setSystemTime(Date.now() + 2 * DAY);
    await minute();
    expect(await readAll(customer, { type: 'session.*' })).toEqual([]);
  });
});

describe('an external id', () => {
  it('has what its checkouts named, what was given to it, and who was signed in by it', async () => {
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev', 'user/1');
    const { body } = await call<{ id: string }>('POST', '/v1/grants', {
      key: quay.secretKey,
      body: { customer: 'external:user/1', resources: ['feature:early'], reason: 'Trial' },
    });
    await call('DELETE', `/v1/grants/${body.id}`, { key: quay.secretKey });
    await call('POST', '/v1/sessions', { key: quay.secretKey, body: { external_id: 'user/1' } });
    const entries = await readAll('external:user/1');
    expectNewestFirst(entries);
    expect(typesOf(entries)).toEqual(
      expect.arrayContaining([
        'payment.started',
        'payment.succeeded',
        'grant.created',
        'grant.revoked',
        'session.started',
      ]),
    );
    expect(entries.filter(({ ref }) => ref.id === body.id).map(({ summary }) => summary)).toEqual([
      'What you gave has ended: feature:early (you took it back).',
      'You gave feature:early (Trial).',
    ]);
    // The customer's own has the purchase, and neither what was given to the id nor its session: nothing says that they are one.
    expect((await readAll(customer)).filter(({ ref }) => ref.id === body.id)).toEqual([]);
  });

  it('is the union of the customers whom the app says it is, each thing once', async () => {
    const customers = [
      await buy(quay, 'quay:book', 'ada@readers.dev', 'user-1'),
      await buy(quay, 'quay:film', 'ada@home.dev', 'user-1'),
    ];
    for (const customer of customers)
      await env.DB.prepare(
        'insert into app_customers (app_id, external_id, customer_id, created_at) values (?, ?, ?, 0)',
      )
        .bind(quay.id, 'user-1', customer)
        .run();
    const entries = await readAll('external:user-1', { limit: '3' });
    expectNewestFirst(entries);
    const ofBoth = (await Promise.all(customers.map((customer) => readAll(customer)))).flat();
    expect(entries.map(({ id }) => id).toSorted()).toEqual(ofBoth.map(({ id }) => id).toSorted());
    expect(typesOf(entries).filter((type) => type === 'payment.succeeded')).toHaveLength(2);
  });
});

describe('pages', () => {
  it('of any size are the same list, and stay so while new entries come', async () => {
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev');
    const whole = await readAll(customer, { limit: '100' });
    expect(whole.length).toBeGreaterThan(8);
    for (const limit of ['1', '2', '3', '7']) expect(await readAll(customer, { limit })).toEqual(whole);
    const first = await read(customer, { limit: '4' });
    await call('POST', '/v1/sessions', { key: quay.secretKey, body: { customer } });
    await buy(quay, 'quay:film', 'ada@readers.dev');
    const rest = await readAll(customer, { limit: '4', cursor: first.body.next_cursor ?? '' });
    expect([...first.body.data, ...rest].map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
  });

  it('by type and time are the same entries', async () => {
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev');
    await call('POST', '/v1/sessions', { key: quay.secretKey, body: { customer } });
    const whole = await readAll(customer, { limit: '100' });
    for (const [type, prefix] of [
      ['payment.succeeded', 'payment.succeeded'],
      ['payment.*', 'payment.'],
      ['delivery.*', 'delivery.'],
      ['session.started', 'session.started'],
    ] as const)
      expect(await readAll(customer, { type, limit: '1' })).toEqual(
        whole.filter((entry) => entry.type.startsWith(prefix)),
      );
    const middle = whole[Math.floor(whole.length / 2)]?.at ?? '';
    expect(await readAll(customer, { created_after: middle, limit: '2' })).toEqual(
      whole.filter(({ at }) => at >= middle),
    );
    expect(await readAll(customer, { created_before: middle, limit: '2' })).toEqual(
      whole.filter(({ at }) => at < middle),
    );
  });

  it('of many events that came in one moment go on', async () => {
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev');
    await env.DB.prepare('update events set created_at = 5 where app_id = ?').bind(quay.id).run();
    const whole = await readAll(customer, { limit: '100' });
    expect(await readAll(customer, { limit: '1' })).toEqual(whole);
  });
});

describe('of others', () => {
  it('nothing: what the same customer has at another app is not there', async () => {
    const customer = await buy(quay, 'quay:book', 'ada@readers.dev', 'user-1');
    await buy(atlas, 'atlas:film', 'ada@readers.dev', 'user-1');
    await call('POST', '/v1/sessions', { key: atlas.secretKey, body: { customer } });
    const [mine, theirs] = [await readAll(customer), await readAll(customer, {}, atlas.secretKey)];
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.filter(({ id }) => theirs.some((entry) => entry.id === id))).toEqual([]);
    expect(JSON.stringify(mine)).not.toContain('atlas');
    expect(JSON.stringify(await readAll('external:user-1'))).not.toContain('atlas');
  });

  it('a customer whom this app does not know is 404, whether another does or nobody', async () => {
    const customer = await buy(atlas, 'atlas:film', 'bob@readers.dev', 'user-2');
    const answers = await Promise.all([
      read(customer),
      read(crypto.randomUUID()),
      read('external:user-2'),
      read('external:nobody'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
  });

  it.each([
    ['somebody who is neither', 'ada@readers.dev', {}],
    ['a type that there is not', 'external:a', { type: 'payment.sold' }],
    ['everything by a star', 'external:a', { type: '*' }],
    ['a cursor that is none', 'external:a', { cursor: 'x' }],
  ])('refuses %s', async (_, who, query) => {
    expect((await read(who, query)).status).toBe(422);
  });
});
