import { exportJWK, generateKeyPair } from 'jose';
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { EXAMPLES } from '../../src/examples.docs.ts';
import { expect, vi } from 'vitest';
import worker from '../../src/index.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import type { RereadKind } from '../../src/base/polar-kinds.rules.ts';
import { firstIdAt, newId } from '../../src/base/ids.rules.ts';
import { hashSecret, newToken } from '../../src/base/secrets.ts';
import { ORDER_BEHIND, REFUND_MISSING } from '../../src/record/plan-rereads.rules.ts';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import { codeIn, openDesk } from '../people/sign-in-calls.ts';
import {
  type Answer,
  call,
  CALLBACK,
  createWorld,
  GATEWAY_URL,
  ORIGIN,
  type TestApp,
  type World,
} from '../harness/harness.ts';
import { isolateWith } from '../operate/isolates.ts';
import { CUSTOMER_SORTS } from '../../src/use/customers/customer-sorts.rules.ts';
import { PAYMENT_SORTS } from '../../src/sell/payment-sorts.rules.ts';
import { PRODUCT_SORTS } from '../../src/sell/choose-products.rules.ts';
import { uploadFile } from '../harness/upload.ts';
import { buyFile, givesFiles } from '../use/file-shop.ts';
import { createSeatProduct, subscribe } from '../sell/subscription-calls.ts';
import { deliver, record, refundNewestOrder, startPayment, type Told } from '../harness/story.ts';

/*
 * The front door, the queues and the schedule are driven through what they can do while D1 notes what it is asked, so that
 * every statement of the gateway is seen.
 */

const ADMIN = env.FLOE_ADMIN_TOKEN;
const MONTH_MS = 32 * 86_400_000;
const VERIFIER = 'a-verifier-that-only-this-browser-has-0123456789';

/** What D1 was asked, and with which values each time. */
export const statements = new Map<string, unknown[][]>();
/** What was called, `GET /v1/payments`, and answered without an error; with JSON, and when by the gateway's clock, milliseconds. */
export const answered: {
  method: string;
  path: string;
  query: string;
  body?: unknown;
  answer?: { status: number; json: unknown; at: number };
}[] = [];

/** Notes every statement of this isolate, but those that tests prepare themselves. */
function listen(): void {
  const prototype = Object.getPrototypeOf(env.DB) as D1Database;
  const original = Object.getOwnPropertyDescriptor(prototype, 'prepare')?.value as (
    query: string,
  ) => D1PreparedStatement;
  const prepare = (database: D1Database, query: string) => original.call(database, query);
  vi.spyOn(prototype, 'prepare').mockImplementation(function noted(this: D1Database, query: string) {
    const statement = prepare(this, query);
    if (isOfTests(new Error().stack)) return statement;
    const known = statements.get(query) ?? [];
    statements.set(query, known);
    const bind = statement.bind.bind(statement);
    statement.bind = (...values: unknown[]) => {
      known.push(values);
      return bind(...values);
    };
    return statement;
  });
}

/** Whether it was a test’s file, not one of ours or of Drizzle, that called. */
function isOfTests(stack = ''): boolean {
  const [caller] = stack
    .split('\n')
    .filter((line) => /\/(src|test|drizzle-orm)\//.test(line) && !/noted|platform-limits/.test(line));
  return caller?.includes('/test/') ?? false;
}

let world: World;
export let quay: TestApp;
export let atlas: TestApp;

type Body = Record<string, unknown> & { data?: { id: string }[]; next_cursor?: string | null };

/** Calls the gateway, which must answer well: a refusal would skip the statements that are to be seen. */
async function ask(
  method: string,
  path: string,
  options: Parameters<typeof call>[2] = { key: quay.secretKey },
) {
  const answer = await call<Body>(method, path, options);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  note(method, path, options.body, answer);
  return answer;
}

function note(
  method: string,
  path: string,
  body?: unknown,
  {
    status = 0,
    text = '',
    headers = new Headers(),
  }: Partial<Pick<Answer, 'status' | 'text' | 'headers'>> = {},
): void {
  const { pathname, search } = new URL(path, 'https://x.dev');
  const isJson = headers.get('content-type') === 'application/json';
  const answer = { status, json: isJson ? (JSON.parse(text) as unknown) : undefined, at: Date.now() };
  answered.push({ method, path: pathname, query: search, body, ...(isJson ? { answer } : {}) });
}

const read = (path: string) => ask('GET', path);
const change = (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  key = quay.secretKey,
) => ask(method, path, { key, headers, ...(body === undefined ? {} : { body }) });

/** A list with every combination of one or two filters, and its second page. */
async function readList(
  path: string,
  filters: Record<string, string>,
  key: string = quay.secretKey,
): Promise<void> {
  const given = Object.entries(filters);
  const pairs = given.flatMap((one, index) => given.slice(index + 1).map((other) => [one, other]));
  for (const chosen of [[], ...given.map((one) => [one]), ...pairs, given]) {
    const query = new URLSearchParams([...chosen, ['limit', '1']]).toString();
    const { body } = await ask('GET', `${path}?${query}`, { key });
    if (body.next_cursor)
      await ask('GET', `${path}?${query}&cursor=${encodeURIComponent(body.next_cursor)}`, { key });
  }
}

/** A cursor as a list gives it. */
const behind = (at: number, id: string, ...order: string[]) =>
  btoa(JSON.stringify([at, id, ...order])).replaceAll('=', '');
/** Behind everything. */
const FAR_BEHIND = behind(1, 'a');

/** An export with each filter and with all of them. */
async function readExport(name: string, filters: Record<string, string>): Promise<void> {
  const given = Object.entries(filters);
  for (const chosen of [...given.map((one) => [one]), given])
    await read(`/v1/${name}/export?${new URLSearchParams([...chosen, ['limit', '1']]).toString()}`);
}

/** What a bank asks back: listed in every way, read, and accepted. */
async function answerDisputes(): Promise<void> {
  const id = await first<string>(
    `select id as value from snapshots where kind = 'dispute' and app_id = '${quay.id}' and status = 'needs_response'`,
  );
  const payment = await first<string>(
    `select p.id as value from payments as p join snapshots as d on d.data ->> '$.order_id' = p.order_id where d.id = '${id}'`,
  );
  const cursor = behind(0, `2020-01-01T00:00:00Z ${id}`, 'dispute');
  for (const of of ['', `&payment=${payment}`]) await read(`/v1/disputes?cursor=${cursor}${of}`);
  await readList('/v1/disputes', {
    status: 'needs_response',
    payment,
    created_after: '2020-01-01T00:00:00Z',
    created_before: new Date(Date.now() + MONTH_MS).toISOString(),
  });
  await read(`/v1/disputes/${id}`);
  // While it is open, and the app does not count what is disputed.
  await change('PATCH', '/admin/apps/quay-sandbox', { dispute_access: 'suspend' }, {}, ADMIN);
  const customer = await first<string>(`select customer_id as value from payments where id = '${payment}'`);
  await read(`/v1/access?max_age=0&customer=${customer}&resource=content:blog/one`);
  await read(`/v1/access/explain?customer=${customer}&resource=content:blog/one`);
  await change('PATCH', '/admin/apps/quay-sandbox', { dispute_access: 'keep' }, {}, ADMIN);
  await change('POST', `/v1/disputes/${id}/accept`);
  await world.settle();
}

/** Purchases of no app: listed in every way, adopted, hidden. */
async function adopt(): Promise<void> {
  const admin = (method: string, path: string, body?: unknown) => change(method, path, body, {}, ADMIN);
  // Polar's clock has been moved on.
  await world.advance(0);
  for (const recurring of [undefined, 'month', undefined] as const) {
    const { id } = await world.createProduct({
      name: 'an old product',
      ...(recurring ? { recurring } : {}),
    });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [id],
    });
    await world.pay('sandbox', checkout.url, { email: 'eve@readers.dev' });
  }
  await world.settle();
  const range = 'created_after=2020-01-01&created_before=2100-01-01';
  for (const filter of ['', '&dismissed=true', `&${range}`]) {
    const { body } = await admin('GET', `/admin/unrouted?mode=sandbox&limit=1${filter}`);
    if (body.next_cursor)
      await admin('GET', `/admin/unrouted?mode=sandbox&limit=1${filter}&cursor=${body.next_cursor}`);
  }
  const one = (table: string, which = '') =>
    first<string>(`select id as value from ${table} where app_id is null ${which} limit 1`);
  const give = async (kind: string, id: string) =>
    admin('POST', `/admin/unrouted/${kind}/${id}/adopt`, { app: 'quay-sandbox' });
  await give('order', await one('orders', 'and subscription_id is null'));
  await give('subscription', await one('subscriptions'));
  const hidden = await one('orders', 'and subscription_id is null');
  await admin('DELETE', `/admin/unrouted/order/${hidden}`);
  await admin('GET', '/admin/unrouted?mode=sandbox&dismissed=true');
  await give('order', hidden);
  await world.settle();
  vi.useRealTimers();
}

/** Exports, whole and behind one of their rows. `after`: a payment and a refund. */
async function readExports(after: { payments: string; refunds: string }): Promise<void> {
  const one = (table: string) =>
    first<string>(`select id as value from ${table} where app_id = '${quay.id}' limit 1`);
  const places = {
    ...after,
    subscriptions: await one('subscriptions'),
    customers: await first<string>(
      `select customer_id as value from orders where app_id = '${quay.id}' limit 1`,
    ),
  };
  for (const [name, id] of Object.entries(places)) {
    await read(`/v1/${name}/export?format=csv&limit=20`);
    await read(`/v1/${name}/export?format=ndjson&limit=1&after=${id}`);
  }
  await read(`/v1/subscriptions/export?limit=20&renews_before=2100-01-01&after=${places.subscriptions}`);
  const range = { created_after: '2020-01-01', created_before: '2100-01-01' };
  const [id, customer] = [crypto.randomUUID(), 'external:user-1'];
  const sold = { customer, product_id: id, ...range };
  const of = { order_id: id, subscription_id: id, discount_id: id, 'metadata[ref]': 'a' };
  await readExport('payments', { status: 'succeeded', kind: 'checkout', product: id, ...of, ...sold });
  await readExport('refunds', { status: 'succeeded', payment: after.payments, ...range });
  await readExport('subscriptions', { status: 'active', cancel_at_period_end: 'false', ...sold });
  await readExport('customers', { q: 'a', ...range });
  for (const name of Object.keys(places)) await read(EXAMPLES[`GET /v1/${name}/export`]?.path ?? '');
}

/** The feed, and how far a consumer of it has come; also what is refused, which asks D1 why. */
async function readInOrder(): Promise<void> {
  await read('/v1/events?after=0&limit=2');
  await read('/v1/events?after=0&types=payment.*,grant.created&limit=2');
  const last = await first<number>(`select max(sequence) as value from events where app_id = '${quay.id}'`);
  await read(`/v1/events?after=${last}&wait=1`);
  await change('PUT', '/v1/cursors/orders', { sequence: 1, expected: null });
  const late = await call('PUT', '/v1/cursors/orders', {
    key: quay.secretKey,
    body: { sequence: 2, expected: 0 },
  });
  expect(late.status).toBe(409);
  await readList('/v1/cursors', {});
  await read(`/v1/cursors?cursor=${FAR_BEHIND}`);
  await read('/v1/cursors/orders');
  await change('DELETE', '/v1/cursors/orders');
  const [oldest] = (
    await env.DB.prepare('select body, created_at from events where app_id = ? and sequence = 1')
      .bind(quay.id)
      .all()
  ).results;
  const set = (body: unknown, at: unknown) =>
    env.DB.prepare('update events set body = ?, created_at = ? where app_id = ? and sequence = 1')
      .bind(body, at, quay.id)
      .run();
  await set('{}', 1);
  const gone = await call('GET', '/v1/events?after=0', { key: quay.secretKey });
  expect(gone.status).toBe(410);
  await set(oldest?.['body'], oldest?.['created_at']);
}

async function first<T>(query: string): Promise<T> {
  const value = await env.DB.prepare(query).first<T>('value');
  if (value === null) throw new Error(`nothing to find: ${query}`);
  return value;
}

async function sendEvent(type: string, data: Record<string, unknown>): Promise<void> {
  const at = new Date(Date.now()).toISOString();
  const body = JSON.stringify({
    type,
    timestamp: at,
    data: { id: crypto.randomUUID(), created_at: at, modified_at: at, ...data },
  });
  const told: Told = { webhookId: crypto.randomUUID(), type, body };
  expect([type, await deliver(world, told)]).toEqual([type, 200]);
}

async function consume(body: WorkMessage, queue = 'floe-work'): Promise<void> {
  const message = {
    id: '1',
    timestamp: new Date(),
    body,
    attempts: 1,
    ack: () => undefined,
    retry: () => undefined,
  };
  const context = createExecutionContext();
  const batch = { queue, messages: [message] } as unknown as Parameters<typeof worker.queue>[0];
  await worker.queue(batch, env, context);
  await waitOnExecutionContext(context);
}

async function runSchedule(): Promise<void> {
  const context = createExecutionContext();
  const controller = {
    scheduledTime: Date.now(),
    cron: '* * * * *',
    type: 'scheduled',
    noRetry: () => undefined,
  };
  await worker.scheduled(controller, env, context);
  await waitOnExecutionContext(context);
}

async function administrate(): Promise<void> {
  const admin = (method: string, path: string, body?: unknown) => change(method, path, body, {}, ADMIN);
  await admin('POST', '/admin/apps', {
    product: 'kiosk',
    mode: 'sandbox',
    origins: [ORIGIN],
    callback_urls: [CALLBACK],
  });
  await admin('GET', '/admin/apps');
  await admin('GET', `/admin/apps/${quay.slug}`);
  await admin('PATCH', `/admin/apps/${quay.slug}`, { name: 'Quay', owns_unclaimed: true });
  await admin('PATCH', `/admin/apps/${quay.slug}`, {
    owns_unclaimed: false,
    origins: [ORIGIN],
    callback_urls: [CALLBACK],
  });
  const { body } = await admin('POST', `/admin/apps/${quay.slug}/keys`, {
    kind: 'secret',
    name: 'reader',
    scopes: ['access:read', 'sessions:write'],
    expires_at: new Date(Date.now() + MONTH_MS).toISOString(),
  });
  await admin('GET', `/admin/apps/${quay.slug}/keys`);
  await admin('PATCH', `/admin/apps/${quay.slug}/keys/${String(body['id'])}`, {
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await admin('DELETE', `/admin/apps/${quay.slug}/keys/${String(body['id'])}`);
  await admin('GET', '/admin/products');
  await admin('GET', '/admin/products?mode=sandbox');
  await admin('GET', '/admin/secrets');
  await admin('POST', '/admin/secrets/reseal');
}

/** A second encryption key, under which several rows of one place and one of another are encrypted again. */
async function changeKey(): Promise<void> {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  const isolate = isolateWith({ FLOE_ENCRYPTION_KEYS_2: `k2:${key}:1` });
  await isolate.ask('POST', '/admin/secrets/reseal', { key: ADMIN });
  await isolate.ask('GET', '/admin/secrets', { key: ADMIN });
}

const JSON_HEADERS = new Headers({ 'content-type': 'application/json' });

/** A second signing key, so that the first one can be withdrawn. */
async function withdrawKey(): Promise<void> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const next = { ...(await exportJWK(privateKey)), kid: 'sandbox-2', sign_from: 0 };
  const isolate = isolateWith({ FLOE_SANDBOX_SIGNING_KEYS_2: JSON.stringify({ keys: [next] }) });
  const body = { mode: 'sandbox', key: 'sandbox-1' };
  for (let twice = 0; twice < 2; twice++) {
    const answer = await isolate.ask('POST', '/admin/secrets/withdraw', { key: ADMIN, body });
    note('POST', '/admin/secrets/withdraw', body, { ...answer, headers: JSON_HEADERS });
  }
  await isolate.ask('GET', '/sandbox/.well-known/jwks.json');
}

/** What was done by then. */
async function readAuditLog(): Promise<void> {
  await change('GET', '/admin/audit?action=app.updated&limit=1', undefined, {}, ADMIN);
  const filters = {
    actor: 'operator',
    action: 'key.created',
    app: quay.slug,
    target: quay.slug,
    key: 'key_none',
    created_after: '2020-01-01',
    created_before: '2100-01-01',
  };
  await readList('/admin/audit', filters, ADMIN);
}

/** Runs of both scopes while something is disputed and open, a refused start, and what the schedule asks. */
async function reconcile(): Promise<void> {
  const order = await first<string>(
    `select id as value from orders where app_id = '${quay.id}' and status = 'paid' order by created_at desc, id desc limit 1`,
  );
  world.simulator.openDispute(order);
  for (const scope of ['recent', 'full']) {
    const { body } = await change(
      'POST',
      '/admin/reconcile',
      { mode: 'sandbox', scope, grace_seconds: 0 },
      {},
      ADMIN,
    );
    await call('POST', '/admin/reconcile', { key: ADMIN, body: { mode: 'sandbox' } });
    const path = `/admin/reconcile/${String(body['id'])}`;
    const isFinished = async () =>
      (await change('GET', path, undefined, {}, ADMIN)).body['status'] === 'finished';
    while (!(await isFinished())) await scheduler.wait(50);
    const page = await change('GET', `${path}?limit=1`, undefined, {}, ADMIN);
    const cursor = page.body.next_cursor ?? 'WzAsIm9yZGVyIG8xIl0';
    await change('GET', `${path}?cursor=${cursor}`, undefined, {}, ADMIN);
  }
  await answerDisputes();
  // Of live, and nobody does its steps.
  await env.DB.prepare(
    `insert into reconcile_runs (id, mode, scope, trigger, status, started_at, next_step_at, lease_until, position, report)
    values ('rec_stuck', 'live', 'recent', 'operator', 'running', 0, ?1, ?1, '{}', '{}')`,
  )
    .bind(Number.MAX_SAFE_INTEGER)
    .run();
  await change('POST', '/admin/reconcile/rec_stuck/cancel', undefined, {}, ADMIN);
  for (const mode of ['', '&mode=sandbox']) {
    const { body } = await change('GET', `/admin/reconcile?limit=1${mode}`, undefined, {}, ADMIN);
    await change(
      'GET',
      `/admin/reconcile?limit=1${mode}&cursor=${String(body.next_cursor)}`,
      undefined,
      {},
      ADMIN,
    );
  }
  await env.DB.batch([
    env.DB.prepare('update reconcile_runs set started_at = 0, finished_at = 0'),
    env.DB.prepare('update apps set created_at = 0'),
  ]);
  await runSchedule();
  await runSchedule();
}

/** While Polar has disabled the webhook endpoint. */
async function consultDoctor(): Promise<void> {
  const path = `/v1/webhooks/endpoints/${world.polarEndpoints.sandbox}`;
  await world.polar('sandbox', 'PATCH', path, { enabled: false });
  await change('GET', '/admin/doctor', undefined, {}, ADMIN);
  await change('POST', '/admin/doctor/fix', { codes: ['polar_endpoint_disabled'] }, {}, ADMIN);
}

async function administrateProducts(productId: string): Promise<void> {
  for (const app of [atlas.slug, quay.slug, null]) {
    await change('POST', `/admin/products/${productId}/owner`, { mode: 'sandbox', app }, {}, ADMIN);
    await world.settle();
  }
}

/** Two purchases, one of them vouched for and come back from, a decline, a renewal, a refund and a cancellation. */
async function sell(once: string, monthly: string): Promise<void> {
  const challenge = btoa(
    String.fromCharCode(
      ...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(VERIFIER))),
    ),
  )
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  const headers = { 'idempotency-key': 'once' };
  const sale = { product_id: once, customer: { external_id: 'user-1' } };
  await change('POST', '/v1/payments', sale);
  const body = { ...sale, code_challenge: challenge };
  const { body: payment } = await change('POST', '/v1/payments', body, headers);
  await change('POST', '/v1/payments', body, headers);
  const checkout = await world.polar<{ success_url: string }>(
    'sandbox',
    'GET',
    `/v1/checkouts/${String(payment['checkout_id'])}`,
  );
  world.holdWebhooks = true;
  await world.pay('sandbox', String(payment['checkout_url']), { email: 'ada@readers.dev' });
  world.holdWebhooks = false;
  const link = new URL(checkout.success_url);
  const back = await ask('GET', link.pathname + link.search, {});
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code');
  const exchanged = await ask('POST', '/v1/sessions/exchange', {
    key: quay.publishableKey,
    headers: { origin: ORIGIN },
    body: { code, callback_url: CALLBACK, code_verifier: VERIFIER },
  });
  for (const request of world.held.splice(0)) {
    const headers = Object.fromEntries(request.headers);
    note(
      'POST',
      '/webhooks/polar',
      undefined,
      await call('POST', '/webhooks/polar', { rawBody: await request.text(), headers }),
    );
  }
  const session = String(exchanged.body['session']);
  await ask('GET', '/v1/session', { key: session });
  await ask('GET', '/v1/access?resource=content:blog/one&max_age=0', { key: session });
  await ask('GET', `/v1/access/forward-auth?app=${quay.slug}&resource=content:blog/one`, {
    key: session,
    headers: { 'x-original-uri': '/blog/one' },
  });
  await ask('DELETE', '/v1/session', { key: session });

  const subscription = await startPayment(quay, monthly);
  await world.pay('sandbox', subscription.checkoutUrl, { email: 'eve@readers.dev', decline: true });
  await world.pay('sandbox', subscription.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  await world.advance(MONTH_MS);
  await world.settle();
  const subscriptionId = await first<string>('select id as value from subscriptions');
  await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscriptionId}`, {
    cancel_at_period_end: true,
  });
  await world.advance(MONTH_MS);
  vi.useRealTimers();
  await world.settle();
}

/** Grants of the app's own: with all that can be named, to both kinds of customers, taken back, and ended by the time. */
async function giveAway(product: { id: string; benefitIds: string[] }): Promise<void> {
  const resources = [
    'content:blog/*',
    'feature:early',
    `product:${product.id}`,
    `benefit:${product.benefitIds[0]}`,
  ];
  const customer = await first<string>('select customer_id as value from orders where app_id is not null');
  const end = new Date(Date.now() + MONTH_MS).toISOString();
  const ids: string[] = [];
  for (const who of ['external:user-1', 'external:user-new', customer]) {
    const shown = ['content:blog/*', 'feature:early-access'];
    const body = {
      customer: who,
      resources: who === 'external:user-1' ? shown : resources,
      expires_at: end,
      reason: 'Press copy',
    };
    const headers = { 'idempotency-key': `give ${who}` };
    ids.push(String((await change('POST', '/v1/grants', body, headers)).body['id']));
  }
  await change('DELETE', `/v1/grants/${ids[0]}`);
  await change('DELETE', `/v1/grants/${ids[2]}`);
  await env.DB.prepare('update own_grants set expires_at = ?2, tell_end_at = ?2 where id = ?1')
    .bind(ids[1], Date.now() - 1_000)
    .run();
  await read('/v1/access?resource=content:blog/two&customer=external:user-new&max_age=0');
  await world.settle();
}

/** What happened with a customer, and with an external id that customers were said to be. */
async function readTimelines(): Promise<void> {
  const customer = await first<string>(
    "select customer_id as value from payments where external_customer_id = 'user-1' and order_id is not null order by created_at",
  );
  await change('PUT', `/v1/customers/${customer}/external-ids/user-1`);
  const filters = {
    type: 'payment.*',
    created_after: '2020-01-01T00:00:00Z',
    created_before: new Date(Date.now() + MONTH_MS).toISOString(),
  };
  for (const who of [customer, 'external:user-1', 'external:user-new'])
    await readList(`/v1/customers/${who}/timeline`, filters);
}

/** Lists of customers in every order, one by either name, and what is said of users. */
async function keepCustomers(): Promise<void> {
  const customer = await first<string>(
    "select customer_id as value from payments where external_customer_id = 'user-1' and order_id is not null order by created_at",
  );
  const range = {
    created_after: '2020-01-01T00:00:00Z',
    created_before: new Date(Date.now() + MONTH_MS).toISOString(),
  };
  for (const sort of CUSTOMER_SORTS) await readList('/v1/customers', { sort, ...range });
  for (const q of ['a', 'user-']) await readList('/v1/customers', { q, ...range });
  await change(
    'POST',
    '/v1/customers',
    { external_id: 'user-8', email: 'eva@readers.dev', name: 'Eva' },
    { 'idempotency-key': 'user-8' },
  );
  await change('PUT', `/v1/customers/${customer}/external-ids/user-8`);
  for (const who of [customer, 'external:user-8']) {
    await read(`/v1/customers/${who}`);
    await read(`/v1/customers/${who}/export`);
  }
  const product = await first<string>("select id as value from products where name = 'quay:lifetime'");
  await change('POST', '/v1/payments', { product_id: product, customer: { id: customer } });
  await change('DELETE', `/v1/customers/${customer}/external-ids/user-8`);
  // It stands for nobody any more, so no purchase that is needed later is emptied.
  await change('DELETE', '/v1/customers/external:user-8');
  await change('POST', '/v1/customers', {
    external_id: 'user-1',
    email: 'ada@readers.dev',
    name: 'Ada Lovelace',
  });
  await read('/v1/customers?q=ada&limit=1');
  await read('/v1/customers/external:user-1');
  await read('/v1/customers/external:user-1/export');
  await change('DELETE', `/v1/customers/${customer}/external-ids/user-1`);
  await change('DELETE', '/v1/customers/external:user-1');
  await change('PUT', `/v1/customers/${customer}/external-ids/user-1`);
}

/** One who has bought once, and of no other app: erased by the app, shown again by Polar, and deleted by the operator. */
async function erase(): Promise<void> {
  const id = await first<string>(
    `select k.customer_id as value from known_customers as k where k.app_id = '${quay.id}'
      and not exists (select 1 from subscriptions as s where s.customer_id = k.customer_id)
      and not exists (select 1 from known_customers as o where o.customer_id = k.customer_id and o.app_id <> k.app_id)`,
  );
  await change('DELETE', `/v1/customers/${id}`);
  await runSchedule();
  await sendEvent('customer.updated', { id, email: 'once@readers.dev' });
  await runSchedule();
  // Beside the users of the app's who were nobody but the customer.
  const erased =
    "select count(*) as value from erased_customers where is_due = 0 and id not glob 'external:*'";
  expect(await first<number>(erased)).toBe(1);
  await change('DELETE', `/admin/customers/${id}?mode=sandbox`, undefined, {}, ADMIN);
  await world.settle();
}

/** Every change of a subscription, once each, and the lists that show it. */
async function changeSubscriptions(monthly: string, yearly: string): Promise<void> {
  // Polar's clock has been moved on.
  await world.advance(0);
  const bought = await startPayment(quay, monthly, { customer: { external_id: 'user-2' } });
  await world.pay('sandbox', bought.checkoutUrl, { email: 'cy@readers.dev' });
  await world.settle();
  const id = await first<string>(
    "select subscription_id as value from payments where external_customer_id = 'user-2'",
  );
  const path = `/v1/subscriptions/${id}`;
  const act = (action: string, body: Record<string, unknown> = {}) =>
    change('POST', `${path}/${action}`, body, { 'idempotency-key': `${action} ${JSON.stringify(body)}` });
  await act('cancel', { at: 'period_end' });
  await act('uncancel');
  await act('pause');
  await act('resume');
  await act('preview', { product_id: yearly });
  await act('change', { product_id: yearly, proration: 'invoice' });
  await read('/v1/plans');
  await read(`/v1/plans?from=${monthly}`);
  await act('trial', { trial_end: new Date(Date.now() + 500 * 86_400_000).toISOString() });
  const discount = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
    name: 'Spring',
    type: 'percentage',
    basis_points: 1000,
    duration: 'forever',
    products: [yearly],
  });
  await act('discount', { discount_id: discount.id });
  await act('preview', { product_id: monthly });
  // Nothing here has units.
  const refused = await call<{ code: string }>('POST', `${path}/units`, {
    key: quay.secretKey,
    body: { units: 2 },
  });
  expect(refused.body.code).toBe('validation_failed');
  note('POST', `${path}/units`, { units: 2 });
  const team = await subscribe(world, quay, await createSeatProduct(world, 'quay:team', 500), {
    email: 'dee@readers.dev',
    seats: 1,
  });
  await change('POST', `/v1/subscriptions/${team}/seats`, { seats: 2 });
  const customer = await first<string>(`select customer_id as value from subscriptions where id = '${id}'`);
  const until = new Date(Date.now() + 1_000 * 86_400_000).toISOString();
  for (const who of [{}, { customer }, { customer: 'external:user-2' }])
    await readList('/v1/subscriptions', {
      status: 'active',
      product_id: monthly,
      cancel_at_period_end: 'false',
      renews_before: until,
      created_after: '2020-01-01T00:00:00Z',
      created_before: until,
      ...who,
    });
  await read(path);
  await change('DELETE', path);
  await world.settle();
  vi.useRealTimers();
}

/** A benefit with a note that people fulfil, the lists that show its grant, and an account that is connected later. */
async function useGrants(): Promise<void> {
  await world.advance(0);
  const { id: productId } = await world.createProduct({
    name: 'quay:call',
    benefits: [
      {
        type: 'custom',
        description: 'A call',
        metadata: { fulfilment: 'manual' },
        properties: { note: 'Pick a **time** at [our calendar](https://calendar.example.com).' },
      },
      {
        type: 'discord',
        description: 'The room',
        properties: { guild_token: 't', role_id: '1', kick_member: true },
      },
    ],
  });
  const bought = await startPayment(quay, productId, { customer: { external_id: 'user-3' } });
  await world.pay('sandbox', bought.checkoutUrl, { email: 'gil@readers.dev' });
  await world.settle();
  const of = (type: string, column: string) =>
    first<string>(
      `select ${column} as value from grants where benefit_type = '${type}' and fulfilment is ${type === 'custom' ? 'not null' : 'null'}`,
    );
  const [grantId, benefit, customer] = [
    await of('custom', 'id'),
    await of('custom', 'benefit_id'),
    await of('custom', 'customer_id'),
  ];
  const member = (await of('custom', 'member_id')) ?? crypto.randomUUID();
  const times = { created_after: '2020-01-01T00:00:00Z', created_before: '2100-01-01T00:00:00Z' };
  const filters = {
    member,
    benefit,
    type: 'custom',
    product: productId,
    state: 'granted',
    fulfilment: 'pending',
  };
  await readList('/v1/grants', { ...filters, ...times });
  for (const who of [customer, 'external:user-3'])
    await readList('/v1/grants', { customer: who, benefit, state: 'granted' });
  for (const source of ['polar', 'app']) await readList('/v1/grants', { source, customer, ...times });
  await read(`/v1/grants/${grantId}`);
  await read(`/v1/grants/${grantId}/note`);
  await change('POST', `/v1/grants/${grantId}/fulfilment`, {
    status: 'pending',
    by: 'Ada',
    comment: 'Asked.',
  });
  await change('POST', `/v1/grants/${grantId}/fulfilment`, { status: 'done', by: 'Ada' });
  await world.polar('sandbox', 'POST', `/_sim/grants/${await of('discord', 'id')}/connect`);
  await world.settle();
  await read(`/v1/grants/${grantId}`);
  vi.useRealTimers();
}

/** Keys that are good and that are not, of customers, members and buyers, and keys from before it was kept whose they are. */
async function useLicenses(): Promise<void> {
  // By Polar's clock, which has gone on.
  await world.advance(0);
  const seats = { activations: { limit: 3, enable_customer_admin: true }, limit_usage: 9 };
  const { id: limited } = await world.createProduct({
    name: 'quay:seats',
    benefits: [{ type: 'license_keys', description: 'Keys for machines', properties: seats }],
  });
  const { id: plain } = await world.createProduct({
    name: 'quay:key',
    benefits: [{ type: 'license_keys', description: 'Keys', properties: {} }],
  });
  const buy = async (productId: string, more: Record<string, unknown> = {}) => {
    const payment = await startPayment(quay, productId, more);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'kim@readers.dev' });
    await world.settle();
    return payment.id;
  };
  const keyOf = async (paymentId: string) => {
    const id = await first<string>(
      `select license_key_id as value from grants where order_id = (select order_id from payments where id = '${paymentId}')`,
    );
    return world.polar<{ id: string; key: string; customer_id: string; benefit_id: string }>(
      'sandbox',
      'GET',
      `/v1/license-keys/${id}`,
    );
  };
  const post = (action: string, body: object, headers = {}) =>
    change('POST', `/v1/license-keys/${action}`, body, { 'cf-connecting-ip': '198.18.9.1', ...headers });
  const paymentId = await buy(plain, { customer: { external_id: 'user-7' } });
  const once = await keyOf(paymentId);
  for (const max_age of [300, 300, 0]) await post('validate', { key: once.key, max_age });
  await ask('POST', '/v1/license-keys/validate', {
    key: quay.publishableKey,
    headers: { origin: ORIGIN, 'cf-connecting-ip': '198.18.9.2' },
    body: { key: 'nobody has this' },
  });
  await env.DB.prepare('update grants set license_key_id = null, display_key = null where customer_id = ?')
    .bind(once.customer_id)
    .run();
  await env.DB.prepare('delete from license_checks').run();
  await read(`/v1/license-keys?customer=${once.customer_id}`);
  await post('validate', { key: once.key });
  const key = await keyOf(await buy(limited));
  await env.DB.prepare('delete from grants where license_key_id = ?').bind(key.id).run();
  const conditions = { major_version: 1 };
  const wanted = { key: key.key, label: 'Ada’s laptop', conditions, meta: { os: 'Linux' } };
  const activated = await post('activate', wanted, { 'idempotency-key': 'laptop' });
  const { id: activation_id } = Object(activated.body['activation']) as { id: string };
  const use = { key: key.key, activation_id, conditions, increment_usage: 2 };
  await post('validate', use, { 'idempotency-key': 'use' });
  world.polarDown = true;
  await call('POST', '/v1/license-keys/validate', {
    key: quay.secretKey,
    body: { key: once.key, max_age: 0 },
  });
  world.polarDown = false;
  // What nobody has finished: a usage that was asked for, and one that was not.
  for (const askedAt of ['0', 'null']) {
    await env.DB.prepare(
      `insert into license_requests (app_id, request, mode, license_key_id, kind, amount, usage_before, asked_at, lease_token, lease_until, expires_at)
       values (?, ?, 'sandbox', ?, 'usage', 5, 2, ${askedAt}, 'dead', 0, 9999999999999)`,
    )
      .bind(quay.id, `dead ${askedAt}`, key.id)
      .run();
    await post('validate', { ...use, increment_usage: 1 });
  }
  await post('validate', { key: key.key, activation_id, conditions });
  for (const fingerprint of ['9b5d1c70e2f84a6f', 'another machine'])
    await post('offline', { key: key.key, activation_id, conditions, fingerprint, days: 14 });
  await post('deactivate', { key: key.key, activation_id });
  const again = await post('activate', { ...wanted, label: 'Ada’s desk' });
  const { id: other } = Object(again.body['activation']) as { id: string };
  await readList('/v1/license-keys', { benefit: key.benefit_id, status: 'granted' });
  for (const customer of [key.customer_id, 'external:user-7'])
    await readList('/v1/license-keys', { customer, benefit: key.benefit_id, status: 'granted' });
  await read(`/v1/license-keys/${key.id}?reveal=true`);
  await read(`/v1/license-keys/${key.id}`);
  await change('PATCH', `/v1/license-keys/${key.id}`, { usage: 1 });
  await change('PATCH', `/v1/license-keys/${key.id}`, {
    limit_activations: 3,
    expires_at: '2028-01-01',
  });
  const vouch = async (body: object) => String((await change('POST', '/v1/sessions', body)).body['session']);
  const own = { 'cf-connecting-ip': '198.18.9.3' };
  const readOwn = async (session: string) => {
    const options = { key: session, headers: own };
    const { body } = await ask('GET', '/v1/license-keys?limit=1', options);
    if (body.next_cursor) await ask('GET', `/v1/license-keys?limit=1&cursor=${body.next_cursor}`, options);
  };
  const sessions = [
    await vouch({ customer: key.customer_id }),
    await vouch({ external_id: 'user-7' }),
    await vouch({ customer: key.customer_id, member: crypto.randomUUID() }),
  ];
  for (const session of sessions) {
    await readOwn(session);
    await call('GET', `/v1/license-keys/${key.id}`, { key: session, headers: own });
  }
  const purchase = newToken('session', 'sandbox');
  await env.DB.prepare(
    'insert into sessions (id, hash, app_id, payment_id, created_at, expires_at) values (?, ?, ?, ?, 0, ?)',
  )
    .bind(newId('ses'), await hashSecret(purchase), quay.id, paymentId, Date.now() + 3_600_000)
    .run();
  await readOwn(purchase);
  await ask('GET', `/v1/license-keys/${once.id}`, { key: purchase, headers: own });
  await ask('DELETE', `/v1/license-keys/${key.id}/activations/${other}`, {
    key: sessions[0] ?? '',
    headers: own,
  });
  vi.useRealTimers();
}

async function buyFromBrowser(productId: string): Promise<void> {
  await ask('POST', '/v1/checkout', {
    key: quay.publishableKey,
    headers: { origin: ORIGIN },
    body: { product_id: productId },
  });
  await ask('GET', `/checkout/${quay.slug}?product=${productId}`, {});
  await ask('GET', '/v1/products', { key: quay.publishableKey, headers: { origin: ORIGIN } });
  await read('/v1/products');
  await read('/v1/products?resource=content:blog/one');
  await read('/v1/products?archived=any&recurring=true&sort=-created_at&limit=1');
  await read(`/v1/products?metadata[color]=red&benefit=${crypto.randomUUID()}`);
  await read('/v1/products?content_id=blog/one&collection=essays');
  for (const sort of PRODUCT_SORTS) await readList('/v1/products', { sort });
}

/**
 * A refund whose Polar events come before the order's, snapshots that contradict each other, odd objects, and every
 * type there is.
 */
async function hear(productId: string): Promise<void> {
  const payment = await startPayment(quay, productId);
  const story = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'bob@readers.dev' });
    await refundNewestOrder(world, { revoke_benefits: true });
  });
  for (const told of story.toReversed()) expect(await deliver(world, told)).toBe(200);
  for (const told of story.filter(({ type }) => /^(order|checkout|customer|benefit_grant)\./.test(type))) {
    const changed = told.body.replaceAll(/"(status|name|email)":"[^"]*@?[^"]*"/g, (field) =>
      field.replace(/"$/, 'x"'),
    );
    expect(await deliver(world, { ...told, webhookId: crypto.randomUUID(), body: changed })).toBe(200);
  }
  await hearOfUnreadable(story.find(({ type }) => type === 'order.paid'));
  await world.settle();
  const links = {
    // The newest of each, whichever ids Polar has drawn: examples show the others.
    order_id: await first<string>('select id as value from orders order by created_at desc'),
    subscription_id: await first<string>('select id as value from subscriptions order by created_at desc'),
    customer_id: await first<string>('select customer_id as value from orders order by created_at desc'),
    product_id: productId,
  };
  for (const type of [...EVENT_TYPES, 'warranty.extended']) {
    // The id of its object is the organization's own: another's is refused.
    if (type === 'organization.updated') {
      await sendEvent(type, { id: world.organizations.sandbox.id });
      continue;
    }
    await sendEvent(type, links);
    await sendEvent(type, { ...links, order_id: crypto.randomUUID(), subscription_id: crypto.randomUUID() });
    await sendEvent(type, { id: links.customer_id, email: 'ada@readers.dev', name: 'Ada' });
  }
  await world.settle();
}

/** An order in which nothing that is embedded can be read: each is asked for by itself. */
async function hearOfUnreadable(told: Told | undefined): Promise<void> {
  if (!told) throw new Error('no order.paid');
  const event = JSON.parse(told.body) as { data: Record<string, unknown> };
  const odd = { customer: null, product: 7, subscription: [], subscription_id: crypto.randomUUID() };
  const body = JSON.stringify({ ...event, data: { ...event.data, ...odd, id: crypto.randomUUID() } });
  expect(await deliver(world, { ...told, webhookId: crypto.randomUUID(), body })).toBe(200);
}

async function work(productId: string): Promise<void> {
  const ids: Record<RereadKind, string> = {
    checkout: await first('select checkout_id as value from payments where checkout_id is not null'),
    order: await first('select id as value from orders'),
    subscription: await first('select id as value from subscriptions'),
    refunds: await first('select order_id as value from refunds'),
    grants: await first('select customer_id as value from grants'),
    product: productId,
    customer: await first('select customer_id as value from orders'),
  };
  for (const [kind, id] of Object.entries(ids) as [RereadKind, string][]) {
    for (const polarDown of [true, false]) {
      world.polarDown = polarDown;
      await env.DB.prepare("insert or replace into rereads values ('sandbox', ?, ?, 'test', 0, 0, 0, 1)")
        .bind(kind, id)
        .run();
      await consume({ type: 'reread', mode: 'sandbox', kind, id });
    }
  }
  for (const [kind, reason, id] of [
    ['refunds', REFUND_MISSING, ids.refunds],
    ['order', ORDER_BEHIND, ids.order],
  ] as const) {
    await env.DB.prepare("insert or replace into rereads values ('sandbox', ?, ?, ?, 0, 0, 0, 1)")
      .bind(kind, id, reason)
      .run();
    await consume({ type: 'reread', mode: 'sandbox', kind, id });
  }
  const { results } = await env.DB.prepare('select id from polar_events limit 50').all<{ id: string }>();
  const polarEventIds = results.map(({ id }) => id);
  await env.DB.prepare(
    "update polar_events set status = 'pending' where id in (select value from json_each(?))",
  )
    .bind(JSON.stringify(polarEventIds))
    .run();
  await consume({ type: 'reapply', polarEventIds });
  const payment = await first<string>('select payment_id as value from orders where payment_id is not null');
  await consume({ type: 'refresh', appId: quay.id, customerIds: [ids.customer], paymentIds: [payment] });

  world.receiver = () => new Response('no', { status: 500 });
  const failing = await startPayment(quay, productId);
  await world.pay('sandbox', failing.checkoutUrl, { email: 'cyd@readers.dev' });
  await world.simulator.settle();
  for (const failures of [0, 100]) {
    await env.DB.prepare(`update endpoints set failures = ${failures}`).run();
    await env.DB.prepare(
      "update deliveries set status = 'pending', next_attempt_at = 0, lease_until = 0",
    ).run();
    await runSchedule();
    const due = await env.DB.prepare("select id from deliveries where status = 'pending' limit 6").all<{
      id: string;
    }>();
    for (const queue of ['floe-work', 'floe-work-slow', 'floe-dead']) {
      await consume({ type: 'deliver', deliveryIds: due.results.map(({ id }) => id) }, queue);
    }
  }
  world.receiver = () => new Response('ok');
  await env.DB.batch([
    env.DB.prepare('update endpoints set failures = 0, failing_since = null'),
    env.DB.prepare("update deliveries set status = 'succeeded' where status = 'pending'"),
  ]);
}

/** Rows that are deleted after some time: a payment that nobody paid, and deliveries. */
async function growOld(): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(
      "update payments set status = 'expired', created_at = created_at - 100 * 86400000 where id in (select id from payments where order_id is null limit 1)",
    ),
    env.DB.prepare(
      "update deliveries set finished_at = 0 where id in (select id from deliveries where status <> 'pending' limit 3)",
    ),
    env.DB.prepare(
      `insert into events (id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at)
       values (?, ?, 'sandbox', 'subscription.updated:old', 'subscription.updated', 0, 'webhook', '{}', 0, 0)`,
    ).bind(`${firstIdAt('evt', 0)}0`, quay.id),
  ]);
  await runSchedule();
  expect(await first<number>('select count(*) as value from daily_counts')).toBe(1);
  expect(
    await first<number>("select count(*) as value from events where key = 'subscription.updated:old'"),
  ).toBe(0);
}

/** A customer whom Polar has anonymized, and a Polar event of the release before. */
/** Refunds that are made, refused, lost and found, sent again and given up; one that ends its subscription. */
async function giveBack(once: string, monthly: string): Promise<void> {
  const buy = async (product: string) => {
    const { id, checkoutUrl } = await startPayment(quay, product);
    await world.pay('sandbox', checkoutUrl, { email: `${id}@readers.dev` });
    await world.settle();
    return id;
  };
  // By Polar's clock, which has gone on.
  await world.advance(0);
  const [book, subscribed] = [await buy(once), await buy(monthly)];
  const refund = (id: string, body: object, headers = {}) =>
    change('POST', `/v1/payments/${id}/refunds`, body, headers);
  await refund(book, { amount: 10 }, { 'idempotency-key': 'back' });
  await refund(book, { amount: 10 }, { 'idempotency-key': 'back' });
  await refund(subscribed, { cancel_subscription: 'now' });
  const order = await first<string>(`select order_id as value from payments where id = '${book}'`);
  const block = (blocked: boolean) =>
    world.polar('sandbox', 'POST', `/_sim/orders/${order}/block-refunds`, { blocked });
  await block(true);
  await call('POST', `/v1/payments/${book}/refunds`, { key: quay.secretKey, body: { amount: 11 } });
  world.polarDown = true;
  const lost: string[] = [];
  for (const amount of [12, 13, 14]) lost.push(String((await refund(book, { amount })).body['id']));
  world.polarDown = false;
  const goOn = async (id: string | undefined, set: string) => {
    await env.DB.prepare(
      `update refund_requests set updated_at = 0, next_attempt_at = 0, lease_until = 0, ${set} where id = ?1`,
    )
      .bind(id)
      .run();
    await consume({ type: 'refund', requestId: id ?? '' });
  };
  await goOn(lost[0], 'attempts = 8');
  await goOn(lost[1], 'attempts = 1');
  await block(false);
  await goOn(lost[2], 'attempts = 1');
  world.polarDown = true;
  await refund(book, { amount: 15 });
  world.polarDown = false;
  await world.settle();
  for (const [filter, value] of [
    ['payment', book],
    ['payment', subscribed],
  ] as const)
    await readList('/v1/refunds', {
      status: 'failed',
      created_after: '2020-01-01T00:00:00Z',
      created_before: new Date(Date.now() + 60_000).toISOString(),
      [filter]: value,
    });
  for (const status of ['pending', 'succeeded']) await readList('/v1/refunds', { status, payment: book });
  await readList(`/v1/payments/${book}/refunds`, {});
  await readExports({ payments: book, refunds: String(lost[0]) });
  await read(`/v1/refunds/${lost[0]}`);
  vi.useRealTimers();
}

/** Gifts that are sold, given away, claimed by an app and on the page, mailed, sent anew, taken back and found by a code. */
async function giveGifts(once: string): Promise<void> {
  // By Polar's clock, which has gone on.
  await world.advance(0);
  const desk = openDesk({ DB: env.DB });
  const buy = async () => {
    const { id, checkoutUrl } = await startPayment(quay, once);
    await world.pay('sandbox', checkoutUrl, { email: `${id}@readers.dev` });
    await world.settle();
    return id;
  };
  const text = (body: Body, name: string) => String(body[name]);
  const give = async (body: object, headers = {}) => (await change('POST', '/v1/gifts', body, headers)).body;
  const sold = await give({ product_id: once, from_name: 'Ada', message: 'Happy birthday' });
  await world.pay('sandbox', text(sold, 'checkout_url'), { email: 'giver@readers.dev' });
  await world.settle();
  const code = text(sold, 'claim_url').split('/').at(-1);
  await change('POST', '/v1/gift-claims', { code, customer: 'external:user-2' });
  await read('/v1/access?max_age=0&resource=content:blog/one&customer=external:user-2');
  const back = await give({ payment: await buy() }, { 'idempotency-key': 'give' });
  const anew = (await change('POST', `/v1/gifts/${text(back, 'id')}/resend`, {})).body;
  const again = await call('POST', '/v1/gifts', {
    key: quay.secretKey,
    body: { payment: back['payment_id'] },
  });
  expect(again.status).toBe(409);
  await change('POST', `/v1/gifts/${text(anew, 'id')}/cancel`, {});
  await world.settle();
  const to_email = 'friend@readers.dev';
  const mailed = await give({ payment: await buy() });
  const jar = new Map<string, string>();
  const path = new URL(text(mailed, 'claim_url')).pathname;
  const page = await desk.send('GET', path, { jar });
  note('GET', path);
  const form_token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  for (let click = 0; click < 2; click++) {
    const form = { form_token, email: to_email };
    const clicked = await desk.send('POST', path, { jar, form, headers: { origin: GATEWAY_URL } });
    expect(clicked.status).toBe(200);
    note('POST', path);
  }
  const { body } = await desk.send('POST', '/v1/sign-in', { key: quay.secretKey, body: { email: to_email } });
  const { attempt, browser_token } = body;
  const signedIn = await desk.send('POST', '/v1/sign-in/verify', {
    key: quay.secretKey,
    body: { attempt, browser_token, code: codeIn(desk.mails.at(-1)) },
  });
  expect(signedIn.status).toBe(200);
  const waiting = await give({ payment: await buy(), to_email });
  await consume({ type: 'gift', giftId: text(waiting, 'id') });
  await env.DB.prepare("update gifts set mail_at = 0, link_key = 'gone' where id = ?")
    .bind(waiting['id'])
    .run();
  await consume({ type: 'gift', giftId: text(waiting, 'id') });
  await readList('/v1/gifts', {
    payment: text(waiting, 'payment_id'),
    to_email,
    created_after: '2020-01-01T00:00:00Z',
    created_before: new Date(Date.now() + 60_000).toISOString(),
  });
  await read(`/v1/gifts/${text(waiting, 'id')}`);
  vi.useRealTimers();
}

/** Discounts and campaigns that are made, used up, counted, changed and deleted, and links that begin checkouts. */
async function lowerPrices(once: string, monthly: string): Promise<void> {
  // By Polar's clock, which has gone on.
  await world.advance(0);
  const text = (body: Body, name: string) => String(body[name]);
  const made = async (body: object, headers = {}) =>
    text((await change('POST', '/v1/discounts', body, headers)).body, 'id');
  const launch = { name: 'Launch', code: 'LAUNCH100', basis_points: 5000, max_redemptions: 100 };
  const id = await made(launch, { 'idempotency-key': 'launch' });
  await change('PATCH', `/v1/discounts/${id}`, { max_redemptions: 200 });
  const few = await made({ name: 'Few', basis_points: 5000, max_redemptions: 1 });
  const second = await made({ name: 'Named', amounts: { usd: 100 }, product_ids: [once] });
  await change('PATCH', `/v1/discounts/${second}`, { name: 'Later', product_ids: [once, monthly] });
  const code = { name: 'Launch week', code: 'LAUNCH', rules: [{ discount_id: id }] };
  const campaign = text((await change('POST', '/v1/campaigns', code)).body, 'id');
  const taken = await call('POST', '/v1/campaigns', { key: quay.secretKey, body: code });
  expect(taken.status).toBe(409);
  await change('PATCH', `/v1/campaigns/${campaign}`, { name: 'Launch month' });
  const rules = [{ discount_id: few, product_ids: [once] }, { discount_id: second }];
  await change('PATCH', `/v1/campaigns/${campaign}`, { rules });
  const begin = async () => {
    const several = { product_ids: [once, monthly], discount_code: 'LAUNCH' };
    return text((await change('POST', '/v1/payments', several)).body, 'checkout_url');
  };
  await world.pay('sandbox', await begin(), { email: 'eve@readers.dev' });
  await world.settle();
  await begin();
  const settings = { product_id: once, locale: 'de' };
  const link = (await change('POST', '/v1/checkout-links', { label: 'Newsletter', settings })).body;
  const linkId = text(link, 'id');
  await change('PATCH', `/v1/checkout-links/${linkId}`, { label: 'Newsletter of May' });
  await ask('GET', `/checkout/${quay.slug}/${linkId}`, {});
  const more = { product_ids: [once, monthly], currency: 'usd', custom_field_data: {}, metadata: { a: 1 } };
  await change('PATCH', `/v1/checkout-links/${linkId}`, { settings: more });
  await ask('GET', `/checkout/${quay.slug}/${linkId}?email=fay@readers.dev`, {});
  await readList('/v1/discounts', { code: 'launch100' });
  await read(`/v1/discounts/${id}`);
  await readList(`/v1/discounts/${few}/redemptions`, {});
  await read(`/v1/discounts/${few}/redemptions?cursor=${FAR_BEHIND}`);
  for (const key of [quay.secretKey, quay.publishableKey]) {
    await env.DB.prepare('update discount_counts set read_at = 0').run();
    const headers = { origin: ORIGIN };
    for (const path of [`/v1/discounts/${id}`, `/v1/campaigns/${campaign}`]) {
      await ask('GET', `${path}/remaining`, { key, headers });
      await ask('GET', `${path}/remaining`, { key, headers });
    }
  }
  for (const list of ['/v1/campaigns', '/v1/checkout-links']) {
    await readList(list, {});
    await read(`${list}?cursor=${FAR_BEHIND}`);
  }
  await read(`/v1/campaigns/${campaign}`);
  await read(`/v1/checkout-links/${linkId}`);
  await change('DELETE', `/v1/campaigns/${campaign}`);
  await change('DELETE', `/v1/checkout-links/${linkId}`);
  await change('DELETE', `/v1/discounts/${second}`);
  vi.useRealTimers();
}

async function forget(): Promise<void> {
  const id = await first<string>('select customer_id as value from orders where app_id is not null');
  await sendEvent('customer.deleted', {
    id,
    email: `${'0a'.repeat(32)}@anonymized.dev`,
    deleted_at: new Date().toISOString(),
  });
  await env.DB.prepare(
    'update polar_events set customer_id = null where id in (select id from polar_events where sealed_body is not null limit 1)',
  ).run();
  await runSchedule();
  await runSchedule();
  expect(await first<number>('select count(*) as value from forgotten_customers')).toBe(1);
}

async function look(productId: string): Promise<void> {
  const customer = await first<string>(
    "select customer_id as value from payments where external_customer_id = 'user-1' and order_id is not null order by created_at",
  );
  const at = new Date(Date.now()).toISOString();
  await readList('/v1/payments', {
    status: 'succeeded',
    customer,
    product: productId,
    created_after: '2020-01-01T00:00:00Z',
    created_before: at,
  });
  await readList('/v1/payments', { status: 'pending', customer: 'external:user-1' });
  for (const sort of PAYMENT_SORTS)
    await readList('/v1/payments', { sort, status: 'succeeded', kind: 'checkout', 'metadata[ref]': 'a' });
  await readList('/v1/payments', {
    product_id: productId,
    kind: 'checkout',
    discount_id: crypto.randomUUID(),
    subscription_id: await first<string>('select id as value from subscriptions'),
    order_id: await first<string>('select id as value from orders'),
    'metadata[ref]': 'a',
    'metadata[seats]': '2',
    sort: '-amount',
  });
  await read(`/v1/payments/${await first<string>('select id as value from payments')}`);
  // Not of the order whose id was made up, which Polar does not know.
  const bought = await first<string>(
    "select id as value from payments where status = 'succeeded' and order_id is not null and customer_email = 'ada@readers.dev'",
  );
  for (const document of ['invoice', 'receipt']) await read(`/v1/payments/${bought}/${document}`);
  await readList('/v1/events', {
    type: 'payment.succeeded',
    payment: await first(
      "select id as value from payments where external_customer_id = 'user-1' and order_id is not null order by created_at",
    ),
  });
  await read(
    `/v1/events/${await first<string>("select id as value from events where type = 'payment.succeeded' order by occurred_at")}`,
  );
  await readInOrder();
  const endpoint = await first<string>('select id as value from endpoints');
  await readList('/v1/deliveries', {
    endpoint,
    status: 'succeeded',
    event: await first('select event_id as value from deliveries'),
    type: 'payment.*',
    created_after: '2020-01-01T00:00:00Z',
    created_before: at,
  });
  await readList('/v1/deliveries', { endpoint, status: 'pending', type: 'payment.*', created_after: at });
  await read(`/v1/deliveries/${await first<string>('select delivery_id as value from delivery_attempts')}`);
  const made = await change(
    'POST',
    '/v1/webhook-endpoints',
    { url: 'https://receiver.example-site.dev/more', match: { 'payment.amount': { gte: 10000 } } },
    { 'idempotency-key': 'endpoint' },
  );
  await readList('/v1/webhook-endpoints', {});
  await read(`/v1/webhook-endpoints/${endpoint}`);
  const more = `/v1/webhook-endpoints/${String(made.body['id'])}`;
  await change('PATCH', more, { enabled: false, rate_limit: 60 });
  await change('PATCH', more, { enabled: true, match: { 'payment.currency': 'usd' } });
  for (const overlap of [600, 0]) {
    const headers = { 'idempotency-key': `rotation-${overlap}` };
    await change('POST', `${more}/rotate-secret`, { overlap_seconds: overlap }, headers);
  }
  await change('POST', `${more}/test`, { type: 'grant.created' });
  await change('POST', `${more}/send-now`);
  await change('POST', `/admin${more.slice('/v1'.length)}/send-now`, undefined, {}, ADMIN);
  await read(`${more}/metrics`);
  await change('DELETE', more);
  for (const state of ['failing', 'disabled']) {
    const path = `/admin/webhook-endpoints?state=${state}&limit=1`;
    await env.DB.prepare('update endpoints set failing_since = 1, disabled_at = 2, enabled = ?')
      .bind(state === 'failing')
      .run();
    const { body } = await ask('GET', path, { key: ADMIN });
    if (body.next_cursor) await ask('GET', `${path}&cursor=${body.next_cursor}`, { key: ADMIN });
  }
  await env.DB.prepare('update endpoints set failing_since = null, disabled_at = null, enabled = 1').run();
  for (const who of [
    `customer=${customer}`,
    'customer=external:user-1',
    `customer=${customer}&member=${crypto.randomUUID()}`,
  ]) {
    for (const maxAge of [0, 300])
      await read(`/v1/access?resource=content:blog/one&${who}&max_age=${maxAge}`);
    await read(`/v1/access/explain?${who}&resource=content:blog/one`);
    await read(
      `/v1/access/explain?${who}&resource=feature:none&at=${new Date(Date.now() - 60_000).toISOString()}`,
    );
  }
  await read(
    `/v1/access/explain?payment=${await first<string>('select id as value from payments')}&resource=content:blog/one`,
  );
  await change('POST', '/v1/access/batch', { customer, resources: ['content:blog/one', 'plan:quay:pro'] });
  for (const mode of ['', '/live', '/sandbox']) await ask('GET', `${mode}/.well-known/jwks.json`, {});
  await ask('GET', '/health', {});
}

/** A file that is sold: listed and fetched by everybody who may, and counted. */
async function download(): Promise<void> {
  // By Polar's clock, which has gone on.
  await world.advance(0);
  const fileId = await uploadFile(world, 'book.txt', 'The whole book.', '2');
  const book = await world.createProduct({ name: 'quay:book', benefits: [givesFiles([fileId])] });
  const { customerId: customer, paymentId } = await buyFile(world, quay, book.id, {
    email: 'zoe@readers.dev',
  });
  const vouched = await change('POST', '/v1/sessions', { external_id: 'user-zoe' });
  await env.DB.prepare(
    "insert into app_customers (app_id, external_id, customer_id, created_at) values (?, 'user-zoe', ?, 0)",
  )
    .bind(quay.id, customer)
    .run();
  const session = newToken('session', 'sandbox');
  await env.DB.prepare(
    'insert into sessions (id, app_id, hash, payment_id, created_at, expires_at) values (?, ?, ?, ?, ?, ?)',
  )
    .bind(newId('ses'), quay.id, await hashSecret(session), paymentId, Date.now(), Date.now() + 3_600_000)
    .run();
  const json = { accept: 'application/json' };
  await read(`/v1/downloads?customer=${customer}&limit=1`);
  await read(`/v1/downloads?customer=${customer}&cursor=${behind(1, fileId, 'files')}`);
  await change('GET', `/v1/downloads/${fileId}?customer=${customer}`, undefined, json);
  await read(`/v1/downloads?customer=${customer}&member=${crypto.randomUUID()}`);
  for (const key of [String(vouched.body['session']), session]) {
    await ask('GET', '/v1/downloads', { key });
    await ask('GET', `/v1/downloads/${fileId}`, { key });
  }
  await readList('/v1/files', {});
  await read(`/v1/files?cursor=${FAR_BEHIND}`);
  await readList(`/v1/files/${fileId}/downloads`, {});
  vi.useRealTimers();
}

/** Sessions by the app's word and by mail, their lists and ends; the gateway's own pages, as a browser has them. */
async function signIn(): Promise<void> {
  const email = await first<string>(
    'select c.email as value from customers as c join orders as o on o.customer_id = c.id where c.email is not null order by c.email',
  );
  const customer = await first<string>(
    `select id as value from customers where email = '${email}' and deleted_at is null`,
  );
  const vouch = async () =>
    String(
      (await change('POST', '/v1/sessions', { customer }, { 'idempotency-key': crypto.randomUUID() })).body[
        'session'
      ],
    );
  await change('POST', '/v1/sessions', { external_id: 'user-1' });
  const session = await vouch();
  await vouch();
  for (const query of [
    `customer=${customer}`,
    `customer=${customer}&member=${customer}`,
    'customer=external:user-1',
  ])
    for (const cursor of ['', '&cursor=WzEsImEiXQ']) await read(`/v1/sessions?${query}&limit=1${cursor}`);
  const { body: listed } = await ask('GET', '/v1/sessions?limit=1', { key: session });
  await ask('GET', `/v1/sessions?limit=1&cursor=${listed.next_cursor}`, { key: session });
  await change('DELETE', `/v1/sessions/${listed.data?.[0]?.id}`);
  const purchase = await seedPurchaseSession();
  await ask('GET', '/v1/sessions', { key: purchase });
  const own = String((await ask('GET', '/v1/session', { key: purchase })).body['id']);
  const external = String((await change('POST', '/v1/sessions', { external_id: 'user-1' })).body['session']);
  await ask('GET', '/v1/sessions', { key: external });
  await change('DELETE', '/v1/sessions?customer=external:user-1');

  // D1 itself: what a proxy in a test's file prepares would not be noted.
  const desk = openDesk({ DB: env.DB });
  const noted = async (...[method, path, init]: Parameters<typeof desk.send>) => {
    const answer = await desk.send(method, path, init);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    note(method, path, init?.body, answer);
    return answer;
  };
  const code = () =>
    /\b(\d{3}) (\d{3})\b/
      .exec(desk.mails.at(-1)?.text ?? '')
      ?.slice(1)
      .join('') ?? '';
  const asked = await noted('POST', '/v1/sign-in', { key: quay.secretKey, body: { email } });
  await noted('POST', '/v1/sign-in/verify', {
    key: quay.secretKey,
    body: {
      attempt: asked.body.attempt,
      browser_token: asked.body.browser_token,
      code: code(),
      session: purchase,
    },
  });
  await call('DELETE', `/v1/sessions/${own}`, { key: session });

  const jar = new Map<string, string>();
  const form = async (path: string, more: Record<string, string>) => {
    const page = await noted('GET', `${path}?app=${quay.slug}`, { jar });
    const form_token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    return { jar, form: { app: quay.slug, form_token, ...more }, headers: { origin: GATEWAY_URL } };
  };
  await noted('POST', '/sign-in', await form('/sign-in', { email }));
  await noted('POST', '/sign-in/code', await form('/sign-in/code', { code: code() }));
  await noted('GET', `/portal?app=${quay.slug}`, { jar });
  await noted('POST', '/sign-out', await form('/sign-in', {}));
  await ask('DELETE', '/v1/sessions', { key: session });
}

/** A session of a purchase of the customer's, as `/return` leads to. */
async function seedPurchaseSession(): Promise<string> {
  const token = newToken('session', 'sandbox');
  await env.DB.prepare(
    'insert into sessions (id, hash, app_id, payment_id, created_at, expires_at) select ?, ?, app_id, payment_id, 0, ? from orders where payment_id is not null limit 1',
  )
    .bind(newId('ses'), await hashSecret(token), Date.now() + MONTH_MS)
    .run();
  return token;
}

/** What was sent, and what was heard, once more: found in every way, with and without a key, within the hour's bound. */
async function repeat(): Promise<void> {
  const since = '2020-01-01T00:00:00Z';
  const endpoint = await first<string>('select endpoint_id as value from deliveries');
  const delivery = await first<string>('select id as value from deliveries');
  await change('POST', `/v1/deliveries/${delivery}/replay`, undefined, { 'idempotency-key': 'replay' });
  // One that was not sent yet: of two that were made in one millisecond, either may be the newest.
  const event = await first<string>(
    'select event_id as value from deliveries where id not in (select delivery_id from delivery_attempts) order by id desc',
  );
  await env.DB.prepare(
    'delete from deliveries where event_id = ? and id not in (select delivery_id from delivery_attempts)',
  )
    .bind(event)
    .run();
  await change('POST', `/v1/events/${event}/replay`);
  await change('POST', `/v1/webhook-endpoints/${endpoint}/recover`, { since });
  for (const types of [undefined, ['payment.*']]) {
    for (const owner of [{ since }, { endpoint_id: endpoint }])
      await change('POST', '/v1/replays', { ...owner, status: 'succeeded', ...(types ? { types } : {}) });
  }
  await world.settle();
  const admin = (method: string, path: string, body?: unknown) => change(method, path, body, {}, ADMIN);
  const range = `&created_after=${since}&created_before=2100-01-01`;
  for (const status of ['applied', 'failed', 'unrouted', 'pending', ''])
    for (const filter of ['', '&mode=sandbox&type=order.paid', `${range}&cursor=${FAR_BEHIND}`])
      await admin('GET', `/admin/polar-events?limit=1${status === '' ? '' : `&status=${status}`}${filter}`);
  const raw = await first<string>('select id as value from polar_events where sealed_body is not null');
  await env.DB.prepare("update polar_events set status = 'failed' where id = ?").bind(raw).run();
  await admin('GET', `/admin/polar-events/${raw}`);
  await admin('POST', `/admin/polar-events/${raw}/reapply`);
  for (const more of [{}, { type: 'order.paid', status: 'unrouted', cursor: FAR_BEHIND }])
    await admin('POST', '/admin/reapply', { mode: 'sandbox', ...more });
  await world.settle();
}

/** Drives all of it once, in an empty database. It takes some seconds. */
export async function driveEverything(): Promise<void> {
  world = await createWorld();
  listen();
  // Half of what is driven goes wrong on purpose, and is logged.
  for (const level of ['error', 'warn'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  const benefits = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/one' } }];
  const once = await world.createProduct({ name: 'quay:lifetime', benefits });
  const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month', benefits });
  const yearly = await world.createProduct({ name: 'quay:yearly', recurring: 'year', benefits });
  await world.settle();
  await consultDoctor();
  await sell(once.id, monthly.id);
  await changeSubscriptions(monthly.id, yearly.id);
  await useGrants();
  await buyFromBrowser(once.id);
  await hear(once.id);
  await giveAway(once);
  await work(once.id);
  await look(once.id);
  await giveBack(once.id, monthly.id);
  await download();
  await giveGifts(once.id);
  await lowerPrices(once.id, monthly.id);
  await signIn();
  await readTimelines();
  await keepCustomers();
  await repeat();
  await adopt();
  await administrate();
  await administrateProducts(once.id);
  await readAuditLog();
  await reconcile();
  await useLicenses();
  await runSchedule();
  await erase();
  await forget();
  await changeKey();
  await withdrawKey();
  await growOld();
  await world.settle();
  await change('GET', '/admin/doctor', undefined, {}, ADMIN);
  await change('POST', '/admin/doctor/fix', undefined, {}, ADMIN);
}

/** To be called at the end. */
export function stopDriving(): void {
  vi.useRealTimers();
  vi.restoreAllMocks();
}
