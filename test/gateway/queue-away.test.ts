import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import { routeDocs } from '../../src/index.docs.ts';
import { createWorld, GATEWAY_URL, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { record, startPayment, type Told } from '../harness/story.ts';
import { expectDescribed } from '../harness/described.ts';
import { startByHand, stepToEnd } from '../compare/reconcile-calls.ts';

/*
 * ADR 54. The queue is away, or hangs: whatever was committed is answered as usual, and when the queue is back the sweep
 * brings about all that its lost messages would have.
 */

/** Changes that wake nobody. What is neither here nor among the steps below is missing: the first test says so. */
const WAKE_NOBODY = [
  'POST /v1/access/batch',
  'PUT /v1/cursors/:name',
  'DELETE /v1/cursors/:name',
  'PATCH /admin/apps/:app',
  'DELETE /admin/unrouted/:kind/:id',
  'POST /admin/apps/:app/keys',
  'PATCH /admin/apps/:app/keys/:key',
  'DELETE /admin/apps/:app/keys/:key',
  'POST /v1/webhook-endpoints',
  'DELETE /v1/webhook-endpoints/:id',
  'POST /v1/webhook-endpoints/:id/rotate-secret',
  'POST /v1/webhook-endpoints/:id/test',
  'POST /admin/reconcile/:id/cancel',
  'POST /admin/secrets/reseal',
  'POST /admin/secrets/withdraw',
  'POST /v1/license-keys/offline',
  'POST /v1/discounts',
  'PATCH /v1/discounts/:id',
  'DELETE /v1/discounts/:id',
  'POST /v1/campaigns',
  'PATCH /v1/campaigns/:id',
  'DELETE /v1/campaigns/:id',
  'POST /v1/checkout-links',
  'PATCH /v1/checkout-links/:id',
  'DELETE /v1/checkout-links/:id',
  'PUT /v1/cursors/:name',
  'DELETE /v1/cursors/:name',
  'POST /v1/subscriptions/:id/preview',
  'POST /v1/sessions',
  'POST /v1/sessions/exchange',
  'DELETE /v1/sessions',
  'DELETE /v1/sessions/:id',
  'DELETE /v1/session',
  'POST /sign-in',
  'POST /sign-in/code',
  'POST /sign-out',
  'POST /v1/sign-in',
  'POST /v1/sign-in/verify',
  // Rows say what is left to do, or Polar is asked at once.
  'POST /v1/customers',
  'DELETE /v1/customers/:id',
  'DELETE /admin/customers/:id',
  // Polar is asked at once, and nothing is told.
  'POST /v1/license-keys/validate',
  'POST /v1/license-keys/activate',
  'POST /v1/license-keys/deactivate',
  'PATCH /v1/license-keys/:id',
  'DELETE /v1/license-keys/:id/activations/:activation_id',
];

/** They go the way of a cancellation: one recipe changes subscriptions (sell/subscriptions/change-subscription.ts). */
const LIKE_CANCEL = ['uncancel', 'pause', 'resume', 'change', 'seats', 'units', 'discount', 'trial'].map(
  (action) => `POST /v1/subscriptions/:id/${action}`,
);

/** Its button goes the way of an app's claim (sell/gifts/claim-gift.ts). */
const LIKE_CLAIM = ['POST /gift/:app/:code'];

let world: World;
let app: TestApp;
let product: string;
let endpoint: string;
/** What was bought before the queue went away: a payment, and two subscriptions. */
let bought: string;
let subscribed: string[];
/** The same, to be given away. */
let forOthers: string[];
let orphaned: string;
let disputed: string;

/** The queue of the present run: it throws, or takes nothing until `letGo`. */
let queue: { sendBatch: () => Promise<void> };
let asked = 0;
let letGo = () => {};
const contexts: ExecutionContext[] = [];

interface Asked {
  key?: string;
  body?: unknown;
  rawBody?: string;
  headers?: Record<string, string>;
}

/** Calls the gateway without its queue. Work behind the answer is not waited for. */
async function ask(method: string, path: string, { key, body, rawBody, headers }: Asked = {}) {
  const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const request = new Request(GATEWAY_URL + path, {
    method,
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      'cf-connecting-ip': '203.0.113.9',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const context = createExecutionContext();
  contexts.push(context);
  const bindings = { ...env, WORK: queue, WORK_SLOW: queue } as unknown as Bindings;
  const tooLong = scheduler.wait(15_000).then(() => {
    throw new Error(`${method} ${path} waits for the queue`);
  });
  tooLong.catch(() => {});
  const response = await Promise.race([
    worker.fetch(request as Parameters<typeof worker.fetch>[0], bindings, context),
    tooLong,
  ]);
  await expectDescribed(request, response);
  const answer = await response.text();
  return {
    status: response.status,
    body: (answer.startsWith('{') ? JSON.parse(answer) : {}) as Record<string, string>,
  };
}

async function hear({ webhookId, body }: Told) {
  const headers = await world.simulator.sign(world.polarEndpoints.sandbox, webhookId, body, Date.now());
  return ask('POST', '/webhooks/polar', { rawBody: body, headers });
}

const operator = { key: env.FLOE_ADMIN_TOKEN };
const own = () => ({ key: app.secretKey });
const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

async function one<T>(query: string, ...values: unknown[]): Promise<T> {
  const row = await env.DB.prepare(query)
    .bind(...values)
    .first<T>();
  if (row === null) throw new Error(`nothing for ${query}`);
  return row;
}

/** A purchase that was heard of. */
async function buy(productId: string) {
  const payment = await startPayment(app, productId);
  await world.pay('sandbox', payment.checkoutUrl, { email: `${payment.id}@readers.dev` });
  await world.settle();
  return payment;
}

async function subscribe(productId: string): Promise<string> {
  const { id } = await buy(productId);
  const { subscription } = await one<{ subscription: string }>(
    'select subscription_id as subscription from payments where id = ?',
    id,
  );
  return subscription;
}

const aDelivery = () =>
  one<{ id: string; eventId: string }>(
    "select id, event_id as eventId from deliveries where endpoint_id = ? and status in ('failed', 'succeeded') limit 1",
    endpoint,
  );

/** A purchase, as Polar tells of it, and where its buyer comes back. */
async function purchase(): Promise<{ story: Told[]; link: string }> {
  let link = '';
  const { body } = await ask('POST', '/v1/payments', { ...own(), body: { product_id: product } });
  const { id: paymentId = '', checkout_url: checkoutUrl = '' } = body;
  const story = await record(world, async () => {
    await world.pay('sandbox', checkoutUrl, { email: `${crypto.randomUUID()}@readers.dev` });
    const { id } = await one<{ id: string }>(
      'select checkout_id as id from payments where id = ?',
      paymentId,
    );
    const checkout = await world.polar<{ success_url: string }>('sandbox', 'GET', `/v1/checkouts/${id}`);
    const url = new URL(checkout.success_url);
    link = url.pathname + url.search;
  });
  return { story, link };
}

/** What cannot be applied, as it came from Polar: kept as failed. Gives what it should have been. */
async function hearBroken(): Promise<Told> {
  const { story } = await purchase();
  const paid = story.find(({ type }) => type === 'order.paid');
  if (!paid) throw new Error('nothing was paid');
  const data = JSON.parse(paid.body) as { data: Record<string, unknown> };
  data.data['status'] = 7;
  const broken = { ...paid, webhookId: crypto.randomUUID(), body: JSON.stringify(data) };
  expect((await hear(broken)).body['status']).toBe('kept_as_failed');
  return { ...broken, body: paid.body };
}

/** A Polar event that waits for its product's owner, though the product has one: deciding the owners wakes it. */
async function waitingEvent(): Promise<void> {
  await env.DB.prepare(
    "update polar_events set status = 'unrouted', waits_for = ? where type = 'order.paid' and status in ('applied', 'pending')",
  )
    .bind(`product:${product}`)
    .run();
}

async function failedEvent(): Promise<string> {
  return (await one<{ id: string }>("select id from polar_events where status = 'failed' limit 1")).id;
}

/** A purchase that is given away, by hand unless an address is named. */
function giveAway(more: object = {}) {
  return ask('POST', '/v1/gifts', { ...own(), body: { payment: forOthers.pop(), ...more } });
}

/** A purchase that belongs to no app, as Polar told of it. */
async function orphan(): Promise<string> {
  const { id } = await world.createProduct({ name: 'an old product' });
  const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
    products: [id],
  });
  await world.pay('sandbox', checkout.url, { email: `${crypto.randomUUID()}@readers.dev` });
  await world.settle();
  return (await one<{ id: string }>('select id from orders where product_id = ?', id)).id;
}

/** A dispute of a purchase, which the gateway knows. */
async function dispute(): Promise<string> {
  const { id } = await buy(product);
  const { order } = await one<{ order: string }>('select order_id as "order" from payments where id = ?', id);
  const disputeId = world.simulator.openDispute(order);
  await stepToEnd((await startByHand()).id);
  // Steps by hand wake nobody.
  const cron = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, cron);
  await waitOnExecutionContext(cron);
  return disputeId;
}

const giveGrant = () =>
  ask('POST', '/v1/grants', {
    ...own(),
    body: { customer: 'external:critic', resources: ['feature:early'], reason: 'Press copy' },
  });

interface Step {
  does: string;
  /** How it is answered while all is well. */
  status: number;
  run: () => Promise<{ status: number }>;
}

const STEPS: Step[] = [
  {
    does: 'POST /v1/payments',
    status: 201,
    run: () => ask('POST', '/v1/payments', { ...own(), body: { product_id: product } }),
  },
  {
    does: 'POST /v1/checkout',
    status: 201,
    run: () =>
      ask('POST', '/v1/checkout', {
        key: app.publishableKey,
        body: { product_id: product },
        headers: { origin: ORIGIN },
      }),
  },
  {
    does: 'GET /checkout/:app',
    status: 303,
    run: () => ask('GET', `/checkout/${app.slug}?product=${product}`, { headers: navigation }),
  },
  {
    does: 'POST /webhooks/polar',
    status: 200,
    run: async () => {
      for (const told of (await purchase()).story) {
        const answer = await hear(told);
        if (answer.status !== 200) return answer;
      }
      return { status: 200 };
    },
  },
  {
    does: 'POST /webhooks/polar, a failed one again',
    status: 200,
    run: async () => hear(await hearBroken()),
  },
  {
    does: 'GET /return',
    status: 303,
    run: async () => ask('GET', (await purchase()).link, { headers: navigation }),
  },
  {
    does: 'POST /admin/polar-events/:id/reapply',
    status: 202,
    run: async () => {
      await hearBroken();
      return ask('POST', `/admin/polar-events/${await failedEvent()}/reapply`, operator);
    },
  },
  {
    does: 'POST /admin/reapply',
    status: 202,
    run: async () => {
      await hearBroken();
      return ask('POST', '/admin/reapply', {
        ...operator,
        body: { mode: 'sandbox', since: '2020-01-01T00:00:00Z' },
      });
    },
  },
  {
    does: 'POST /admin/doctor/fix',
    status: 200,
    run: async () => {
      await hearBroken();
      return ask('POST', '/admin/doctor/fix', { ...operator, body: { codes: ['polar_events_failed'] } });
    },
  },
  {
    does: 'PATCH /v1/webhook-endpoints/:id',
    status: 200,
    run: async () => {
      await ask('PATCH', `/v1/webhook-endpoints/${endpoint}`, { ...own(), body: { enabled: false } });
      return ask('PATCH', `/v1/webhook-endpoints/${endpoint}`, { ...own(), body: { enabled: true } });
    },
  },
  {
    does: 'POST /v1/deliveries/:id/replay',
    status: 202,
    run: async () => ask('POST', `/v1/deliveries/${(await aDelivery()).id}/replay`, own()),
  },
  {
    does: 'POST /v1/events/:id/replay',
    status: 202,
    run: async () => ask('POST', `/v1/events/${(await aDelivery()).eventId}/replay`, own()),
  },
  {
    does: 'POST /v1/webhook-endpoints/:id/recover',
    status: 202,
    run: async () => {
      await env.DB.prepare("update deliveries set status = 'failed' where id = ?")
        .bind((await aDelivery()).id)
        .run();
      const body = { since: '2020-01-01T00:00:00Z' };
      return ask('POST', `/v1/webhook-endpoints/${endpoint}/recover`, { ...own(), body });
    },
  },
  {
    does: 'POST /v1/webhook-endpoints/:id/send-now',
    status: 202,
    run: () => ask('POST', `/v1/webhook-endpoints/${endpoint}/send-now`, own()),
  },
  {
    does: 'POST /admin/webhook-endpoints/:id/send-now',
    status: 202,
    run: () => ask('POST', `/admin/webhook-endpoints/${endpoint}/send-now`, operator),
  },
  {
    does: 'POST /v1/replays',
    status: 202,
    run: async () => {
      await env.DB.prepare(
        "update deliveries set status = 'succeeded', replayed_at = null where endpoint_id = ?",
      )
        .bind(endpoint)
        .run();
      return ask('POST', '/v1/replays', { ...own(), body: { endpoint_id: endpoint, status: 'succeeded' } });
    },
  },
  {
    does: 'POST /admin/apps',
    status: 201,
    run: async () => {
      await waitingEvent();
      return ask('POST', '/admin/apps', {
        ...operator,
        body: {
          product: `p${crypto.randomUUID().slice(0, 6)}`,
          mode: 'sandbox',
          origins: [ORIGIN],
          callback_urls: [`${ORIGIN}/thanks`],
          owns_unclaimed: false,
        },
      });
    },
  },
  {
    does: 'POST /admin/products/:id/owner',
    status: 200,
    run: async () => {
      await waitingEvent();
      return ask('POST', `/admin/products/${product}/owner`, {
        ...operator,
        body: { mode: 'sandbox', app: app.slug },
      });
    },
  },
  {
    does: 'POST /admin/unrouted/:kind/:id/adopt',
    status: 200,
    run: async () => {
      return ask('POST', `/admin/unrouted/order/${orphaned}/adopt`, { ...operator, body: { app: app.slug } });
    },
  },
  {
    does: 'POST /v1/disputes/:id/accept',
    status: 200,
    run: () => ask('POST', `/v1/disputes/${disputed}/accept`, own()),
  },
  {
    does: 'POST /v1/payments/:id/refunds',
    status: 201,
    run: () => ask('POST', `/v1/payments/${bought}/refunds`, { ...own(), body: { amount: 1 } }),
  },
  {
    does: 'POST /v1/gifts',
    status: 201,
    run: () => giveAway({ to_email: 'friend@readers.dev' }),
  },
  {
    does: 'POST /v1/gifts/:id/resend',
    status: 200,
    run: async () => {
      const { id } = (await giveAway()).body;
      return ask('POST', `/v1/gifts/${id}/resend`, { ...own(), body: { to_email: 'friend@readers.dev' } });
    },
  },
  {
    does: 'POST /v1/gifts/:id/cancel',
    status: 200,
    run: async () => ask('POST', `/v1/gifts/${(await giveAway()).body['id']}/cancel`, { ...own(), body: {} }),
  },
  {
    does: 'POST /v1/gift-claims',
    status: 200,
    run: async () => {
      const { claim_url: code } = (await giveAway()).body;
      return ask('POST', '/v1/gift-claims', { ...own(), body: { code, customer: 'external:friend' } });
    },
  },
  {
    does: 'PUT /v1/customers/:id/external-ids/:external_id',
    status: 204,
    run: () => nameBuyer('PUT'),
  },
  {
    does: 'DELETE /v1/customers/:id/external-ids/:external_id',
    status: 204,
    run: () => nameBuyer('DELETE'),
  },
  { does: 'POST /v1/grants', status: 201, run: giveGrant },
  {
    does: 'DELETE /v1/grants/:id',
    status: 204,
    run: async () => ask('DELETE', `/v1/grants/${(await giveGrant()).body['id']}`, own()),
  },
  {
    does: 'POST /v1/grants/:id/fulfilment',
    status: 200,
    run: async () => {
      const { id } = await one<{ id: string }>("select id from grants where fulfilment = 'pending' limit 1");
      return ask('POST', `/v1/grants/${id}/fulfilment`, { ...own(), body: { status: 'done', by: 'Ada' } });
    },
  },
  {
    does: 'POST /v1/subscriptions/:id/cancel',
    status: 200,
    run: () =>
      ask('POST', `/v1/subscriptions/${subscribed[0]}/cancel`, { ...own(), body: { at: 'period_end' } }),
  },
  {
    does: 'DELETE /v1/subscriptions/:id',
    status: 200,
    run: () => ask('DELETE', `/v1/subscriptions/${subscribed[1]}`, own()),
  },
  {
    does: 'POST /admin/reconcile',
    status: 202,
    run: () => ask('POST', '/admin/reconcile', { ...operator, body: { mode: 'sandbox', grace_seconds: 0 } }),
  },
];

async function nameBuyer(method: 'PUT' | 'DELETE') {
  const { id } = await one<{ id: string }>('select customer_id as id from payments where id = ?', bought);
  return ask(method, `/v1/customers/${id}/external-ids/reader`, own());
}

test('every change that a route can make is looked at here', () => {
  const known = new Set([...WAKE_NOBODY, ...LIKE_CANCEL, ...LIKE_CLAIM, ...STEPS.map(({ does }) => does)]);
  const changing = routeDocs
    .map(([{ method, path }]) => `${method.toUpperCase()} ${path}`)
    .filter((route) => !route.startsWith('GET '));
  expect(changing.filter((route) => !known.has(route))).toEqual([]);
});

describe.each(['throws', 'hangs'])('with a queue that %s', (how) => {
  beforeAll(async () => {
    world = await createWorld();
    app = await world.createApp({ product: 'quay' });
    const made = await world.createProduct({
      name: 'quay:lifetime',
      benefits: [
        { type: 'custom', description: 'Reader', metadata: { content_id: 'blog/one' } },
        { type: 'custom', description: 'Dedication', metadata: { fulfilment: 'manual' } },
      ],
    });
    product = made.id;
    endpoint = (await one<{ id: string }>('select id from endpoints where app_id = ?', app.id)).id;
    // Its first attempts are the queue's, as those of all endpoints that ask for an order (ADR 69).
    await env.DB.prepare("update endpoints set ordering = 'payment' where id = ?").bind(endpoint).run();
    bought = (await buy(product)).id;
    forOthers = [];
    for (let i = 0; i < 4; i++) forOthers.push((await buy(product)).id);
    const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
    await world.settle();
    orphaned = await orphan();
    disputed = await dispute();
    subscribed = [await subscribe(monthly.id), await subscribe(monthly.id)];
    const until = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    queue = {
      sendBatch: () => {
        asked += 1;
        if (how === 'throws') throw new Error('Queue is overloaded. Please back off.');
        return until;
      },
    };
  });

  test.each(STEPS)('$does answers as ever', async ({ run, status }) => {
    asked = 0;
    expect((await run()).status).toBe(status);
    await expect.poll(() => asked).toBeGreaterThan(0);
  });

  test('all of it is done when the queue is back', async () => {
    letGo();
    for (const context of contexts.splice(0)) await waitOnExecutionContext(context);
    const open = () =>
      one<{ deliveries: number; events: number; runs: number; mails: number }>(
        `select (select count(*) from deliveries where status = 'pending' and next_attempt_at <= ?1) as deliveries,
          (select count(*) from polar_events where status = 'pending') as events,
          (select count(*) from reconcile_runs where status = 'running') as runs,
          (select count(*) from gifts where mail_at <= ?1) as mails`,
        Date.now(),
      );
    const before = await open();
    expect(before.deliveries).toBeGreaterThan(5);
    expect(before.events).toBeGreaterThan(0);
    expect(before.runs).toBe(1);
    expect(before.mails).toBe(2);
    const cron = createExecutionContext();
    await worker.scheduled({} as ScheduledController, env, cron);
    await waitOnExecutionContext(cron);
    await world.settle();
    await expect.poll(open, { timeout: 30_000 }).toEqual({ deliveries: 0, events: 0, runs: 0, mails: 0 });
    expect(await one('select count(*) as mailed from gifts where mailed_at is not null')).toEqual({
      mailed: 2,
    });
  });
});
