import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { newId } from '../../src/base/ids.rules.ts';
import { findEverywhere } from '../harness/find-everywhere.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';

/* A customer whom Polar has anonymized is not described anywhere in the database; what was paid stays as it was. */

const MINUTE = 60_000;
const EMAIL = 'Ada.Lovelace@readers.dev';
const PERSONAL = /ada\.lovelace@readers\.dev|Ada Lovelace|Ockham Park|Lady Lovelace/i;

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
});
afterEach(() => world.settle());

async function runCron(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  await world.settle();
}

async function read<T = unknown>(sql: string): Promise<T[]> {
  return (await env.DB.prepare(sql).all<T & Record<string, unknown>>()).results;
}

const findPersonal = () => findEverywhere(PERSONAL);

const readMoney = () =>
  read(
    'select id, status, amount, refunded_amount, currency, order_id, succeeded_at from payments order by id',
  );

/** Buys in both apps, takes a team's seat, gets a part back, leaves a checkout open, and asks for a code by mail. */
async function liveOn(): Promise<string> {
  const lifetime = await world.createProduct({
    name: 'quay:lifetime',
    benefits: [{ type: 'custom', description: 'All of it', metadata: { content_id: 'blog/one' } }],
  });
  const pro = await world.createProduct({ name: 'atlas:pro', recurring: 'month' });
  const desks = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
    name: 'quay:desks',
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
      },
    ],
  });
  const buyer = { email: EMAIL, name: 'Ada Lovelace' };
  const buy = async (app: TestApp, productId: string, body: Record<string, unknown> = {}) => {
    const { checkoutUrl } = await startPayment(app, productId, { customer: buyer, ...body });
    await world.pay('sandbox', checkoutUrl, buyer);
    await world.settle();
  };
  await buy(quay, lifetime.id);
  const [customer] = await read<{ id: string }>('select id from customers');
  const id = String(customer?.id);
  await world.polar('sandbox', 'PATCH', `/v1/customers/${id}`, {
    billing_name: 'Lady Lovelace',
    billing_address: { line1: 'Ockham Park 1', city: 'Ockham', postal_code: 'GU23', country: 'DE' },
  });
  await world.settle();
  await buy(atlas, pro.id);
  await buy(quay, desks.id, { seats: 2 });
  const [order] = await read<{ id: string }>(
    `select o.id from orders as o where o.product_id = '${lifetime.id}'`,
  );
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: order?.id,
    amount: 100,
    reason: 'customer_request',
  });
  const [team] = await read<{ id: string }>(`select id from orders where product_id = '${desks.id}'`);
  await world.polar('sandbox', 'POST', '/v1/customer-seats', {
    order_id: team?.id,
    email: EMAIL,
    immediate_claim: true,
  });
  await startPayment(quay, lifetime.id, { customer: buyer });
  await env.DB.prepare(
    `insert into sign_in_attempts (id, app_id, mode, holder, email, browser_hash, code_hash, link_hash, guesses, created_at, expires_at)
     values ('sia_1', ?, 'sandbox', 'app', lower(?), '', '', '', 0, ?, ?)`,
  )
    .bind(quay.id, EMAIL, Date.now(), Date.now() + MINUTE)
    .run();
  await world.settle();
  return id;
}

const anonymize = (id: string) => world.polar('sandbox', 'DELETE', `/v1/customers/${id}?anonymize=true`);

describe('after Polar has anonymized a customer,', () => {
  it('nothing in the database describes the customer, what waits arrives without it, and amounts stay', async () => {
    world.receiver = (_, { body }) => new Response(body);
    const { body: endpoints } = await call<{ data: { id: string }[] }>('GET', '/v1/webhook-endpoints', {
      key: quay.secretKey,
    });
    // One that fails would be tried again while the test waits, by the real clock, and be slower each time.
    const setEnabled = (enabled: boolean) =>
      call('PATCH', `/v1/webhook-endpoints/${endpoints.data[0]?.id}`, {
        key: quay.secretKey,
        body: { enabled },
      });
    await setEnabled(false);
    const id = await liveOn();
    const bob = await startPayment(
      quay,
      String((await read<{ id: string }>("select id from products where name = 'quay:lifetime'")).at(0)?.id),
    );
    await world.pay('sandbox', bob.checkoutUrl, { email: 'bob@readers.dev', name: 'Bob Babbage' });
    await world.settle();
    const money = await readMoney();
    expect(await findPersonal()).toEqual(
      expect.arrayContaining([
        'customers.email',
        'customers.name',
        'delivery_attempts.response',
        'polar_events.sealed_body checkout.created',
        'polar_events.sealed_body order.paid',
        'events.body',
        'payments.customer_email',
        'sign_in_attempts.email',
        'snapshots.data',
      ]),
    );

    await anonymize(id);
    await world.settle();
    await runCron();
    expect(await findPersonal()).toEqual([]);
    expect(await readMoney()).toEqual(money);
    expect(await read('select is_due, address from forgotten_customers')).toEqual([
      { is_due: 0, address: null },
    ]);
    // Another customer is left as it was.
    expect(
      await read("select 1 from polar_events where sealed_body is not null and type = 'order.paid'"),
    ).toHaveLength(1);
    expect(await read("select 1 from events where body like '%bob@readers.dev%'")).not.toHaveLength(0);

    world.received.length = 0;
    world.receiver = () => new Response('ok');
    const waiting = await read<{ id: string }>("select id from deliveries where status = 'pending'");
    expect(waiting.length).toBeGreaterThan(5);
    await setEnabled(true);
    await world.settle();
    expect(await read("select id from deliveries where status = 'pending'")).toEqual([]);
    const bodies = world.received.map(({ body }) => body);
    expect(bodies.length).toBeGreaterThanOrEqual(waiting.length);
    expect(bodies.filter((body) => PERSONAL.test(body))).toEqual([]);
    const paid = bodies
      .map((body) => JSON.parse(body) as { type: string; data: { payment: object; polar: { data: object } } })
      .find(({ type, data }) => type === 'payment.succeeded' && JSON.stringify(data).includes(id));
    expect(paid?.data.payment).toMatchObject({ amount: 900, customer: { id, email: null } });
    expect(paid?.data.polar.data).toMatchObject({
      customer_id: id,
      customer: { id, email: null },
    });
    expect(await findPersonal()).toEqual([]);
  });

  it('what comes late does not bring it back', async () => {
    const late: Told[] = [];
    let id = '';
    const lifetime = await world.createProduct({ name: 'quay:lifetime' });
    await world.settle();
    const { checkoutUrl } = await startPayment(quay, lifetime.id);
    late.push(
      ...(await record(world, async () => {
        await world.pay('sandbox', checkoutUrl, { email: EMAIL, name: 'Ada Lovelace' });
      })),
    );
    const deleted = await record(world, async () => {
      const page = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/');
      id = String(page.items[0]?.id);
      await anonymize(id);
      await world.simulator.settle();
    });
    // The deletion is the first that is heard of the customer.
    for (const told of [...deleted, ...late]) expect(await deliver(world, told)).toBeLessThan(300);
    await world.settle();
    await runCron();
    await runCron();
    expect(await findPersonal()).toEqual([]);
    expect(await read('select status, amount from payments')).toEqual([{ status: 'succeeded', amount: 900 }]);

    const again = late.find(({ type }) => type === 'order.paid');
    if (!again) throw new Error('no order.paid');
    await deliver(world, { ...again, webhookId: crypto.randomUUID() });
    await world.settle();
    await runCron();
    expect(await findPersonal()).toEqual([]);

    // And one that cannot be applied is kept all the same.
    const odd = again.body.replace(/"status":"\w+"/, '"status":7');
    await deliver(world, { ...again, webhookId: crypto.randomUUID(), body: odd });
    expect(await findPersonal()).toContain('polar_events.sealed_body order.paid');
    await world.settle();
    await runCron();
    expect(await findPersonal()).toEqual([]);
  });
  it('a run that fails is taken up by the next, and events of the release before are found', async () => {
    const id = await liveOn();
    await env.DB.prepare('update polar_events set customer_id = null, checkout_id = null').run();
    await anonymize(id);
    await world.settle();
    await env.DB.exec(
      "create trigger broken before update of data on snapshots begin select raise(abort, 'broken'); end",
    );
    try {
      await runCron();
    } finally {
      await env.DB.exec('drop trigger broken');
    }
    expect(await findPersonal()).not.toEqual([]);
    await runCron();
    await runCron();
    expect(await findPersonal()).toEqual([]);
  });

  it('what is told between two runs is not passed over, whatever ids were given before', async () => {
    const id = await liveOn();
    const rename = (which: string, to: string) =>
      env.DB.batch([
        env.DB.prepare('pragma defer_foreign_keys = on'),
        env.DB.prepare(
          `update deliveries set event_id = ${to.replaceAll('id', 'event_id')} where event_id in (${which})`,
        ),
        env.DB.prepare(`update events set id = ${to} where id in (${which})`),
      ]);
    // As the release before named them.
    await rename('select id from events', "'fct_' || substr(id, 5)");
    await anonymize(id);
    await world.settle();
    await env.DB.exec(
      "create trigger broken before update of data on snapshots begin select raise(abort, 'broken'); end",
    );
    try {
      await runCron();
      await runCron();
    } finally {
      await env.DB.exec('drop trigger broken');
    }
    const [told] = await read<{ id: string }>("select id from events where type = 'payment.succeeded'");
    const late = newId('evt');
    await rename(`'${told?.id}'`, `'${late}'`);
    await env.DB.prepare(
      "update events set body = json_set(body, '$.data.payment.customer.email', ?) where id = ?",
    )
      .bind(EMAIL, late)
      .run();
    expect(await findPersonal()).toContain('events.body');
    await runCron();
    await runCron();
    expect(await findPersonal()).toEqual([]);
  });
});

it('a customer who is deleted and not anonymized is forgotten as well, though Polar keeps the address', async () => {
  const id = await liveOn();
  expect(await findPersonal()).not.toEqual([]);
  await world.polar('sandbox', 'DELETE', `/v1/customers/${id}`);
  await world.settle();
  await runCron();
  await runCron();
  expect(await findPersonal()).toEqual([]);
});

it('a change of address is no deletion', async () => {
  const id = await liveOn();
  await world.polar('sandbox', 'PATCH', `/v1/customers/${id}`, { email: 'countess@readers.dev' });
  await world.settle();
  await runCron();
  expect(await read('select * from forgotten_customers')).toEqual([]);
});
