import { beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, CALLBACK, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { eventsOf, finishRun, losing, rowsOf, runCron } from './reconcile-calls.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/* The gateway is set up for an organization that has sold for a year, and got no webhook of that year. */

const MINUTE = 60_000;
const MONTH = 31 * 24 * 60 * MINUTE;

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
});

const polar = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
  world.polar<T>('sandbox', method, path, body);
const gives = (content: string) => [
  { type: 'custom', description: `Gives ${content}`, metadata: { content_id: content } },
];

async function sellAtPolar(productId: string, email: string, more: object = {}): Promise<string> {
  const checkout = await polar<{ url: string }>('POST', '/v1/checkouts/', { products: [productId], ...more });
  await world.pay('sandbox', checkout.url, { email });
  return firstId(`/v1/customers/?email=${email}`);
}

async function firstId(path: string): Promise<string> {
  const { items } = await polar<{ items: { id: string }[] }>('GET', path);
  return items[0]?.id ?? '';
}
const subscriptionOf = (customerId: string) => firstId(`/v1/subscriptions/?customer_id=${customerId}`);
const orderOf = (customerId: string) => firstId(`/v1/orders/?customer_id=${customerId}`);

const setCard = (customerId: string, outcome: 'pays' | 'declines') =>
  world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/customers/${customerId}/card`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    }),
  );

async function access(customer: string, content: string, member?: string): Promise<string> {
  const query = new URLSearchParams({ max_age: '0', customer, resource: `content:${content}` });
  if (member !== undefined) query.set('member', member);
  const { body } = await call<{ reason: string }>('GET', `/v1/access?${query.toString()}`, {
    key: quay.secretKey,
  });
  return body.reason;
}

/** A product whose seats are bought, and given to members. */
async function createTeamProduct(): Promise<string> {
  const [benefit] = gives('handbook');
  const { id: benefitId } = await polar<{ id: string }>('POST', '/v1/benefits/', {
    properties: {},
    ...benefit,
  });
  const { id } = await polar<{ id: string }>('POST', '/v1/products/', {
    name: 'quay:desks',
    recurring_interval: 'month',
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
      },
    ],
  });
  await polar('POST', `/v1/products/${id}/benefits`, { benefits: [benefitId] });
  return id;
}

/** What was sold, and what became of it, in the year before. Ids of customers, by what is special about them. */
async function haveAPast() {
  const book = (await world.createProduct({ name: 'quay:book', benefits: gives('book') })).id;
  const course = (await world.createProduct({ name: 'quay:course', benefits: gives('course') })).id;
  const benefits = gives('magazine');
  const monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month', benefits })).id;
  const desks = await createTeamProduct();
  const people = {
    book: await sellAtPolar(book, 'ada@readers.dev'),
    refunded: await sellAtPolar(book, 'bob@readers.dev'),
    renewing: await sellAtPolar(monthly, 'cleo@readers.dev'),
    canceled: await sellAtPolar(monthly, 'dan@readers.dev'),
    pastDue: await sellAtPolar(monthly, 'eve@readers.dev'),
    paused: await sellAtPolar(monthly, 'fay@readers.dev'),
    disputed: await sellAtPolar(book, 'gus@readers.dev'),
    disputing: await sellAtPolar(book, 'hal@readers.dev'),
    // With a page of the seller's own to come back to, the buyer takes no seat at the checkout.
    team: await sellAtPolar(desks, 'ian@readers.dev', { seats: 3, success_url: CALLBACK }),
  };
  const seat = async (email: string) => {
    const subscription_id = await subscriptionOf(people.team);
    const body = { subscription_id, email, immediate_claim: true };
    return polar<{ id: string; member_id: string }>('POST', '/v1/customer-seats', body);
  };
  const member = await seat('member@readers.dev');
  const former = await seat('former@readers.dev');
  await world.advance(MONTH);
  await polar('DELETE', `/v1/customer-seats/${former.id}`);
  const atEnd = (customer: string, change: object) =>
    subscriptionOf(customer).then((id) => polar('PATCH', `/v1/subscriptions/${id}`, change));
  await atEnd(people.canceled, { cancel_at_period_end: true });
  await atEnd(people.paused, { pause_at_period_end: true });
  const order = await polar<{ net_amount: number }>('GET', `/v1/orders/${await orderOf(people.refunded)}`);
  await polar('POST', '/v1/refunds/', {
    order_id: await orderOf(people.refunded),
    amount: order.net_amount,
    reason: 'other',
    revoke_benefits: true,
  });
  const lost = world.simulator.openDispute(await orderOf(people.disputed));
  for (let month = 0; month < 9; month++) await world.advance(MONTH);
  world.simulator.resolveDispute(lost, 'lost');
  world.simulator.openDispute(await orderOf(people.disputing));
  await setCard(people.pastDue, 'declines');
  await world.advance(MONTH);
  return { products: { book, course, monthly, desks }, people, member, former };
}

/** What cron starts by itself, once the first app is a quarter of an hour old. */
async function waitForFirstComparison() {
  await runCron();
  expect(await rowsOf('select id from reconcile_runs')).toEqual([]);
  await losing(world, () => world.advance(16 * MINUTE));
  await runCron();
  const runs = await rowsOf<{ id: string }>("select id from reconcile_runs where mode = 'sandbox'");
  const run = await losing(world, () => finishRun(runs[0]?.id ?? ''));
  await world.settle();
  return run;
}

/**
 * Pays, and is back before Polar has granted anything: the buyer. All else that happens is told afterwards, the grants
 * never are.
 */
async function buyAndReturn(productId: string, email: string): Promise<{ id: string; session: string }> {
  const answer = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = (request) =>
    request.url.includes('/v1/benefit-grants/')
      ? Promise.resolve(Response.json({ items: [], pagination: { total_count: 0, max_page: 0 } }))
      : answer(request);
  const payment = await startPayment(quay, productId);
  const [row] = await rowsOf<{ checkout_id: string }>(
    `select checkout_id from payments where id = '${payment.id}'`,
  );
  const checkout = await polar<{ success_url: string }>('GET', `/v1/checkouts/${row?.checkout_id}`);
  let location = '';
  const told = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email });
    const { pathname, search } = new URL(checkout.success_url);
    location = (await call('GET', pathname + search)).headers.get('location') ?? '';
  });
  const code = new URL(location).searchParams.get('code');
  const exchanged = await call<{ session: string }>('POST', '/v1/sessions/exchange', {
    key: quay.secretKey,
    body: { code, callback_url: CALLBACK },
  });
  expect([exchanged.status, exchanged.text]).toEqual([200, exchanged.text]);
  const [bought] = await rowsOf<{ customer_id: string }>(
    `select customer_id from payments where id = '${payment.id}'`,
  );
  const id = bought?.customer_id ?? '';
  expect(await rowsOf(`select id from grants where customer_id = '${id}'`)).toEqual([]);
  for (const event of told)
    if (!event.type.startsWith('benefit_grant.')) expect(await deliver(world, event)).toBe(200);
  await world.settle();
  expect(await rowsOf(`select id from grants where customer_id = '${id}'`)).toEqual([]);
  world.simulator.fetch = answer;
  return { id, session: exchanged.body.session };
}

/** What the visitor's own session is told, which is for this one purchase. */
async function accessOf(session: string, content: string): Promise<string> {
  const path = `/v1/access?max_age=0&resource=content:${content}`;
  return (await call<{ reason: string }>('GET', path, { key: session })).body.reason;
}

describe('a shop with a past', () => {
  it('existing customers have what they have, and the first buyer of each benefit is let in right after paying', async () => {
    const { products, people, member, former } = await losing(world, haveAPast);
    quay = await world.createApp({ product: 'quay', webhook: false });
    const run = await waitForFirstComparison();
    expect(run).toMatchObject({ trigger: 'schedule', scope: 'full', status: 'finished' });
    expect([run.report.total.failed, run.report.refused]).toEqual([0, {}]);

    expect(
      await rowsOf('select status, count(*) as n from subscriptions group by status order by status'),
    ).toEqual([
      { status: 'active', n: 2 },
      { status: 'canceled', n: 1 },
      { status: 'past_due', n: 1 },
      { status: 'paused', n: 1 },
    ]);
    expect({
      book: await access(people.book, 'book'),
      refunded: await access(people.refunded, 'book'),
      lostDispute: await access(people.disputed, 'book'),
      openDispute: await access(people.disputing, 'book'),
      renewing: await access(people.renewing, 'magazine'),
      canceled: await access(people.canceled, 'magazine'),
      pastDue: await access(people.pastDue, 'magazine'),
      paused: await access(people.paused, 'magazine'),
      buyerOfSeats: await access(people.team, 'handbook'),
      member: await access(people.team, 'handbook', member.member_id),
      formerMember: await access(people.team, 'handbook', former.member_id),
    }).toEqual({
      book: 'granted',
      refunded: 'revoked',
      lostDispute: 'revoked',
      openDispute: 'granted',
      renewing: 'granted',
      canceled: 'expired',
      pastDue: 'revoked',
      paused: 'revoked',
      buyerOfSeats: 'not_granted',
      member: 'granted',
      formerMember: 'revoked',
    });
    const disputes = await eventsOf("type glob 'dispute.*'");
    expect(disputes.map(({ type, app_id }) => `${type} ${app_id}`).toSorted()).toEqual([
      `dispute.created ${quay.id}`,
      `dispute.created ${quay.id}`,
      `dispute.lost ${quay.id}`,
    ]);

    for (const [content, productId] of [
      ['course', products.course],
      ['magazine', products.monthly],
      ['book', products.book],
    ] as const) {
      const buyer = await buyAndReturn(productId, `new-${content}@readers.dev`);
      expect([content, await access(buyer.id, content)]).toEqual([content, 'granted']);
      expect([content, await accessOf(buyer.session, content)]).toEqual([content, 'granted']);
      await losing(world, () => world.advance(16 * MINUTE));
      expect([content, await access(buyer.id, content)]).toEqual([content, 'not_granted']);
    }
  }, 300_000);

  it('whoever is past due or paused, and pays again, is let in before Polar has granted', async () => {
    const { people } = await losing(world, haveAPast);
    quay = await world.createApp({ product: 'quay', webhook: false });
    await waitForFirstComparison();
    const told = await record(world, async () => {
      await setCard(people.pastDue, 'pays');
      await polar('POST', `/_sim/orders/${await orderOf(people.pastDue)}/retry`);
      await polar('PATCH', `/v1/subscriptions/${await subscriptionOf(people.paused)}`, { resume: true });
      await world.simulator.settle();
    });
    world.polarForgets = true;
    for (const event of told)
      if (!event.type.startsWith('benefit_grant.')) expect(await deliver(world, event)).toBe(200);
    await world.settle();
    expect(await access(people.pastDue, 'magazine')).toBe('granted');
    expect(await access(people.paused, 'magazine')).toBe('granted');
  }, 300_000);
});

describe('before anything was compared', () => {
  it('the first buyer of a benefit that is older than the gateway is let in right after paying', async () => {
    const product = await losing(world, () =>
      world.createProduct({ name: 'quay:course', benefits: gives('course') }),
    );
    quay = await world.createApp({ product: 'quay', webhook: false });
    const buyer = await buyAndReturn(product.id, 'first@readers.dev');
    expect(await access(buyer.id, 'course')).toBe('granted');
    expect(await accessOf(buyer.session, 'course')).toBe('granted');
    expect(world.polarRequests.filter((request) => request.includes('/benefits/'))).toEqual([]);
  });

  it('a sale, or the list of products, makes a product’s benefits known', async () => {
    const product = await losing(world, () =>
      world.createProduct({ name: 'quay:course', benefits: gives('course') }),
    );
    quay = await world.createApp({ product: 'quay', webhook: false });
    await startPayment(quay, product.id);
    expect(await rowsOf('select id from benefits')).toEqual([{ id: product.benefitIds[0] }]);
    const listed = await losing(world, () =>
      world.createProduct({ name: 'quay:other', benefits: gives('other') }),
    );
    await call('GET', '/v1/products', { key: quay.secretKey });
    expect(await rowsOf(`select id from benefits where id = '${listed.benefitIds[0]}'`)).toHaveLength(1);
  });
});
