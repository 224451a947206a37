import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { AUDIT_ACTIONS, type AuditAction } from '../../src/base/audit-actions.rules.ts';
import worker from '../../src/index.ts';
import type { AuditEntryView } from '../../src/operate/audit.answers.ts';
import { startByHand, stepToEnd } from '../compare/reconcile-calls.ts';
import { type Answer, call, CALLBACK, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { subscribe } from '../sell/subscription-calls.ts';
import { buyKey } from '../use/license-keys/license-calls.ts';
import { isolateWith } from './isolates.ts';

/* One life of a gateway in which everything is done that the audit log is to say; then the log is read. */

const OPERATOR = env.FLOE_ADMIN_TOKEN;
const EMAIL = 'ada.lovelace@readers.dev';
const RECEIVER = 'https://receiver.example-site.dev/hooks/kiosk';

/** What must not be in the log: secrets of every kind, and what buyers and callers wrote of people. */
const canaries: string[] = [
  OPERATOR,
  EMAIL,
  'canary-comment-of-a-refund',
  'canary-metadata-of-a-refund',
  'canary-comment-of-a-customer',
  'canary-token-in-an-address',
  'canary-external-id',
  'canary-reason-of-a-grant',
  'canary-label',
  'canary-name-of-a-colleague',
  'canary-comment-of-work',
];

let world: World;
let quay: TestApp;
let entries: AuditEntryView[];

type Body = Record<string, unknown> & { id: string };

async function ask(method: string, path: string, key: string, body?: unknown): Promise<Answer<Body>> {
  const answer = await call<Body>(method, path, { key, ...(body === undefined ? {} : { body }) });
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  for (const secret of answer.text.match(/(floe_(sk|pk|st)_|whsec_)[\w+/=-]+/g) ?? []) canaries.push(secret);
  return answer;
}
const admin = (method: string, path: string, body?: unknown) => ask(method, path, OPERATOR, body);
const own = (method: string, path: string, body?: unknown) => ask(method, path, quay.secretKey, body);

async function read(query = ''): Promise<{ data: AuditEntryView[]; next_cursor: string | null }> {
  const answer = await call<{ data: AuditEntryView[]; next_cursor: string | null }>(
    'GET',
    `/admin/audit?limit=100${query}`,
    { key: OPERATOR },
  );
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body;
}

const one = async (query: string) => {
  const value = await env.DB.prepare(query).first<string>('value');
  if (value === null) throw new Error(query);
  return value;
};

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

const ids: Record<string, string> = {};

async function administrate(productId: string): Promise<void> {
  await admin('POST', '/admin/apps', {
    product: 'kiosk',
    mode: 'sandbox',
    callback_urls: [CALLBACK],
    webhook_url: `${RECEIVER}?token=canary-token-in-an-address`,
  });
  await admin('PATCH', '/admin/apps/kiosk-sandbox', { name: 'Kiosk', owns_unclaimed: true });
  const made = await admin('POST', '/admin/apps/kiosk-sandbox/keys', {
    kind: 'secret',
    scopes: ['access:read'],
  });
  ids['key'] = made.body.id;
  await admin('PATCH', `/admin/apps/kiosk-sandbox/keys/${made.body.id}`, {
    expires_at: '2100-01-01T00:00:00Z',
  });
  await admin('DELETE', `/admin/apps/kiosk-sandbox/keys/${made.body.id}`);
  for (const app of ['kiosk-sandbox', null])
    await admin('POST', `/admin/products/${productId}/owner`, { mode: 'sandbox', app });
  await world.settle();
}

async function keepEndpoint(): Promise<void> {
  const made = await own('POST', '/v1/webhook-endpoints', {
    url: `${RECEIVER}?token=canary-token-in-an-address`,
  });
  const { id } = made.body;
  ids['endpoint'] = id;
  await own('PATCH', `/v1/webhook-endpoints/${id}`, { rate_limit: 60, description: 'Nightly' });
  await own('POST', `/v1/webhook-endpoints/${id}/rotate-secret`, { overlap_seconds: 60 });
  await own('POST', `/v1/webhook-endpoints/${id}/send-now`);
  for (const notice of ['failing', 'disabled']) {
    await env.DB.prepare(
      "update endpoints set notice = ?, failing_since = 1, disabled_reason = 'failing' where id = ?",
    )
      .bind(notice, id)
      .run();
    await runSchedule();
  }
  await own('DELETE', `/v1/webhook-endpoints/${id}`);
}

async function sendAgain(): Promise<void> {
  const delivery = await one("select id as value from deliveries where status = 'succeeded'");
  await own('POST', `/v1/deliveries/${delivery}/replay`);
  const event = await one(
    `select event_id as value from deliveries where id <> '${delivery}' and status = 'succeeded'`,
  );
  await own('POST', `/v1/events/${event}/replay`);
  await own('POST', '/v1/replays', { status: 'succeeded', since: '2020-01-01', types: ['payment.*'] });
  Object.assign(ids, { delivery, event });
  await world.settle();
}

async function hear(): Promise<void> {
  const id = await one('select id as value from polar_events where sealed_body is not null');
  await admin('GET', `/admin/polar-events/${id}`);
  const fail = () => env.DB.prepare("update polar_events set status = 'failed' where id = ?").bind(id).run();
  await fail();
  await admin('POST', '/admin/doctor/fix', { codes: ['polar_events_failed'] });
  await world.settle();
  await fail();
  await admin('POST', `/admin/polar-events/${id}/reapply`);
  await world.settle();
  ids['polar_event'] = id;
}

/** A product with a licence key and with work for people, bought twice; one of the purchases is given away. */
async function use(): Promise<void> {
  const { id: product } = await world.createProduct({
    name: 'quay:studio',
    benefits: [
      {
        type: 'license_keys',
        description: 'Keys',
        properties: { activations: { limit: 3, enable_customer_admin: true } },
      },
      { type: 'custom', description: 'A call', metadata: { fulfilment: 'manual' } },
    ],
  });
  await world.settle();
  const bought = await buyKey(world, quay, product, 'cora@readers.dev');
  canaries.push(bought.key);
  const { body } = await own('POST', '/v1/license-keys/activate', { key: bought.key, label: 'canary-label' });
  const activation = (body['activation'] as { id: string }).id;
  await own('POST', '/v1/license-keys/deactivate', { key: bought.key, activation_id: activation });
  await own('PATCH', `/v1/license-keys/${bought.id}`, { status: 'disabled' });
  await own('GET', `/v1/license-keys/${bought.id}?reveal=true`);
  const grant = await one("select id as value from grants where fulfilment = 'pending' limit 1");
  await own('POST', `/v1/grants/${grant}/fulfilment`, {
    status: 'done',
    by: 'canary-name-of-a-colleague',
    comment: 'canary-comment-of-work',
  });
  Object.assign(ids, { license_key: bought.id, activation, fulfilled: grant });
}

/** Two gifts: one is claimed by a new link, one is called off. */
async function give(productId: string): Promise<void> {
  const buy = async () => {
    const { id, checkoutUrl } = await startPayment(quay, productId);
    await world.pay('sandbox', checkoutUrl, { email: 'dan@readers.dev' });
    await world.settle();
    return id;
  };
  const gift = async () => (await own('POST', '/v1/gifts', { payment: await buy() })).body;
  const claimed = await gift();
  const { body } = await own('POST', `/v1/gifts/${claimed.id}/resend`);
  const codes = [claimed, body].map((each) => String(each['claim_url']).split('/').at(-1) ?? '');
  canaries.push(...codes);
  await own('POST', '/v1/gift-claims', { code: codes[1], customer: 'external:canary-external-id' });
  const canceled = await gift();
  await own('POST', `/v1/gifts/${canceled.id}/cancel`, { refund: false });
  Object.assign(ids, { gift: claimed.id, canceled_gift: canceled.id });
}

/** A discount, a campaign of it and a link, each made, changed and deleted. */
async function lowerPrices(productId: string): Promise<void> {
  const discount = (
    await own('POST', '/v1/discounts', {
      name: 'Launch',
      code: 'LAUNCH',
      basis_points: 1000,
      metadata: { note: 'canary-metadata-of-a-discount' },
    })
  ).body;
  await own('PATCH', `/v1/discounts/${discount.id}`, { max_redemptions: 7 });
  const rules = [{ discount_id: discount.id }];
  const campaign = (await own('POST', '/v1/campaigns', { name: 'Week', code: 'WEEK', rules })).body;
  await own('PATCH', `/v1/campaigns/${campaign.id}`, { name: 'Month' });
  await own('DELETE', `/v1/campaigns/${campaign.id}`);
  const settings = { product_id: productId, metadata: { note: 'canary-metadata-of-a-link' } };
  const link = (await own('POST', '/v1/checkout-links', { label: 'Mail', settings })).body;
  await own('PATCH', `/v1/checkout-links/${link.id}`, { label: 'Letter' });
  await own('DELETE', `/v1/checkout-links/${link.id}`);
  await own('DELETE', `/v1/discounts/${discount.id}`);
  Object.assign(ids, { discount: discount.id, campaign: campaign.id, link: link.id });
}

/** A customer is named, un-named, read and erased by its app; another is deleted by the operator. */
async function keepCustomers(productId: string): Promise<void> {
  const buy = async (email: string) => {
    const { id, checkoutUrl } = await startPayment(quay, productId);
    await world.pay('sandbox', checkoutUrl, { email });
    await world.settle();
    return one(`select customer_id as value from payments where id = '${id}'`);
  };
  const customer = await buy('erik@readers.dev');
  await own('POST', '/v1/customers', { external_id: 'canary-external-id', email: 'erik@readers.dev' });
  const mapping = `/v1/customers/${customer}/external-ids/canary-external-id`;
  await own('PUT', mapping);
  await own('DELETE', mapping);
  await own('GET', `/v1/customers/${customer}/export`);
  await own('DELETE', `/v1/customers/${customer}`);
  const deleted = await buy('finn@readers.dev');
  await admin('DELETE', `/admin/customers/${deleted}?mode=sandbox`);
  await world.settle();
  Object.assign(ids, { customer, deleted });
}

/** Two purchases of no app, one adopted, which is disputed then, and one hidden. */
async function adopt(): Promise<void> {
  const orphan = async () => {
    const { id } = await world.createProduct({ name: 'an old product' });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [id],
    });
    await world.pay('sandbox', checkout.url, { email: EMAIL });
    await world.settle();
    return one(`select id as value from orders where product_id = '${id}'`);
  };
  ids['adopted'] = await orphan();
  await admin('POST', `/admin/unrouted/order/${ids['adopted']}/adopt`, { app: 'quay-sandbox' });
  ids['dismissed'] = await orphan();
  await admin('DELETE', `/admin/unrouted/order/${ids['dismissed']}`);
  ids['dispute'] = world.simulator.openDispute(ids['adopted']);
}

async function compare(): Promise<void> {
  const endpoint = `/v1/webhooks/endpoints/${world.polarEndpoints.sandbox}`;
  await world.polar('sandbox', 'PATCH', endpoint, { enabled: false });
  ids['run'] = (await stepToEnd((await startByHand({ repair_webhook: true })).id)).id;
  const { id } = await startByHand();
  await admin('POST', `/admin/reconcile/${id}/cancel`);
}

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  canaries.push(quay.secretKey, quay.publishableKey, quay.webhookSecret ?? '');
  canaries.push(...Object.values(world.organizations).map(({ accessToken }) => accessToken));
  const once = await world.createProduct({ name: 'quay:lifetime' });
  const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
  await world.settle();
  const sale = await startPayment(quay, once.id, { customer: { external_id: 'canary-external-id' } });
  await world.pay('sandbox', sale.checkoutUrl, { email: EMAIL });
  await world.settle();
  ids['subscription'] = await subscribe(world, quay, monthly.id, { email: 'bert@readers.dev' });
  await own('POST', `/v1/subscriptions/${ids['subscription']}/cancel`, {
    at: 'period_end',
    reason: 'too_expensive',
    comment: 'canary-comment-of-a-customer',
  });
  await own('POST', `/v1/payments/${sale.id}/refunds`, {
    amount: 100,
    comment: 'canary-comment-of-a-refund',
    metadata: { note: 'canary-metadata-of-a-refund' },
  });
  ids['payment'] = sale.id;
  const given = await own('POST', '/v1/grants', {
    customer: 'external:canary-external-id',
    resources: ['content:blog/*'],
    reason: 'canary-reason-of-a-grant',
  });
  ids['grant'] = given.body.id;
  await own('DELETE', `/v1/grants/${ids['grant']}`);
  await own('POST', '/v1/sessions', { external_id: 'canary-external-id' });
  await own('DELETE', '/v1/sessions?customer=external:canary-external-id');
  await world.settle();
  await use();
  await give(once.id);
  await lowerPrices(once.id);
  await keepCustomers(once.id);
  await adopt();
  await sendAgain();
  await hear();
  await keepEndpoint();
  await administrate(once.id);
  await compare();
  await own('POST', `/v1/disputes/${ids['dispute']}/accept`);
  await withdrawKey();
  ids['product'] = once.id;
  entries = (await read()).data;
}, 300_000);

/** As after a rotation for a key that has leaked. */
async function withdrawKey(): Promise<void> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const next = { ...(await exportJWK(privateKey)), kid: 'sandbox-2', sign_from: 0 };
  const isolate = isolateWith({ FLOE_SANDBOX_SIGNING_KEYS_2: JSON.stringify({ keys: [next] }) });
  const body = { mode: 'sandbox', key: 'sandbox-1' };
  expect((await isolate.ask('POST', '/admin/secrets/withdraw', { key: OPERATOR, body })).status).toBe(200);
}

const lastOf = (action: AuditAction, target?: string) =>
  entries.find((each) => each.action === action && (target === undefined || each.target === target));

describe('the audit log', () => {
  test('has a line for every kind of action that there is', () => {
    const seen = new Set(entries.map(({ action }) => action));
    expect(AUDIT_ACTIONS.filter((action) => !seen.has(action))).toEqual([]);
  });

  test('has no secret, and nothing of a person', async () => {
    const { results } = await env.DB.prepare('select * from audit_log').all();
    const stored = JSON.stringify(results);
    expect(canaries.filter((canary) => canary === '' || stored.includes(canary))).toEqual([]);
    // They were there to be found.
    expect(canaries.filter((canary) => /^(floe_|whsec_)/.test(canary)).length).toBeGreaterThan(8);
    expect(JSON.stringify(entries)).not.toMatch(/floe_(sk|pk|st)_|whsec_|@readers\.dev/);
  });

  test.each<[AuditAction, () => object]>([
    [
      'app.created',
      () => ({
        actor: 'operator',
        app: 'kiosk-sandbox',
        before: null,
        after: { name: 'kiosk', owns_unclaimed: false },
      }),
    ],
    [
      'app.updated',
      () => ({
        target: 'kiosk-sandbox',
        before: { name: 'kiosk', owns_unclaimed: false },
        after: { name: 'Kiosk', owns_unclaimed: true },
      }),
    ],
    [
      'key.created',
      () => ({ target: ids['key'], before: null, after: { scopes: ['access:read'], revoked_at: null } }),
    ],
    [
      'key.ends',
      () => ({
        target: ids['key'],
        before: { expires_at: null },
        after: { expires_at: '2100-01-01T00:00:00.000Z' },
      }),
    ],
    [
      'key.revoked',
      () => ({ target: ids['key'], before: { revoked_at: null }, after: { revoked_at: expect.any(String) } }),
    ],
    [
      'product.assigned',
      () => ({
        actor: 'operator',
        target: ids['product'],
        app: 'kiosk-sandbox',
        before: { assigned_to: 'kiosk-sandbox' },
        after: { assigned_to: null },
      }),
    ],
    [
      'purchase.adopted',
      () => ({
        actor: 'operator',
        app: 'quay-sandbox',
        target: ids['adopted'],
        detail: { kind: 'order', app: 'quay-sandbox' },
      }),
    ],
    [
      'purchase.dismissed',
      () => ({ actor: 'operator', target: ids['dismissed'], detail: { kind: 'order', mode: 'sandbox' } }),
    ],
    ['dispute.accepted', () => ({ actor: 'app', app: 'quay-sandbox', target: ids['dispute'] })],
    [
      'endpoint.created',
      () => ({ before: null, after: { url: `${RECEIVER}?…`, events: ['*'], enabled: true } }),
    ],
    [
      'endpoint.updated',
      () => ({
        actor: 'app',
        app: 'quay-sandbox',
        target: ids['endpoint'],
        before: { rate_limit: null, description: '' },
        after: { rate_limit: 60, description: 'Nightly' },
      }),
    ],
    [
      'endpoint.deleted',
      () => ({ target: ids['endpoint'], before: { rate_limit: 60, url: `${RECEIVER}?…` }, after: null }),
    ],
    ['endpoint.secret_rotated', () => ({ target: ids['endpoint'], detail: { overlap_seconds: 60 } })],
    ['endpoint.sent_now', () => ({ actor: 'app', target: ids['endpoint'] })],
    ['endpoint.failing', () => ({ actor: 'gateway', target: ids['endpoint'], key: null, request_id: null })],
    [
      'endpoint.disabled',
      () => ({
        actor: 'gateway',
        before: { enabled: true },
        after: { enabled: false, disabled_reason: 'failing' },
      }),
    ],
    ['delivery.replayed', () => ({ target: ids['delivery'], detail: { count: 1 } })],
    ['event.replayed', () => ({ target: ids['event'], detail: { endpoint: null, count: 1 } })],
    [
      'deliveries.replayed',
      () => ({
        target: null,
        detail: { status: 'succeeded', types: ['payment.*'], count: expect.any(Number) },
      }),
    ],
    [
      'refund.requested',
      () => ({
        actor: 'app',
        target: ids['payment'],
        detail: {
          refund: expect.stringMatching(/^ref_/),
          amount: 100,
          currency: 'usd',
          revoke_benefits: false,
        },
      }),
    ],
    [
      'subscription.changed',
      () => ({
        target: ids['subscription'],
        before: { cancel_at_period_end: false },
        after: { cancel_at_period_end: true },
        detail: { kind: 'cancel', at: 'period_end', reason: 'too_expensive' },
      }),
    ],
    [
      'grant.created',
      () => ({
        actor: 'app',
        target: ids['grant'],
        before: null,
        after: { resources: ['content:blog/*'], expires_at: null },
      }),
    ],
    [
      'grant.revoked',
      () => ({ actor: 'app', target: ids['grant'], before: { resources: ['content:blog/*'] }, after: null }),
    ],
    [
      'grant.fulfilment',
      () => ({
        target: ids['fulfilled'],
        before: { fulfilment: 'pending' },
        after: { fulfilment: 'done' },
      }),
    ],
    ['customer.prepared', () => ({ actor: 'app', target: null })],
    ['customer.named', () => ({ actor: 'app', target: ids['customer'] })],
    ['customer.unnamed', () => ({ actor: 'app', target: ids['customer'] })],
    ['customer.exported', () => ({ actor: 'app', target: ids['customer'] })],
    ['customer.erased', () => ({ actor: 'app', app: 'quay-sandbox', target: ids['customer'] })],
    ['customer.deleted', () => ({ actor: 'operator', app: null, target: ids['deleted'] })],
    ['license_key.activated', () => ({ actor: 'app', detail: { activation: ids['activation'] } })],
    [
      'license_key.deactivated',
      () => ({ target: ids['license_key'], detail: { activation: ids['activation'] } }),
    ],
    [
      'license_key.changed',
      () => ({
        target: ids['license_key'],
        before: expect.objectContaining({ status: 'granted' }),
        after: expect.objectContaining({ status: 'disabled' }),
      }),
    ],
    ['license_key.revealed', () => ({ actor: 'app', target: ids['license_key'] })],
    ['gift.created', () => ({ detail: { payment: expect.stringMatching(/^pay_/), mailed: false } })],
    [
      'gift.link_renewed',
      () => ({ target: ids['gift'], detail: { link: 2, mailed: false, to_another: false } }),
    ],
    ['gift.claimed', () => ({ actor: 'app', target: ids['gift'] })],
    [
      'gift.canceled',
      () => ({ target: ids['canceled_gift'], detail: expect.objectContaining({ refund: false }) }),
    ],
    [
      'discount.created',
      () => ({ target: ids['discount'], after: expect.objectContaining({ basis_points: 1000 }) }),
    ],
    [
      'discount.changed',
      () => ({
        target: ids['discount'],
        before: expect.objectContaining({ max_redemptions: null }),
        after: expect.objectContaining({ max_redemptions: 7 }),
      }),
    ],
    [
      'discount.deleted',
      () => ({ target: ids['discount'], before: expect.objectContaining({ code: 'LAUNCH' }) }),
    ],
    [
      'campaign.created',
      () => ({ target: ids['campaign'], after: expect.objectContaining({ code: 'WEEK' }) }),
    ],
    [
      'campaign.changed',
      () => ({ target: ids['campaign'], after: expect.objectContaining({ name: 'Month' }) }),
    ],
    ['campaign.deleted', () => ({ target: ids['campaign'], actor: 'app' })],
    ['checkout_link.created', () => ({ target: ids['link'], detail: { label: 'Mail' } })],
    ['checkout_link.changed', () => ({ target: ids['link'], detail: { label: 'Letter' } })],
    ['checkout_link.deleted', () => ({ target: ids['link'], actor: 'app' })],
    ['sessions.ended', () => ({ actor: 'app', target: null, detail: { count: 1 } })],
    ['polar_event.read', () => ({ actor: 'operator', target: ids['polar_event'] })],
    [
      'polar_event.reapplied',
      () => ({ actor: 'operator', target: ids['polar_event'], detail: { count: 1 } }),
    ],
    [
      'polar_webhook.repaired',
      () => ({ actor: 'gateway', target: 'sandbox', before: { enabled: false }, after: { enabled: true } }),
    ],
    ['reconcile.started', () => ({ actor: 'operator', detail: { mode: 'sandbox', scope: 'recent' } })],
    ['reconcile.canceled', () => ({ before: { status: 'running' }, after: { status: 'failed' } })],
    ['doctor.mended', () => ({ actor: 'operator', target: 'polar_events_failed:sandbox' })],
    ['signing_key.withdrawn', () => ({ actor: 'operator', app: null, target: 'sandbox-1' })],
    ['reconcile.drift', () => ({ actor: 'operator', target: ids['run'] })],
  ])('says of %s who did it to what', (action, expected) => {
    expect(lastOf(action)).toMatchObject(expected());
  });

  test('names the key that an app called with, and the request by which it was done', async () => {
    const keys = await call<{ data: { id: string; kind: string }[] }>(
      'GET',
      `/admin/apps/${quay.slug}/keys`,
      {
        key: OPERATOR,
      },
    );
    const key = keys.body.data.find(({ kind }) => kind === 'secret')?.id;
    const renamed = await own('POST', '/v1/webhook-endpoints', { url: `${RECEIVER}/next` });
    const [entry] = (await read(`&target=${renamed.body.id}`)).data;
    expect(entry).toMatchObject({
      actor: 'app',
      key,
      app: quay.slug,
      request_id: renamed.headers.get('x-request-id'),
    });
    const byApps = entries.filter((each) => each.actor === 'app');
    expect(byApps.filter((each) => each.key === null || each.request_id === null)).toEqual([]);
    expect(entries.filter((each) => each.actor !== 'app' && each.key !== null)).toEqual([]);
  });

  test('has no line of what was refused, or was undone with its batch', async () => {
    const before = (await read()).data.length;
    const refusals = [
      await call('PATCH', '/v1/webhook-endpoints/ep_none', { key: quay.secretKey, body: { enabled: false } }),
      await call('DELETE', '/v1/webhook-endpoints/ep_none', { key: quay.secretKey }),
      await call('DELETE', '/v1/sessions/ses_none', { key: quay.secretKey }),
      await call('POST', `/v1/payments/${ids['payment']}/refunds`, {
        key: quay.secretKey,
        body: { amount: 1_000_000 },
      }),
      await call('POST', '/admin/apps', {
        key: OPERATOR,
        body: { product: 'quay', mode: 'sandbox', callback_urls: [CALLBACK] },
      }),
      await call('PATCH', '/admin/apps/quay-sandbox', { key: OPERATOR, body: { owns_unclaimed: true } }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([404, 404, 404, 422, 409, 409]);
    expect((await read()).data.length).toBe(before);
  });

  test('does not say it when visitors end their own sessions', async () => {
    const { body } = await own('POST', '/v1/sessions', { external_id: 'user-5' });
    const before = (await read('&action=sessions.ended')).data.length;
    await ask('DELETE', '/v1/sessions', String(body['session']));
    expect((await read('&action=sessions.ended')).data.length).toBe(before);
  });
});

describe('GET /admin/audit', () => {
  test('lists the newest first, in pages without gaps', async () => {
    const all = (await read()).data.map(({ id }) => id);
    const paged: string[] = [];
    let cursor = '';
    do {
      const { body } = await call<{ data: AuditEntryView[]; next_cursor: string | null }>(
        'GET',
        `/admin/audit?limit=3${cursor}`,
        { key: OPERATOR },
      );
      paged.push(...body.data.map(({ id }) => id));
      cursor = body.next_cursor === null ? '' : `&cursor=${encodeURIComponent(body.next_cursor)}`;
    } while (cursor !== '');
    expect(paged).toEqual(all);
    const times = (await read()).data.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  test.each([
    ['actor=gateway', (each: AuditEntryView) => each.actor === 'gateway'],
    ['action=key.created', (each: AuditEntryView) => each.action === 'key.created'],
    ['app=quay-sandbox', (each: AuditEntryView) => each.app === 'quay-sandbox'],
    [
      'app=quay-sandbox&actor=app',
      (each: AuditEntryView) => each.app === 'quay-sandbox' && each.actor === 'app',
    ],
    ['target=kiosk-sandbox', (each: AuditEntryView) => each.target === 'kiosk-sandbox'],
    ['target=kiosk-sandbox&app=quay-sandbox', () => false],
    ['app=none', () => false],
    ['key=key_none', () => false],
    ['created_before=2020-01-01', () => false],
    ['created_after=2020-01-01', () => true],
  ])('finds by %s', async (query, isMeant) => {
    const all = (await read()).data;
    const { data, next_cursor } = await read(`&${query}`);
    expect(data).toEqual(all.filter(isMeant));
    expect(next_cursor).toBeNull();
  });

  test('finds by the moment, which is included after it and not before it', async () => {
    const [, entry] = (await read()).data;
    const at = encodeURIComponent(entry?.created_at ?? '');
    const has = async (query: string) => (await read(query)).data.some(({ id }) => id === entry?.id);
    expect([await has(`&created_after=${at}`), await has(`&created_before=${at}`)]).toEqual([true, false]);
  });

  test.each(['actor=nobody', 'action=app.exploded', 'limit=0', 'cursor=x', 'who=me'])(
    'refuses %s',
    async (query) => {
      const answer = await call('GET', `/admin/audit?${query}`, { key: OPERATOR });
      expect([answer.status, answer.body['code']]).toEqual([422, 'validation_failed']);
    },
  );

  test('shows lines from before it said what was changed', async () => {
    await env.DB.prepare(
      "insert into audit_log (id, at, actor, action, target) values ('aud_01jb3z8q4yf6dvkwm2t5n9cr7e', 1, 'operator', 'app.updated', 'old-live')",
    ).run();
    expect((await read('&target=old-live')).data).toMatchObject([
      { actor: 'operator', before: null, after: null, key: null, request_id: null },
    ]);
  });

  test('goes on behind a thousand lines that are not meant', async () => {
    await env.DB.prepare(
      `insert into audit_log (id, at, actor, action, target)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200)
       select printf('aud_flood%017d', i), 9000000000000 + i, 'operator', 'app.updated', 'flood' from n`,
    ).run();
    let found: AuditEntryView[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null && found.length === 0) {
      const page = await read(
        `&action=reconcile.drift${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      found = page.data;
      cursor = page.next_cursor;
      pages += 1;
    }
    expect([found.length, pages]).toEqual([1, 2]);
  });
});
