import { setTimeout } from 'node:timers/promises';
import type { Target } from './load.ts';
import type { LocalPolar } from './polar.ts';
import type { SampleIds } from './growth-fill.ts';
import type { Runtime } from './runtime.ts';
import { callGateway, tell } from './seed.ts';
import type { Sample, Tenant } from './tenants.ts';

/** Who sells, and to whom. */
interface Desk {
  runtime: Runtime;
  polar: LocalPolar;
  gateway: Target;
  shop: Tenant;
}

/**
 * Everything that a shop's lists have once, made through the front doors: a refund, a dispute, a subscription, a gift, work for people,
 * what the shop gave by itself, a session, and purchases that belong to no app. All are the buyer's of `sample`, whose ids are among these.
 */
export async function makeSamples(desk: Desk, sample: Sample): Promise<SampleIds> {
  const { runtime, polar, shop } = desk;
  const { customer } = sample.ids;
  const otherProduct = await sell(desk, `${shop.slug}:other`);
  const discount = await post(desk, '/v1/discounts', { name: 'Spring', code: 'SPRING', basis_points: 1_000 });
  const called = await buyWork(desk);
  const request = await post(desk, `/v1/payments/${called}/refunds`, { amount: 100 });
  await hear(desk);
  await disputeAndLose(desk, called);
  await pay(desk, { product_id: await sell(desk, `${shop.slug}:monthly`, { recurring_interval: 'month' }) });
  const given = await pay(desk, { product_id: shop.productId });
  const gift = await post(desk, '/v1/gifts', { payment: given, redirect_url: 'http://127.0.0.1:1/thanks' });
  await callGateway(desk.gateway, 'PUT', `/v1/customers/${customer}/external-ids/user-0`, {
    key: shop.secretKey,
  });
  const grant = { customer, resources: ['content:gift/one'], reason: 'Press copy' };
  const ownGrant = await post(desk, '/v1/grants', grant);
  await post(desk, '/v1/sessions', { customer });
  for (const more of [{}, { recurring_interval: 'month' }]) {
    const product = await sell(desk, 'an old product', more);
    const checkout = await polar.call('POST', '/v1/checkouts/', { products: [product] });
    // Somebody else, who has no such subscription yet.
    await confirm(desk, String(checkout['url']), 'eve@readers.dev');
  }
  await noteDownload(desk, customer);
  const one = async (text: string) => {
    const id = await runtime.database.prepare(text).first<string>('id');
    if (id === null) throw new Error(`no sample: ${text}`);
    return id;
  };
  return {
    ...sample.ids,
    event: sample.event.id,
    pending: sample.pendingId,
    called,
    otherProduct,
    discount: String(discount['id']),
    request: String(request['id']),
    refund: await one('select id from refunds'),
    dispute: await one("select id from snapshots where kind = 'dispute'"),
    subscription: await one('select id from subscriptions where app_id is not null'),
    gift: String(gift['id']),
    work: await one('select id from grants where fulfilment is not null'),
    benefit: await one('select benefit_id as id from grants where fulfilment is not null'),
    ownGrant: String(ownGrant['id']),
    session: await one('select id from sessions where customer_id is not null'),
    download: await one('select id from downloads'),
    file: await one('select file_id as id from downloads'),
    line: await one("select id from audit_log where action = 'refund.requested'"),
    key: await one("select key_id as id from audit_log where action = 'refund.requested'"),
    unroutedOrder: await one('select id from orders where app_id is null and subscription_id is null'),
    unroutedSubscription: await one('select id from subscriptions where app_id is null'),
    paidEvent: await one("select id from polar_events where type = 'order.paid' order by id limit 1"),
    otherEvent: await one("select id from polar_events where type = 'order.created' order by id limit 1"),
    endpoint: shop.endpoints[0]?.id ?? '',
  };
}

function post({ gateway, shop }: Desk, path: string, body: object) {
  return callGateway(gateway, 'POST', path, { key: shop.secretKey, body });
}

async function hear({ gateway, polar }: Desk): Promise<void> {
  await tell(gateway, await polar.listen());
}

/** A product at Polar. */
async function sell(desk: Desk, name: string, more: object = {}): Promise<string> {
  const price = { amount_type: 'fixed', price_amount: 900, price_currency: 'usd' };
  const { id } = await desk.polar.call('POST', '/v1/products/', { name, prices: [price], ...more });
  await hear(desk);
  return String(id);
}

/** A payment of the shop that is paid. */
async function pay(desk: Desk, body: object): Promise<string> {
  const payment = await post(desk, '/v1/payments', body);
  await confirm(desk, String(payment['checkout_url']));
  return String(payment['id']);
}

async function confirm(desk: Desk, checkoutUrl: string, email = 'ada@readers.dev'): Promise<void> {
  const secret = new URL(checkoutUrl).pathname.split('/').pop();
  await desk.polar.call('POST', `/v1/checkouts/client/${secret}/confirm`, {
    customer_email: email,
    customer_name: 'Ada',
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_ok',
  });
  await hear(desk);
}

/** Something that people have to do for its buyer, with metadata by which it is found. */
async function buyWork(desk: Desk): Promise<string> {
  const product = await sell(desk, `${desk.shop.slug}:call`);
  const benefit = await desk.polar.call('POST', '/v1/benefits/', {
    type: 'custom',
    description: 'A call',
    metadata: { fulfilment: 'manual' },
    properties: { note: 'Pick a time.' },
  });
  await desk.polar.call('POST', `/v1/products/${product}/benefits`, { benefits: [benefit['id']] });
  await hear(desk);
  return pay(desk, { product_id: product, metadata: { campaign: 'spring', seller: 'seller-1' } });
}

async function disputeAndLose(desk: Desk, payment: string): Promise<void> {
  const order = await desk.runtime.database
    .prepare('select order_id from payments where id = ?1')
    .bind(payment)
    .first<string>('order_id');
  const { dispute_id: dispute } = await desk.polar.call('POST', `/_sim/orders/${order}/dispute`, {});
  await desk.polar.call('POST', `/_sim/disputes/${String(dispute)}/resolve`, { outcome: 'lost' });
  await hear(desk);
  await compare(desk);
}

/** Polar tells nobody of disputes: a comparison finds them. */
async function compare({ runtime, gateway }: Desk): Promise<void> {
  const key = runtime.settings.adminToken;
  const body = { mode: 'sandbox', scope: 'recent', grace_seconds: 0 };
  const { id } = await callGateway(gateway, 'POST', '/admin/reconcile', { key, body });
  for (;;) {
    await runtime.consume([{ type: 'reconcile', runId: String(id) }]);
    const { status } = await callGateway(gateway, 'GET', `/admin/reconcile/${String(id)}`, { key });
    if (status === 'finished') return;
    if (status !== 'running') throw new Error(`the comparison ended with ${String(status)}`);
    await setTimeout(50);
  }
}

/** By hand: no benefit here has a file. */
async function noteDownload({ runtime, shop }: Desk, customer: string): Promise<void> {
  const [file, benefit] = [crypto.randomUUID(), crypto.randomUUID()];
  const own = [shop.appId, file, benefit];
  const now = Date.now();
  const prepare = (text: string, ...values: unknown[]) => runtime.database.prepare(text).bind(...values);
  await runtime.database.batch([
    prepare(
      `insert into downloads (id, app_id, file_id, benefit_id, customer_id, created_at)
       values ('dl_01sample000000000000000000', ?1, ?2, ?3, ?4, ?5)`,
      ...own,
      customer,
      now,
    ),
    prepare(
      `insert into downloaded_files (app_id, id, benefit_id, name, size, downloads, first_at, last_at)
       values (?1, ?2, ?3, 'book.pdf', 1, 1, ?4, ?4)`,
      ...own,
      now,
    ),
  ]);
}
