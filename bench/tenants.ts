import { randomUUID } from 'node:crypto';
import { deliverMessages } from '../src/base/messages.ts';
import type { Target } from './load.ts';
import type { LocalPolar } from './polar.ts';
import type { Runtime } from './runtime.ts';
import { callGateway, copyRows, type Ids, makeIds, signWebhook, tell } from './seed.ts';

/** An app with endpoints that want `payment.succeeded`, and a product. */
export interface Tenant {
  slug: string;
  appId: string;
  productId: string;
  secretKey: string;
  endpoints: readonly Endpoint[];
}

interface Endpoint {
  id: string;
  url: string;
}

export interface Market {
  gateway: Target;
  /** One endpoint each. */
  tenants: readonly Tenant[];
  /** All endpoints are its own. */
  wide: Tenant;
  /** Its endpoint takes requests and never answers. */
  stuck: Tenant;
  /** Its endpoint says "slow down" now and then. */
  busy: Tenant;
  /** A purchase of the first tenant's product, to be copied. */
  sample: Sample;
}

export interface Sample {
  /** What its app was told. */
  event: { id: string; body: string };
  ids: Omit<Ids, 'grant'> & { product: string; slug: string };
  /** A payment like it that is not paid yet. */
  pendingId: string;
  /** Its `order.paid`. */
  body: string;
}

const WANTED = 'payment.succeeded';

/** Tenants with their endpoints and products, made as operators and apps make them, and one purchase. */
export async function openMarket(
  runtime: Runtime,
  polar: LocalPolar,
  receivers: { urls: readonly string[]; blackHoleUrl: string; busyUrl: string },
): Promise<Market> {
  const gateway = await runtime.target('gateway');
  const open = (name: string, urls: readonly string[]) => openTenant(runtime, polar, { gateway, name, urls });
  const first = await open('tenant-00', receivers.urls.slice(0, 1));
  const sample = await buy(runtime, polar, gateway, first);
  const tenants = [first];
  for (const [i, url] of receivers.urls.entries()) {
    if (i > 0) tenants.push(await open(`tenant-${String(i).padStart(2, '0')}`, [url]));
  }
  const wide = await open('tenant-wide', receivers.urls);
  const stuck = await open('tenant-stuck', [receivers.blackHoleUrl]);
  const busy = await open('tenant-busy', [receivers.busyUrl]);
  return { gateway, tenants, wide, stuck, busy, sample };
}

/** `events`: what its endpoints want; `payment.succeeded` unless given. */
export async function openTenant(
  runtime: Runtime,
  polar: LocalPolar,
  wanted: { gateway: Target; name: string; urls: readonly string[]; events?: readonly string[] },
): Promise<Tenant> {
  const { gateway, name, urls, events = [WANTED] } = wanted;
  const app = await callGateway(gateway, 'POST', '/admin/apps', {
    key: runtime.settings.adminToken,
    body: { product: name, mode: 'sandbox', callback_urls: ['http://127.0.0.1:1/thanks'] },
  });
  const secretKey = String(app['secret_key']);
  const endpoints: Endpoint[] = [];
  for (const url of urls) {
    const { id } = await callGateway(gateway, 'POST', '/v1/webhook-endpoints', {
      key: secretKey,
      body: { url, events },
    });
    endpoints.push({ id: String(id), url });
  }
  const product = await polar.call('POST', '/v1/products/', {
    name: `${name}:lifetime`,
    prices: [{ amount_type: 'fixed', price_amount: 900, price_currency: 'usd' }],
  });
  await tell(gateway, await polar.listen());
  const appId = await runtime.database
    .prepare('select id from apps where product = ?1')
    .bind(name)
    .first<string>('id');
  if (appId === null) throw new Error(`the app ${name} is not there`);
  return { slug: name, appId, productId: String(product['id']), secretKey, endpoints };
}

/** A purchase of the tenant's product, made and told, and a payment like it that is not paid. */
export async function buy(
  runtime: Runtime,
  polar: LocalPolar,
  gateway: Target,
  { slug, productId, secretKey }: Tenant,
): Promise<Sample> {
  const start = () =>
    callGateway(gateway, 'POST', '/v1/payments', { key: secretKey, body: { product_id: productId } });
  const pending = await start();
  const payment = await start();
  const secret = new URL(String(payment['checkout_url'])).pathname.split('/').pop();
  await polar.call('POST', `/v1/checkouts/client/${secret}/confirm`, {
    customer_email: 'ada@readers.dev',
    customer_name: 'Ada',
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_ok',
  });
  const news = await polar.listen();
  await tell(gateway, news);
  const body = news.find(({ type }) => type === 'order.paid')?.body;
  const ids = await runtime.database
    .prepare(
      "select id as payment, customer_id as customer, order_id as 'order', checkout_id as checkout from payments where status = 'succeeded'",
    )
    .first<Omit<Ids, 'grant'>>();
  const event = await runtime.database
    .prepare('select id, body from events where type = ?1')
    .bind(WANTED)
    .first<Sample['event']>();
  if (!body || !ids || !event) throw new Error('the purchase did not arrive');
  return { event, ids: { ...ids, product: productId, slug }, pendingId: String(pending['id']), body };
}

/** A webhook to come, and where what it leads to should arrive. */
export interface Order {
  tenant: Tenant;
  paymentId: string;
  body: string;
  headers: Record<string, string>;
}

/** For each of `tenants` in turn a pending payment, and the `order.paid` of its buyer: signed now, good for minutes. */
export async function addTenantOrders(
  { database }: Runtime,
  { sample }: Pick<Market, 'sample'>,
  tenants: readonly Tenant[],
): Promise<Order[]> {
  const made = makeIds(tenants.length).map((ids, i) => {
    const tenant = tenants[i];
    if (!tenant) throw new Error('no tenant');
    const { slug, appId: app, productId: product } = tenant;
    return { tenant, own: { ...ids, slug, app, product } };
  });
  await copyRows(
    database,
    'payments',
    `id = '${sample.pendingId}'`,
    made.map(({ own }) => own),
    { id: 'payment', checkout_id: 'checkout', app_id: 'app', product_id: 'product' },
  );
  const names = ['payment', 'customer', 'order', 'checkout', 'product', 'slug'] as const;
  return made.map(({ tenant, own }) => {
    const body = names.reduce((text, name) => text.replaceAll(sample.ids[name], own[name]), sample.body);
    return { tenant, paymentId: own.payment, body, headers: signWebhook(body) };
  });
}

/** What is sent to an endpoint: the event's body, and where. */
interface Send {
  endpoint: Endpoint;
  eventId: string;
  body: string;
}

/** An event for each of `tenants` in turn, by what each is sent as; nothing is stored. */
export function makeEvents({ sample }: Market, tenants: readonly Tenant[]): Send[][] {
  return tenants.map((tenant) => {
    const eventId = `evt_${randomUUID().replaceAll('-', '').slice(0, 26)}`;
    const paymentId = `pay_${randomUUID().replaceAll('-', '').slice(0, 26)}`;
    const body = sample.event.body
      .replaceAll(sample.event.id, eventId)
      .replaceAll(sample.ids.payment, paymentId)
      .replaceAll(sample.ids.slug, tenant.slug);
    return tenant.endpoints.map((endpoint) => ({ endpoint, eventId, body }));
  });
}

let lastSequence = 1_000;
/** The bodies of one statement's events stay below what D1 takes. */
const EVENTS_AT_ONCE = 100;

/** Stores events that wait to be sent. Gives the wake-ups that the gateway sends when each comes. */
export async function addEvents(
  { database }: Runtime,
  events: readonly Send[][],
  tenants: readonly Tenant[],
): Promise<object[]> {
  const messages: object[] = [];
  for (let i = 0; i < events.length; i += EVENTS_AT_ONCE) {
    const part = events.slice(i, i + EVENTS_AT_ONCE);
    const rows = part.flatMap(([first], position) => {
      const app = tenants[i + position]?.appId;
      return first && app
        ? [{ app, id: first.eventId, body: first.body, sequence: String(++lastSequence) }]
        : [];
    });
    await copyRows(database, 'events', `type = '${WANTED}'`, rows, {
      id: 'id',
      key: 'id',
      payment_id: 'id',
      app_id: 'app',
      sequence: 'sequence',
      body: 'body',
    });
    const deliveries = part.map((sends, position) =>
      sends.map(({ endpoint, eventId }) => ({
        id: `dlv_${randomUUID().replaceAll('-', '').slice(0, 26)}`,
        event: eventId,
        endpoint: endpoint.id,
        app: tenants[i + position]?.appId ?? '',
        sequence: rows[position]?.sequence ?? '',
      })),
    );
    await addDeliveries(database, deliveries.flat());
    messages.push(...deliveries.flatMap((made) => deliverMessages(made.map(({ id }) => id))));
  }
  return messages;
}

async function addDeliveries(
  database: D1Database,
  rows: readonly Record<'id' | 'event' | 'endpoint' | 'app' | 'sequence', string>[],
): Promise<void> {
  await copyRows(database, 'deliveries', "status <> 'pending'", rows, {
    id: 'id',
    event_id: 'event',
    endpoint_id: 'endpoint',
    app_id: 'app',
    sequence: 'sequence',
  });
  await database
    .prepare(
      `update deliveries set status = 'pending', attempts = 0, next_attempt_at = ?2, last_status = null, finished_at = null
       where id in (select value from json_each(?1))`,
    )
    .bind(JSON.stringify(rows.map(({ id }) => id)), Date.now())
    .run();
}
