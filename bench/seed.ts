import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { Target } from './load.ts';
import type { LocalPolar } from './polar.ts';
import { type Runtime, WEBHOOK_SECRET } from './runtime.ts';

export const CONTENT = 'blog/one';
export const RESOURCE = `content:${CONTENT}`;

export interface Shop {
  gateway: Target;
  secretKey: string;
  productId: string;
  /** Somebody who bought the product, through the front doors. */
  buyer: string;
  /** Its `order.paid`. */
  paidBody: string;
  /** Its `benefit_grant.created`. */
  grantBody: string;
}

/** An app with a receiver, a product with a benefit, and one purchase, made as operators, apps and buyers make them. */
export async function openShop(runtime: Runtime, polar: LocalPolar): Promise<Shop> {
  const gateway = await runtime.target('gateway');
  const app = await callGateway(gateway, 'POST', '/admin/apps', {
    key: runtime.settings.adminToken,
    body: {
      product: 'quay',
      mode: 'sandbox',
      callback_urls: ['http://127.0.0.1:1/thanks'],
      webhook_url: 'http://127.0.0.1:1/hooks',
    },
  });
  const secretKey = String(app['secret_key']);
  const product = await polar.call('POST', '/v1/products/', {
    name: 'quay:lifetime',
    metadata: { content_id: CONTENT },
    prices: [{ amount_type: 'fixed', price_amount: 900, price_currency: 'usd' }],
  });
  const benefit = await polar.call('POST', '/v1/benefits/', {
    type: 'custom',
    description: 'Reader',
    metadata: { content_id: CONTENT },
    properties: {},
  });
  const productId = String(product['id']);
  await polar.call('POST', `/v1/products/${productId}/benefits`, { benefits: [benefit['id']] });
  await tell(gateway, await polar.listen());

  const payment = await callGateway(gateway, 'POST', '/v1/payments', {
    key: secretKey,
    body: { product_id: productId },
  });
  const secret = new URL(String(payment['checkout_url'])).pathname.split('/').pop();
  await polar.call('POST', `/v1/checkouts/client/${secret}/confirm`, {
    customer_email: 'ada@readers.dev',
    customer_name: 'Ada',
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_ok',
  });
  const news = await polar.listen();
  await tell(gateway, news);
  const bodyOf = (wanted: string) => news.find(({ type }) => type === wanted)?.body ?? '';
  const paidBody = bodyOf('order.paid');
  const grantBody = bodyOf('benefit_grant.created');
  const buyer = await runtime.database.prepare('select customer_id from orders').first<string>('customer_id');
  if (buyer === null || paidBody === '' || grantBody === '') throw new Error('the purchase did not arrive');
  return { gateway, secretKey, productId, buyer, paidBody, grantBody };
}

/** Tells the gateway what Polar told, signed as Polar signs. */
export async function tell(gateway: Target, news: readonly { body: string }[]): Promise<void> {
  for (const { body } of news)
    await callGateway(gateway, 'POST', '/webhooks/polar', { rawBody: body, headers: signWebhook(body) });
}

/** Signed as Polar’s older endpoints sign: with the UTF-8 bytes of the secret. */
export function signWebhook(body: string, id = randomUUID()): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', WEBHOOK_SECRET)
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** More buyers like the first: their rows are copies with ids of their own. */
export async function addBuyers(database: D1Database, count: number): Promise<string[]> {
  const ids = makeIds(count);
  const own = { payment_id: 'payment', customer_id: 'customer', order_id: 'order' } as const;
  await copyRows(database, 'payments', "status = 'succeeded'", ids, {
    ...own,
    id: 'payment',
    checkout_id: 'checkout',
  });
  await copyRows(database, 'orders', "status = 'paid'", ids, {
    ...own,
    id: 'order',
    checkout_id: 'checkout',
  });
  await copyRows(database, 'grants', 'is_granted = 1', ids, { ...own, id: 'grant' });
  return ids.map(({ customer }) => customer);
}

/** Pending payments, and for each the signed `order.paid` of its buyer. */
export async function addOrders(runtime: Runtime, shop: Shop, count: number) {
  const paid = await runtime.database
    .prepare(
      "select id as payment, customer_id as customer, order_id as 'order', checkout_id as checkout from payments where status = 'succeeded' limit 1",
    )
    .first<Omit<Ids, 'grant'>>();
  if (!paid) throw new Error('no purchase to copy');
  const { id } = await callGateway(shop.gateway, 'POST', '/v1/payments', {
    key: shop.secretKey,
    body: { product_id: shop.productId },
  });
  const ids = makeIds(count);
  await copyRows(runtime.database, 'payments', `id = '${String(id)}'`, ids, {
    id: 'payment',
    checkout_id: 'checkout',
  });
  return ids.map((own) => {
    const body = (['payment', 'customer', 'order', 'checkout'] as const).reduce(
      (text, name) => text.replaceAll(paid[name], own[name]),
      shop.paidBody,
    );
    return { body, headers: signWebhook(body) };
  });
}

/** A token as it lies in KV. */
export interface Kept {
  key: string;
  token: string;
}

/** Asks about the first buyer, so that its token lies in KV. To be called while nothing else does. */
export async function keepToken(runtime: Runtime, shop: Shop): Promise<Kept> {
  const path = `/v1/access?resource=${RESOURCE}&customer=${shop.buyer}`;
  const { token } = await callGateway(shop.gateway, 'GET', path, { key: shop.secretKey });
  return { key: await findKey(runtime, shop.buyer), token: String(token) };
}

/** Puts the token that the first buyer was given into KV for the others, as theirs. Gives their keys. */
export async function addTokens(
  runtime: Runtime,
  { buyer }: Shop,
  { key, token }: Kept,
  customers: readonly string[],
): Promise<string[]> {
  const claims = decodeJwt(token);
  const { typ = '', kid = '' } = decodeProtectedHeader(token);
  const mine = (text: string, customer: string) => text.replaceAll(buyer, customer);
  for (let i = 0; i < customers.length; i += TOKENS_AT_ONCE) {
    await Promise.all(
      customers.slice(i, i + TOKENS_AT_ONCE).map(async (customer) => {
        const own = new SignJWT({ ...claims, sub: mine(claims.sub ?? '', customer) });
        own.setProtectedHeader({ alg: 'Ed25519', kid, typ });
        const signed = await own.sign(runtime.settings.privateKey);
        await runtime.entitlements.put(mine(key, customer), signed, { expirationTtl: 3_600 });
      }),
    );
  }
  return customers.map((customer) => mine(key, customer));
}

const TOKENS_AT_ONCE = 50;

/** The key of a subject's token, which is written behind the answer: a moment later. */
async function findKey(runtime: Runtime, subject: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const { keys } = await runtime.entitlements.list({ prefix: 'entitlements:' });
    const found = keys.find(({ name }) => name.includes(subject));
    if (found) return found.name;
    await setTimeout(25);
  }
  throw new Error('the buyer’s token was not cached');
}

export type Ids = Record<'payment' | 'customer' | 'order' | 'checkout' | 'grant', string>;

export function makeIds(count: number): Ids[] {
  return Array.from({ length: count }, () => ({
    payment: `pay_${randomUUID().replaceAll('-', '').slice(0, 26)}`,
    customer: randomUUID(),
    order: randomUUID(),
    checkout: randomUUID(),
    grant: randomUUID(),
  }));
}

const ROWS_AT_ONCE = 200;

/** Copies the first row that `where` finds, once for each of `ids`, with these columns taken from there. */
export async function copyRows<Own extends Record<string, string>>(
  database: D1Database,
  table: string,
  where: string,
  ids: readonly Own[],
  replaced: Record<string, keyof Own & string>,
): Promise<void> {
  const { results } = await database.prepare(`pragma table_info(${table})`).all<{ name: string }>();
  const columns = results.map(({ name }) => name);
  const values = columns.map((name) => (replaced[name] ? `own.value ->> '${replaced[name]}'` : `t.${name}`));
  const statement = database.prepare(
    `insert into ${table} (${columns.join(', ')}) select ${values.join(', ')}
     from (select * from ${table} where ${where} limit 1) as t, json_each(?1) as own`,
  );
  for (let i = 0; i < ids.length; i += ROWS_AT_ONCE)
    await statement.bind(JSON.stringify(ids.slice(i, i + ROWS_AT_ONCE))).run();
}

/** One call of the gateway, whose host is not the machine’s. @throws unless 2xx. */
export async function callGateway(
  { host, port }: Target,
  method: string,
  path: string,
  options: { key?: string; body?: unknown; rawBody?: string; headers?: Record<string, string> },
): Promise<Record<string, unknown>> {
  const headers = {
    host,
    'content-type': 'application/json',
    ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
    ...options.headers,
  };
  const sent = request({ host: '127.0.0.1', port, method, path, headers });
  sent.end(options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body)));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const text = (await answer.toArray()).join('');
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return Object(text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
}
