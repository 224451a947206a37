import { env } from 'cloudflare:workers';
import type { Bindings } from '../../src/base/config.ts';
import { GATEWAY_URL } from './harness.ts';
import { fetchGateway } from './front-door.ts';

/* Invocations whose n-th call of D1 fails, before it takes effect or after it: what a failure, or a crash, leaves. */

/** `call`: from 1. `after`: it was committed, and its answer was lost. */
export interface Failure {
  call: number;
  after: boolean;
}

interface Interrupted {
  /** How many calls of D1 were made. */
  calls: number;
  /** Whether the call that was to fail was made at all. */
  hasFailed: boolean;
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/**
 * A D1 that fails as told; from then on nothing reaches it (`isCrash`), or all else does. A statement that is prepared
 * counts when it runs.
 */
export function failingDatabase(failure: Failure | undefined, isCrash: boolean) {
  const state = { calls: 0, hasFailed: false };
  const DB = databaseInSteps(async (act) => {
    if (state.hasFailed && isCrash) throw new Error('D1_ERROR: this invocation has crashed');
    state.calls += 1;
    if (state.calls !== failure?.call) return act();
    state.hasFailed = true;
    if (failure.after) await act();
    throw new Error('D1_ERROR: Network connection lost');
  });
  return { DB, state };
}

/** A D1 each of whose calls is made by `step`. */
export function databaseInSteps(step: <T>(act: () => Promise<T>) => Promise<T>): object {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: () => step(() => statement.all()),
      run: () => step(() => statement.run()),
      raw: (options?: { columnNames: true }) =>
        step(() => (options ? statement.raw(options) : statement.raw())),
      first: (column: string) => step(() => statement.first(column)),
    } as unknown as D1PreparedStatement;
    originals.set(wrapped, statement);
    return wrapped;
  };
  return {
    prepare: (query: string) => wrap(env.DB.prepare(query)),
    batch: (statements: D1PreparedStatement[]) =>
      step(() => env.DB.batch(statements.map((each) => originals.get(each) ?? each))),
  };
}

const LOSING_QUEUE = { sendBatch: () => Promise.resolve(), send: () => Promise.resolve() };

function bindingsWith(DB: object, more: object): Bindings {
  return { ...env, DB, WORK: LOSING_QUEUE, WORK_SLOW: LOSING_QUEUE, ...more } as unknown as Bindings;
}

/** One request to the front door, with a D1 that fails as told and queues that lose every message. `bindings`: others than the tests' own. */
export async function requestInterrupted(
  method: string,
  path: string,
  options: {
    key?: string;
    body?: unknown;
    rawBody?: string;
    headers?: Record<string, string>;
    bindings?: object;
  },
  failure: Failure | undefined,
  isCrash = true,
): Promise<Interrupted> {
  const { DB, state } = failingDatabase(failure, isCrash);
  const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const request = new Request(`${GATEWAY_URL}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'cf-connecting-ip': '203.0.113.7',
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const response = await fetchGateway(request, bindingsWith(DB, options.bindings ?? {}));
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    ...state,
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : {},
  };
}
