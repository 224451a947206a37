import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { MemoryCache } from '../../src/base/memory.ts';
import { forgetAllTokens } from '../../src/access/token-cache.rows.ts';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { record, startPayment, type Told } from '../harness/story.ts';
import { expectDescribed } from '../harness/described.ts';

/*
 * What one request may ask of D1, KV, the queues, Polar and receivers, as `docs/limits.md` lists it, counted. Times
 * depend on the machine, counts do not. The look-up of the caller's key is remembered for up to 30 s and is no part of
 * the budgets, so `warmKey` makes it first.
 */

interface Spent {
  d1: number;
  kvReads: number;
  kvWrites: number;
  queueSends: number;
  fetches: number;
  /** Ed25519 signatures, the tokens'. Webhooks are HMACs. */
  signed: number;
  verified: number;
}

const nothing: Spent = { d1: 0, kvReads: 0, kvWrites: 0, queueSends: 0, fetches: 0, signed: 0, verified: 0 };

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
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const countStatement = (statement: D1PreparedStatement): D1PreparedStatement => {
    const counted = {
      bind: (...values: unknown[]) => countStatement(statement.bind(...values)),
      first: (column?: string) => (
        (spent.d1 += 1),
        column === undefined ? statement.first() : statement.first(column)
      ),
      run: () => ((spent.d1 += 1), statement.run()),
      all: () => ((spent.d1 += 1), statement.all()),
      raw: () => ((spent.d1 += 1), statement.raw()),
    } as unknown as D1PreparedStatement;
    originals.set(counted, statement);
    return counted;
  };
  const queue = {
    sendBatch: (batch: Iterable<{ body: WorkMessage }>) => {
      spent.queueSends += 1;
      const bodies = Array.from(batch, ({ body }) => body);
      messages.push(...bodies);
      heldBack.push(...bodies);
      return Promise.resolve();
    },
  };
  const bindings = {
    ...env,
    DB: {
      prepare: (query: string) => countStatement(env.DB.prepare(query)),
      batch: (statements: D1PreparedStatement[]) => {
        spent.d1 += 1;
        return env.DB.batch(statements.map((statement) => originals.get(statement) ?? statement));
      },
    },
    ENTITLEMENTS: {
      get: (key: string) => ((spent.kvReads += 1), env.ENTITLEMENTS.get(key)),
      put: async (key: string, value: string, options: KVNamespacePutOptions) => {
        spent.kvWrites += 1;
        await kvWritable;
        await env.ENTITLEMENTS.put(key, value, options);
      },
    },
    WORK: queue,
    WORK_SLOW: queue,
  };
  return { spent, messages, bindings: bindings as unknown as Bindings };
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

afterEach(async () => {
  vi.restoreAllMocks();
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
  });

  it('that is a yes from KV takes one read and one verification, and signs nothing', async () => {
    await ask(check(customer));
    forgetAllTokens();
    const warm = await ask(check(customer));
    expect(warm.body['allow']).toBe(true);
    expect(warm.spent).toEqual({ ...nothing, kvReads: 1, verified: 1 });
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
    expect(counting.spent).toEqual({ ...nothing, d1: 1, kvReads: 1, kvWrites: 1, signed: 1 });
  });

  it.each(['', '&max_age=0'])(
    'that is a no takes one round trip to D1 and at most one KV write (%s)',
    async (more) => {
      await ask(check(customer));
      const { spent, body } = await ask(check(customer, 'content:blog/none', more));
      expect(body['allow']).toBe(false);
      expect(spent.d1).toBe(1);
      expect(spent.kvReads).toBeLessThanOrEqual(1);
      expect(spent.kvWrites).toBeLessThanOrEqual(1);
    },
  );

  it('of somebody unknown takes one round trip to D1, and neither signs nor writes', async () => {
    const { spent, body } = await ask(check(crypto.randomUUID()));
    expect(body['reason']).toBe('unknown_customer');
    expect(spent).toEqual({ ...nothing, d1: 1, kvReads: 1 });
  });
});

async function deliverCounted(told: Told) {
  const headers = await world.simulator.sign(
    world.polarEndpoints.sandbox,
    told.webhookId,
    told.body,
    Date.now(),
  );
  const request = new Request(`${GATEWAY_URL}/webhooks/polar`, {
    method: 'POST',
    body: told.body,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  return ask(request);
}

/** What Polar tells of a purchase that is refunded again. */
async function refundedPurchase(): Promise<Told[]> {
  const payment = await startPayment(quay, product);
  // What the payment itself tells has gone out, by the real queue, before anything is counted.
  await vi.waitFor(() => expect(world.received.some(({ body }) => body.includes(payment.id))).toBe(true));
  return record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: `${crypto.randomUUID()}@readers.dev` });
    const page = await world.polar<{ items: { id: string; net_amount: number }[] }>(
      'sandbox',
      'GET',
      '/v1/orders/?limit=1',
    );
    const [order] = page.items;
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: order?.id,
      amount: order?.net_amount,
      reason: 'other',
    });
    await world.simulator.settle();
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
      expect([told.type, spent]).toEqual([told.type, { ...nothing, d1: 2, queueSends: spent.queueSends }]);
      expect(spent.queueSends).toBeLessThanOrEqual(1);
      if (told.type === 'order.paid') expect(spent.queueSends).toBe(1);
    }
  });

  it('takes one round trip to D1 and nothing else when it comes again', async () => {
    const [told] = await refundedPurchase();
    if (!told) throw new Error('Polar told nothing');
    await deliverCounted(told);
    const { spent, body } = await deliverCounted(told);
    expect(body['status']).toBe('duplicate');
    expect(spent).toEqual({ ...nothing, d1: 1 });
  });
});

describe('a batch of deliveries', () => {
  it.each([1, 6])('of %i takes two round trips to D1 and one request each', async (size) => {
    const due: string[] = [];
    for (const told of await refundedPurchase()) {
      const { messages } = await deliverCounted(told);
      for (const message of messages) if (message.type === 'deliver') due.push(...message.deliveryIds);
    }
    expect(due.length).toBeGreaterThanOrEqual(size);
    const body: WorkMessage = { type: 'deliver', deliveryIds: due.slice(0, size) };
    const ack = vi.fn();
    const batch = {
      queue: 'floe-work',
      messages: [{ id: '1', timestamp: new Date(), body, attempts: 1, ack, retry: ack }],
    };
    const counting = countingBindings();
    const before = world.received.length;
    await spend(counting, (context) =>
      worker.queue(batch as unknown as Parameters<typeof worker.queue>[0], counting.bindings, context),
    );
    expect(world.received.length - before).toBe(size);
    expect(counting.spent).toEqual({ ...nothing, d1: 2, fetches: size });
  });
});

describe('a payment', () => {
  const pay = (productId: string, headers?: Record<string, string>) =>
    ask(requestOf('POST', '/v1/payments', { method: 'polar', product_id: productId }, headers));

  beforeEach(warmKey);

  it.each([{}, { 'idempotency-key': crypto.randomUUID() }])(
    'takes two round trips to D1 and one call of Polar (%j)',
    async (headers) => {
      const { spent, status } = await pay(product, headers);
      expect(status).toBe(201);
      expect({ ...spent, queueSends: 0 }).toEqual({ ...nothing, d1: 2, fetches: 1 });
      // Its `payment.pending` is on its way to the app's endpoint.
      expect(spent.queueSends).toBeLessThanOrEqual(1);
    },
  );

  it('that is answered again takes one round trip and does not call Polar', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const first = await pay(product, headers);
    const again = await pay(product, headers);
    expect(again.body).toEqual(first.body);
    expect(again.spent).toEqual({ ...nothing, d1: 1 });
  });

  it('for a product never seen takes one more call of Polar', async () => {
    const unseen = await unseenProduct();
    const { spent, status } = await pay(unseen);
    expect(status).toBe(201);
    expect(spent.fetches).toBe(2);
    // Learning the product applies it like any other news of Polar's: once for each product.
    expect(spent.d1).toBe(2 + 3);
    expect((await pay(unseen)).spent).toMatchObject({ d1: 2, fetches: 1 });
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
