import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { MemoryCache } from '../../src/base/memory.ts';
import { forgetAllTokens } from '../../src/access/token-cache.rows.ts';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { tellMany } from '../tell/feed-calls.ts';
import { countBindings, NOTHING_SPENT, type Spending } from '../harness/spending.ts';
import { record, refundNewestOrder, startPayment, type Told } from '../harness/story.ts';
import { expectDescribed } from '../harness/described.ts';
import { BUDGETS, findOverspent, type Path } from './budgets.ts';

/*
 * What each path uses of D1, KV, the queues, Polar and receivers, counted and held against `budgets.ts`. Times depend on the
 * machine, counts do not. The look-up of the caller's key is remembered for up to 30 s and is no part of the budgets, so
 * `warmKey` makes it first.
 */

interface Spent extends Spending {
  fetches: number;
  /** Ed25519 signatures, the tokens'. Webhooks are HMACs. */
  signed: number;
  verified: number;
}

const nothing: Spent = { ...NOTHING_SPENT, fetches: 0, signed: 0, verified: 0 };

interface Counting {
  spent: Spent;
  bindings: Bindings;
  messages: WorkMessage[];
}

/** Queue messages are held back while a test counts: consumers would spend as well. */
const heldBack: WorkMessage[] = [];

/** The test's bindings, counted. `kvWritable`: KV writes wait for it. */
function countingBindings(kvWritable: Promise<void> = Promise.resolve()): Counting {
  const spent = { ...nothing };
  const messages: WorkMessage[] = [];
  const queue = {
    sendBatch: (batch: Iterable<{ body: WorkMessage }>) => {
      const bodies = Array.from(batch, ({ body }) => body);
      messages.push(...bodies);
      heldBack.push(...bodies);
      return Promise.resolve();
    },
  };
  const kv = {
    get: env.ENTITLEMENTS.get.bind(env.ENTITLEMENTS),
    put: async (key: string, value: string, options: KVNamespacePutOptions) => {
      await kvWritable;
      await env.ENTITLEMENTS.put(key, value, options);
    },
  };
  const bindings = { ...env, ENTITLEMENTS: kv, WORK: queue, WORK_SLOW: queue } as unknown as Bindings;
  return { spent, messages, bindings: countBindings(bindings, spent) };
}

function expectWithin(path: Path, spent: Spending): void {
  expect(findOverspent(BUDGETS[path], spent), path).toEqual([]);
}

/** Without what has a budget and may grow with what is told. */
function withoutRows(spent: Spent): Spent {
  return { ...spent, statements: 0, rowsRead: 0, rowsWritten: 0, queueWrites: 0 };
}

let world: World;
let quay: TestApp;
let product: string;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const made = await world.createProduct({
    name: 'quay:lifetime',
    metadata: { content_id: 'blog/one' },
    benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/two' } }],
  });
  product = made.id;
  await world.settle();
});

/** Signatures and outgoing requests of what is counted now. */
let counted: Spent | undefined;

beforeEach(() => {
  const sign = crypto.subtle.sign.bind(crypto.subtle);
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, 'sign').mockImplementation((algorithm, key, data) => {
    if (counted && key.algorithm.name === 'Ed25519') counted.signed += 1;
    return sign(algorithm, key, data);
  });
  vi.spyOn(crypto.subtle, 'verify').mockImplementation((algorithm, key, signature, data) => {
    if (counted && key.algorithm.name === 'Ed25519') counted.verified += 1;
    return verify(algorithm, key, signature, data);
  });
});

/** Whether first attempts are made by who tells an event, or left to the queue, as while an endpoint has a rate (ADR 69). */
const leaveToQueue = (leaves: boolean) =>
  env.DB.prepare('update endpoints set rate_limit = ? where app_id = ?')
    .bind(leaves ? 60_000 : null, quay.id)
    .run();

afterEach(async () => {
  vi.restoreAllMocks();
  await leaveToQueue(false);
  const messages = heldBack.splice(0).map((body) => ({ body }));
  if (messages.length > 0) await env.WORK.sendBatch(messages);
  await world.settle();
});

/** Runs one invocation to its end, `waitUntil` included, and gives what it spent. */
async function spend<T>(counting: Counting, invoke: (context: ExecutionContext) => Promise<T>): Promise<T> {
  const outgoing = () => world.polarRequests.length + world.received.length;
  const before = outgoing();
  const context = createExecutionContext();
  counted = counting.spent;
  try {
    return await invoke(context);
  } finally {
    await waitOnExecutionContext(context);
    counted = undefined;
    counting.spent.fetches = outgoing() - before;
  }
}

type Incoming = Parameters<typeof worker.fetch>[0];

/** One request, counted. */
async function ask(request: Request, counting = countingBindings()) {
  const response = await spend(counting, async (context) =>
    worker.fetch(request as Incoming, counting.bindings, context),
  );
  await expectDescribed(request, response);
  const body = await response.json<Record<string, unknown>>();
  return { ...counting, status: response.status, body };
}

function requestOf(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Request {
  return new Request(GATEWAY_URL + path, {
    method,
    headers: { authorization: `Bearer ${quay.secretKey}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Has this isolate remember the key. */
async function warmKey(): Promise<void> {
  await ask(requestOf('GET', '/v1/payments/pay_none'));
}

/** Somebody who bought the product, of whom no cache knows yet. */
async function makeBuyer(): Promise<string> {
  const payment = await startPayment(quay, product);
  await world.pay('sandbox', payment.checkoutUrl, { email: `${crypto.randomUUID()}@readers.dev` });
  await world.settle();
  const row = await env.DB.prepare('select customer_id from payments where id = ?')
    .bind(payment.id)
    .first<string>('customer_id');
  return row ?? '';
}

const check = (customer: string, resource = 'content:blog/one', more = '') =>
  requestOf('GET', `/v1/access?customer=${customer}&resource=${resource}${more}`);

describe('an access check', () => {
  let customer: string;

  beforeEach(async () => {
    customer = await makeBuyer();
    await warmKey();
  });

  it('that is a yes from memory asks nobody', async () => {
    await ask(check(customer));
    const warm = await ask(check(customer));
    expect(warm.body['allow']).toBe(true);
    expect(warm.spent).toEqual(nothing);
    expectWithin('access: yes, from memory', warm.spent);
  });

  it('that is a yes from KV takes one read and one verification, and signs nothing', async () => {
    await ask(check(customer));
    forgetAllTokens();
    const warm = await ask(check(customer));
    expect(warm.body['allow']).toBe(true);
    expect(warm.spent).toEqual({ ...nothing, kvReads: 1, verified: 1 });
    expectWithin('access: yes, from KV', warm.spent);
  });

  it('of a hundred resources is as cheap as of one', async () => {
    await ask(check(customer));
    forgetAllTokens();
    const resources = Array.from(
      { length: 100 },
      (_, index) => `content:blog/${index % 2 === 0 ? 'one' : 'two'}`,
    );
    const warm = await ask(requestOf('POST', '/v1/access/batch', { customer, resources }));
    expect(warm.body['results']).toHaveLength(100);
    expect(warm.spent).toEqual({ ...nothing, kvReads: 1, verified: 1 });
    expectWithin('access: 100 resources, from KV', warm.spent);
  });

  it('that is a cold yes takes one round trip to D1, and writes KV once, behind the answer', async () => {
    let open = (): void => undefined;
    const counting = countingBindings(new Promise((resolve) => (open = resolve)));
    // Answered while KV still does not take the write: then the answer did not wait for it.
    const response = await spend(counting, async (context) => {
      const answer = await worker.fetch(check(customer) as Incoming, counting.bindings, context);
      open();
      return answer;
    });
    expect(await response.json()).toMatchObject({ allow: true });
    const counts = { ...nothing, roundTrips: 1, kvReads: 1, kvWrites: 1, signed: 1 };
    expect(withoutRows(counting.spent)).toEqual(counts);
    expectWithin('access: yes, cold', counting.spent);
  });

  it.each(['', '&max_age=0'])(
    'that is a no takes one round trip to D1 and at most one KV write (%s)',
    async (more) => {
      await ask(check(customer));
      const { spent, body } = await ask(check(customer, 'content:blog/none', more));
      expect(body['allow']).toBe(false);
      expect(spent.roundTrips).toBe(1);
      expectWithin('access: no', spent);
    },
  );

  it('of somebody unknown takes one round trip to D1, and neither signs nor writes', async () => {
    const { spent, body } = await ask(check(crypto.randomUUID()));
    expect(body['reason']).toBe('unknown_customer');
    expect(withoutRows(spent)).toEqual({ ...nothing, roundTrips: 1, kvReads: 1 });
    expectWithin('access: somebody unknown', spent);
  });
});

async function sign(told: Told): Promise<Request> {
  const headers = await world.simulator.sign(
    world.polarEndpoints.sandbox,
    told.webhookId,
    told.body,
    Date.now(),
  );
  return new Request(`${GATEWAY_URL}/webhooks/polar`, {
    method: 'POST',
    body: told.body,
    headers: { ...headers, 'content-type': 'application/json' },
  });
}

const deliverCounted = async (told: Told) => ask(await sign(told));

/** What Polar tells of a purchase that is refunded again. From then on deliveries are left to the queue. */
async function refundedPurchase(): Promise<Told[]> {
  const payment = await startPayment(quay, product);
  // What the payment itself tells has gone out, by the real queue, and its outcome is noted, before anything is counted.
  await vi.waitFor(() => expect(world.received.some(({ body }) => body.includes(payment.id))).toBe(true));
  await world.settle();
  await leaveToQueue(true);
  return record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: `${crypto.randomUUID()}@readers.dev` });
    await refundNewestOrder(world);
  });
}

describe('a webhook', () => {
  it('takes two round trips to D1 and at most one queue send, whatever it tells', async () => {
    const story = await refundedPurchase();
    expect(story.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['order.paid', 'benefit_grant.created', 'refund.created']),
    );
    for (const told of story) {
      const { spent, status, body } = await deliverCounted(told);
      expect([told.type, status, body['status']]).toEqual([told.type, 200, 'applied']);
      const counts = { ...nothing, roundTrips: 2, queueSends: spent.queueSends };
      expect([told.type, withoutRows(spent)]).toEqual([told.type, counts]);
      const isPaid = told.type === 'order.paid';
      expectWithin(
        isPaid
          ? 'webhook: `order.paid`, after `order.created`'
          : 'webhook: any other of a purchase or a refund',
        spent,
      );
      if (isPaid) expect(spent.queueSends).toBe(1);
    }
  });

  it('is within its budget when it is the first word of an order', async () => {
    const told = (await refundedPurchase()).find(({ type }) => type === 'order.paid');
    if (!told) throw new Error('Polar told of no payment');
    const { spent, body } = await deliverCounted(told);
    expect(body['status']).toBe('applied');
    expectWithin('webhook: `order.paid`, first word of an order', spent);
  });

  it('takes one round trip to D1 and nothing else when it comes again', async () => {
    const [told] = await refundedPurchase();
    if (!told) throw new Error('Polar told nothing');
    await deliverCounted(told);
    const { spent, body } = await deliverCounted(told);
    expect(body['status']).toBe('duplicate');
    expect(withoutRows(spent)).toEqual({ ...nothing, roundTrips: 1 });
    expectWithin('webhook that came before', spent);
  });
});

/** One message, consumed and counted. */
async function consume(body: WorkMessage): Promise<Counting> {
  const ack = vi.fn();
  const batch = {
    queue: 'floe-work',
    messages: [{ id: '1', timestamp: new Date(), body, attempts: 1, ack, retry: ack }],
  };
  const counting = countingBindings();
  await spend(counting, (context) =>
    worker.queue(batch as unknown as Parameters<typeof worker.queue>[0], counting.bindings, context),
  );
  return counting;
}

describe('a batch of deliveries', () => {
  it.each([1, 6])('of %i takes two round trips to D1 and one request each', async (size) => {
    const due: string[] = [];
    for (const told of await refundedPurchase()) {
      const { messages } = await deliverCounted(told);
      for (const message of messages) if (message.type === 'deliver') due.push(...message.deliveryIds);
    }
    expect(due.length).toBeGreaterThanOrEqual(size);
    await leaveToQueue(false);
    const before = world.received.length;
    const counting = await consume({ type: 'deliver', deliveryIds: due.slice(0, size) });
    expect(world.received.length - before).toBe(size);
    expect(withoutRows(counting.spent)).toEqual({ ...nothing, roundTrips: 2, fetches: size });
    expectWithin(size === 1 ? 'delivery: one' : 'delivery: six in a batch', counting.spent);
  });
});

describe('a first attempt', () => {
  it('takes one round trip to D1 and one request behind the answer, and saves the queue send', async () => {
    for (const told of await refundedPurchase()) {
      if (told.type !== 'order.paid') continue;
      await leaveToQueue(false);
      let atAnswer = { ...nothing };
      const counting = countingBindings();
      const signed = await sign(told);
      await spend(counting, async (context) => {
        const answer = await worker.fetch(signed as Incoming, counting.bindings, context);
        atAnswer = { ...counting.spent };
        return answer;
      });
      const { spent } = counting;
      expect(atAnswer.roundTrips).toBe(2);
      expect(spent.fetches).toBeGreaterThan(0);
      expect(counting.messages.filter(({ type }) => type === 'deliver')).toEqual([]);
      const behind = {
        ...nothing,
        roundTrips: spent.roundTrips - atAnswer.roundTrips,
        statements: spent.statements - atAnswer.statements,
        rowsRead: (spent.rowsRead - atAnswer.rowsRead) / spent.fetches,
        rowsWritten: (spent.rowsWritten - atAnswer.rowsWritten) / spent.fetches,
      };
      expectWithin('delivery: first attempt by the request that tells it', behind);
    }
  });
});

describe('a payment', () => {
  const pay = (productId: string, headers?: Record<string, string>) =>
    ask(requestOf('POST', '/v1/payments', { method: 'polar', product_id: productId }, headers));

  beforeEach(async () => {
    await warmKey();
    await leaveToQueue(true);
  });

  it.each([{}, { 'idempotency-key': crypto.randomUUID() }])(
    'takes two round trips to D1 and one call of Polar (%j)',
    async (headers) => {
      const { spent, status } = await pay(product, headers);
      expect(status).toBe(201);
      // Its `payment.pending` is on its way to the app's endpoint.
      const counts = { ...nothing, roundTrips: 2, fetches: 1, queueSends: spent.queueSends };
      expect(withoutRows(spent)).toEqual(counts);
      expectWithin(
        'idempotency-key' in headers ? 'payment created, with an `Idempotency-Key`' : 'payment created',
        spent,
      );
    },
  );

  it('that is answered again takes one round trip and does not call Polar', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const first = await pay(product, headers);
    const again = await pay(product, headers);
    expect(again.body).toEqual(first.body);
    expect(withoutRows(again.spent)).toEqual({ ...nothing, roundTrips: 1 });
    expectWithin('payment answered again', again.spent);
  });

  it('for a product never seen takes one more call of Polar', async () => {
    const unseen = await unseenProduct();
    const { spent, status } = await pay(unseen);
    expect(status).toBe(201);
    expect(spent.fetches).toBe(2);
    // Learning the product applies it like any other news of Polar's: once for each product.
    expect(spent.roundTrips).toBe(2 + 3);
    expectWithin('payment for a product never seen', spent);
    expect((await pay(unseen)).spent).toMatchObject({ roundTrips: 2, fetches: 1 });
  });
});

describe('the feed', () => {
  let reader: TestApp;
  const askAsReader = (method: string, path: string, body?: object) =>
    ask(requestOf(method, path, body, { authorization: `Bearer ${reader.secretKey}` }));
  const read = (query: string) => askAsReader('GET', `/v1/events?${query}`);

  beforeEach(async () => {
    // Nobody is to be sent all that is told here.
    reader = await world.createApp({ product: crypto.randomUUID().slice(0, 8), webhook: false });
    await tellMany(
      reader,
      Array.from({ length: 1_500 }, (_, at) => (at % 50 === 0 ? 'refund.created' : 'grant.created')),
    );
    // Has this isolate remember the key.
    await read('after=0');
  });
  // What the cron may read, below, is counted with one app.
  afterEach(() =>
    env.DB.batch(
      ['cursors', 'events', 'api_keys']
        .map((table) => env.DB.prepare(`delete from ${table} where app_id = ?`).bind(reader.id))
        .concat(env.DB.prepare('delete from apps where id = ?').bind(reader.id)),
    ),
  );

  it('takes one round trip for a page, and one a second while it waits', async () => {
    const page = await read('after=0');
    expect(page.body['data']).toHaveLength(20);
    expectWithin('feed: a page of 20 events', page.spent);
    const last = Number(page.body['last_sequence']);
    const filtered = await read(`after=${last - 1_001}&types=refund.created,dispute.*`);
    expect(filtered.body['data']).toHaveLength(20);
    expectWithin('feed: a page of 20 of one type, among a thousand', filtered.spent);
    const nothingNew = await read(`after=${last}`);
    expect(withoutRows(nothingNew.spent)).toEqual({ ...nothing, roundTrips: 1 });
    expectWithin('feed: nothing new', nothingNew.spent);
    expectWithin('feed: nothing new, a second waited', (await read(`after=${last}&wait=1`)).spent);
  });

  it('takes one row written for a cursor that moves', async () => {
    const move = (sequence: number, expected: number | null) =>
      askAsReader('PUT', '/v1/cursors/budget', { sequence, expected });
    await move(1, null);
    const { spent, body } = await move(2, 1);
    expect(body['sequence']).toBe(2);
    expect(withoutRows(spent)).toEqual({ ...nothing, roundTrips: 1 });
    expectWithin('cursor moved', spent);
  });
});

describe('what is done behind requests', () => {
  it('refreshes a cached token within its budget', async () => {
    const customer = await makeBuyer();
    await ask(check(customer));
    const { spent } = await consume({
      type: 'refresh',
      appId: quay.id,
      customerIds: [customer],
      paymentIds: [],
    });
    expect(spent.kvWrites).toBe(1);
    expectWithin('cached token refreshed', spent);
  });

  it('finds nothing due within its budget', async () => {
    const controller = { cron: '* * * * *', scheduledTime: Date.now() } as ScheduledController;
    const run = (counting: ReturnType<typeof countingBindings>) =>
      spend(counting, async (context) => worker.scheduled(controller, counting.bindings, context));
    // An isolate's first run notes which secrets it has.
    await run(countingBindings());
    const counting = countingBindings();
    await run(counting);
    expect(counting.messages).toEqual([]);
    expectWithin('cron, nothing due', counting.spent);
  });
});

/** A product of Polar's whose webhooks were lost. */
async function unseenProduct(): Promise<string> {
  let id = '';
  await record(world, async () => {
    id = (await world.createProduct({ name: 'quay:unseen' })).id;
  });
  return id;
}

describe('what an isolate remembers', () => {
  const limits = { maxEntries: 100, maxBytes: 10_000, ttlMs: 1_000 };
  const filled = (count: number, bytes: number) => {
    const cache = new MemoryCache<number>(limits);
    for (let i = 0; i < count; i++) cache.set(`key-${i}`, i, bytes, 0);
    return cache;
  };

  it('is bounded in entries, and the oldest use goes first', () => {
    const cache = filled(100, 1);
    cache.get('key-0', 0);
    cache.set('one more', 0, 1, 0);
    expect(cache.size).toEqual({ entries: 100, bytes: 100 });
    expect(cache.get('key-0', 0)).toBe(0);
    expect(cache.get('key-1', 0)).toBeUndefined();
    for (let i = 0; i < 10_000; i++) cache.set(`flood-${i}`, i, 1, 0);
    expect(cache.size.entries).toBe(100);
  });

  it('is bounded in bytes', () => {
    expect(filled(10_000, 1_000).size).toEqual({ entries: 10, bytes: 10_000 });
  });

  it('takes nothing that is larger than all of it', () => {
    const cache = filled(1, 10_001);
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  });

  it('counts a value that is replaced once, and one that ran out not at all', () => {
    const cache = filled(1, 100);
    cache.set('key-0', 1, 300, 0);
    expect(cache.size).toEqual({ entries: 1, bytes: 300 });
    expect(cache.get('key-0', limits.ttlMs)).toBeUndefined();
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  });
});
