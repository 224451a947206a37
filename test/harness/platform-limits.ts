import { AsyncLocalStorage } from 'node:async_hooks';
import type { Bindings } from '../../src/base/config.ts';
import { FloeAccess } from '../../src/rpc.ts';
import gateway from '../../src/index.ts';

/*
 * What Cloudflare allows one invocation (a request, a queue batch, a cron run, an RPC call) and the local platform does
 * not enforce. Every test in workerd runs under these limits without doing anything: `setup.ts` puts the gateway's handlers
 * under them. What goes past a limit fails as it does at Cloudflare, and fails the test, whoever catches the error.
 * By default half of each counted limit is all there is, so that a flow has room to grow; `FLOE_LIMIT_SHARE=1` gives the whole.
 *
 * Sources: developers.cloudflare.com/workers/platform/limits, …/d1/platform/limits, …/queues/platform/limits, …/kv/platform/limits.
 */

/** Per invocation, on the paid plan. */
const LIMITS = {
  /** Each statement of a batch counts. */
  d1Statements: 1_000,
  /** Fetches, and calls of D1, KV and Queues. Newer accounts have 10,000; the older number is kept to. */
  subrequests: 1_000,
  kvOperations: 1_000,
};
/** More requests than this wait until one has got its headers. Calls of KV and Queues count too. */
const CONNECTIONS = 6;
const D1_PARAMETERS = 100;
const D1_STATEMENT_BYTES = 100_000;
const D1_VALUE_BYTES = 1_000_000;
const QUEUE_BATCH_MESSAGES = 100;
const QUEUE_BATCH_BYTES = 256_000;
const QUEUE_MESSAGE_BYTES = 128_000;
const KV_VALUE_BYTES = 25 * 1024 * 1024;

export interface Invocation {
  name: string;
  d1Statements: number;
  subrequests: number;
  kvOperations: number;
  /** The most connections that wanted to wait for headers at once. */
  mostConnections: number;
  writtenKeys: Set<string>;
  open: number;
  waiting: (() => void)[];
}

const current = new AsyncLocalStorage<Invocation>();
const violations: string[] = [];
let share = 1;
/** Invocations since `watchInvocations`; nothing is kept while nobody watches. */
let watched: Invocation[] | undefined;

/** Runs `run` and gives the invocations that began meanwhile, with what each has used by then. */
export async function watchInvocations(
  run: (soFar: readonly Invocation[]) => Promise<unknown>,
): Promise<Invocation[]> {
  const mine: Invocation[] = [];
  watched = mine;
  try {
    await run(mine);
  } finally {
    watched = undefined;
  }
  return mine;
}

/** What went past a limit since this was last asked. */
export function takeViolations(): string[] {
  return violations.splice(0);
}

/** Fails as the platform does, and is remembered: a flow that catches it passes no test by that. */
function refuse(message: string): never {
  violations.push(message);
  throw new Error(message);
}

function count(key: keyof typeof LIMITS, by = 1): void {
  const invocation = current.getStore();
  if (!invocation) return;
  invocation[key] += by;
  const limit = LIMITS[key] * share;
  if (invocation[key] > limit)
    refuse(`${invocation.name}: more than ${limit} ${key} in one invocation (${invocation[key]})`);
}

/** One of six connections, until `run` has its answer's headers. */
async function connect<T>(run: () => Promise<T>): Promise<T> {
  count('subrequests');
  const invocation = current.getStore();
  if (!invocation) return run();
  const turn =
    invocation.open < CONNECTIONS
      ? Promise.resolve(void (invocation.open += 1))
      : new Promise<void>((resolve) => {
          invocation.waiting.push(resolve);
        });
  invocation.mostConnections = Math.max(
    invocation.mostConnections,
    invocation.open + invocation.waiting.length,
  );
  await turn;
  try {
    return await run();
  } finally {
    // Whoever waits takes over the place.
    const next = invocation.waiting.shift();
    if (next) next();
    else invocation.open -= 1;
  }
}

/** An outgoing request, made by `run`. */
export function countFetch<T>(run: () => Promise<T>): Promise<T> {
  return connect(run);
}

const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

function limitStatement(statement: D1PreparedStatement, query: string): D1PreparedStatement {
  if (byteLength(query) > D1_STATEMENT_BYTES) refuse(`a statement of ${byteLength(query)} bytes`);
  const counted = <T>(run: () => T): T => {
    count('d1Statements');
    count('subrequests');
    return run();
  };
  const limited = {
    bind: (...values: unknown[]) => {
      if (values.length > D1_PARAMETERS) refuse(`${values.length} bound parameters: ${query.slice(0, 100)}`);
      for (const value of values)
        if (
          typeof value === 'string' &&
          value.length > D1_VALUE_BYTES / 4 &&
          byteLength(value) > D1_VALUE_BYTES
        )
          refuse(`a bound value of ${byteLength(value)} bytes: ${query.slice(0, 100)}`);
      return limitStatement(statement.bind(...values), query);
    },
    first: (column?: string) =>
      counted(() => (column === undefined ? statement.first() : statement.first(column))),
    run: () => counted(() => statement.run()),
    all: () => counted(() => statement.all()),
    raw: (options?: { columnNames: true }) =>
      counted(() => (options ? statement.raw(options) : statement.raw())),
  } as unknown as D1PreparedStatement;
  originals.set(limited, statement);
  return limited;
}

function limitDatabase(database: () => D1Database): D1Database {
  return {
    prepare: (query: string) => limitStatement(database().prepare(query), query),
    batch: (statements: D1PreparedStatement[]) => {
      count('d1Statements', statements.length);
      count('subrequests');
      return database().batch(statements.map((statement) => originals.get(statement) ?? statement));
    },
  } as unknown as D1Database;
}

function limitKv(kv: () => KVNamespace): KVNamespace {
  const used = <T>(run: () => Promise<T>) => {
    count('kvOperations');
    return connect(run);
  };
  return {
    get: (...args: Parameters<KVNamespace['get']>) => used(() => kv().get(...args)),
    getWithMetadata: (...args: Parameters<KVNamespace['getWithMetadata']>) =>
      used(() => kv().getWithMetadata(...args)),
    list: (options?: KVNamespaceListOptions) => used(() => kv().list(options)),
    delete: (key: string) => used(() => kv().delete(key)),
    put: (key: string, value: string, options?: KVNamespacePutOptions) => {
      const written = current.getStore()?.writtenKeys;
      // A second write within the second is refused, and an invocation has no reason to make one.
      if (written?.has(key)) refuse(`${current.getStore()?.name}: two writes of one KV key`);
      written?.add(key);
      if (byteLength(value) > KV_VALUE_BYTES) refuse(`a KV value of ${byteLength(value)} bytes`);
      return used(() => kv().put(key, value, options));
    },
  } as unknown as KVNamespace;
}

function limitQueue<Body>(queue: () => Queue<Body>): Queue<Body> {
  return {
    send: (body: Body, options?: QueueSendOptions) => {
      checkMessages([body]);
      return connect(() => queue().send(body, options));
    },
    sendBatch: (messages: Iterable<MessageSendRequest<Body>>, options?: QueueSendBatchOptions) => {
      const batch = [...messages];
      checkMessages(batch.map(({ body }) => body));
      return connect(() => queue().sendBatch(batch, options));
    },
  } as unknown as Queue<Body>;
}

function checkMessages(bodies: readonly unknown[]): void {
  const sizes = bodies.map((body) => byteLength(JSON.stringify(body)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (bodies.length > QUEUE_BATCH_MESSAGES) refuse(`${bodies.length} queue messages at once`);
  if (total > QUEUE_BATCH_BYTES) refuse(`queue messages of ${total} bytes at once`);
  if (sizes.some((size) => size > QUEUE_MESSAGE_BYTES))
    refuse(`a queue message of ${Math.max(...sizes)} bytes`);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** One for each, so that what the gateway remembers by its bindings stays remembered. */
const limitedBindings = new WeakMap<Bindings, Bindings>();

export function limitBindings(bindings: Bindings): Bindings {
  const known = limitedBindings.get(bindings);
  if (known) return known;
  // Each looks its binding up when it is used: tests replace them.
  const limited: Partial<Bindings> = {
    DB: limitDatabase(() => bindings.DB),
    ENTITLEMENTS: limitKv(() => bindings.ENTITLEMENTS),
    WORK: limitQueue(() => bindings.WORK),
    WORK_SLOW: limitQueue(() => bindings.WORK_SLOW),
  };
  const proxy = new Proxy(bindings, {
    get: (target, key) => Reflect.get(key in limited ? limited : target, key),
  });
  limitedBindings.set(bindings, proxy);
  return proxy;
}

export function invoke<T>(name: string, run: () => T): T {
  const invocation: Invocation = {
    name,
    d1Statements: 0,
    subrequests: 0,
    kvOperations: 0,
    mostConnections: 0,
    writtenKeys: new Set(),
    open: 0,
    waiting: [],
  };
  watched?.push(invocation);
  return current.run(invocation, run);
}

/** Puts the gateway's handlers under the limits: `given` is the share of each that an invocation may use. */
export function enforceLimits(given: number): void {
  share = given;
  const { fetch, queue, scheduled } = gateway;
  Object.assign(gateway, {
    fetch: (...[request, env, context]: Parameters<typeof fetch>) =>
      invoke(`${request.method} ${new URL(request.url).pathname}`, () =>
        fetch(request, limitBindings(env), context),
      ),
    queue: (...[batch, env, context]: Parameters<typeof queue>) =>
      invoke(`${batch.queue}: ${batch.messages.map(({ body }) => body.type).join(' ')}`, () =>
        queue(batch, limitBindings(env), context),
      ),
    scheduled: (...[controller, env, context]: Parameters<typeof scheduled>) =>
      invoke('cron', () => scheduled(controller, limitBindings(env), context)),
  });
  for (const method of ['check', 'session', 'entitlements'] as const) {
    const call = FloeAccess.prototype[method] as (this: FloeAccess, asked: never) => unknown;
    Object.assign(FloeAccess.prototype, {
      [method](this: FloeAccess, asked: never) {
        const limited = new Proxy(this, {
          get: (target, key) =>
            key === 'env' ? limitBindings(target['env']) : (Reflect.get(target, key, target) as unknown),
        });
        return invoke(`FloeAccess.${method}`, () => call.call(limited, asked));
      },
    });
  }
}
