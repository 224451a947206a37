import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import worker from '../../src/index.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { fetchGateway } from '../harness/front-door.ts';
import { GATEWAY_URL } from '../harness/harness.ts';

/*
 * Invocations that die at their n-th call of the outside (D1, the queue, Polar), before it took effect or after it, and a
 * Polar whose answers get lost, that fails, or that is slower than whoever waits for it.
 */

/** Undefined: it lives. */
export type Death = { call: number; after: boolean } | undefined;

/** What becomes of one call of Polar. `late`: nobody waits any more, and Polar does it minutes later. */
export type Fate =
  | { is: 'ok' | 'lost_before' | 'lost_after' | 'fails_before' | 'fails_after' }
  | { is: 'late'; minutes: number };

class Killed extends Error {}

/** One invocation of the Worker. */
export class Invocation {
  isDead = false;
  readonly #dies: Death;
  #calls = 0;

  constructor(dies: Death) {
    this.#dies = dies;
  }

  async step<T>(act: () => Promise<T>): Promise<T> {
    if (this.isDead) throw new Killed();
    this.#calls += 1;
    const isLast = this.#dies?.call === this.#calls;
    if (isLast && !this.#dies?.after) {
      this.isDead = true;
      throw new Killed();
    }
    const result = await act();
    if (!isLast) return result;
    this.isDead = true;
    throw new Killed();
  }

  /** Bindings by which it dies. What it sends to queues goes to `sent`. */
  bindings(sent: WorkMessage[]): Bindings {
    const originals = new WeakMap<object, D1PreparedStatement>();
    const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
      const wrapped = {
        bind: (...values: unknown[]) => wrap(statement.bind(...values)),
        all: () => this.step(() => statement.all()),
        run: () => this.step(() => statement.run()),
        raw: (options?: { columnNames: true }) =>
          this.step(() => (options ? statement.raw(options) : statement.raw())),
      } as unknown as D1PreparedStatement;
      originals.set(wrapped, statement);
      return wrapped;
    };
    const queue = {
      sendBatch: (messages: { body: WorkMessage }[]) =>
        this.step(() => Promise.resolve(void sent.push(...messages.map(({ body }) => body)))),
    };
    const DB = {
      prepare: (query: string) => wrap(env.DB.prepare(query)),
      batch: (statements: D1PreparedStatement[]) =>
        this.step(() => env.DB.batch(statements.map((each) => originals.get(each) ?? each))),
    };
    return { ...env, DB, WORK: queue, WORK_SLOW: queue } as unknown as Bindings;
  }
}

/** Polar as invocations meet it, between them and the simulator. */
export class FaultyPolar {
  /** Of the next calls, in order; after them all is well. */
  fates: Fate[] = [];
  /** Whose calls these are; undefined while several run at once. */
  invocation: Invocation | undefined;
  /** Polar’s lists of refunds are empty: as if nobody looked at them. */
  isBlind = false;
  readonly #real = globalThis.fetch;
  /** As data: a request belongs to the invocation that made it. */
  readonly #late: { url: string; init: RequestInit; dueAt: number }[] = [];

  constructor() {
    vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      return request.url.startsWith(`${SANDBOX_API_URL}/v1/`) ? this.#meet(request) : this.#real(request);
    });
  }

  get hasLate(): boolean {
    return this.#late.length > 0;
  }

  async #meet(request: Request): Promise<Response> {
    const invocation = this.invocation ?? new Invocation(undefined);
    return invocation.step(() => this.#answer(request));
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (this.isBlind && request.method === 'GET' && pathname === '/v1/refunds/')
      return Response.json({ items: [], pagination: { total_count: 0, max_page: 0 } });
    const fate = this.fates.shift() ?? { is: 'ok' };
    switch (fate.is) {
      case 'ok':
        return this.#real(request);
      case 'lost_before':
        throw new TypeError('fetch failed');
      case 'lost_after':
        await this.#real(request);
        throw new TypeError('fetch failed');
      case 'fails_before':
        return Response.json({ error: 'InternalServerError', detail: '' }, { status: 500 });
      case 'fails_after':
        await this.#real(request);
        return Response.json({ error: 'InternalServerError', detail: '' }, { status: 502 });
      case 'late':
        if (request.method === 'GET') return this.#real(request);
        this.#late.push({
          url: request.url,
          init: {
            method: request.method,
            headers: [...request.headers],
            body: await request.text(),
          },
          dueAt: Date.now() + fate.minutes * 60_000,
        });
        throw new DOMException('The operation timed out', 'TimeoutError');
    }
  }

  /** Does what was begun and is due by now. */
  async catchUp(): Promise<void> {
    for (const late of this.#late.splice(0)) {
      if (late.dueAt > Date.now()) this.#late.push(late);
      else await this.#real(late.url, late.init);
    }
  }
}

/** An answer of the gateway; undefined when the invocation died, so that nobody got it. */
export interface Heard {
  status: number;
  body: { id?: string; code?: string; status?: string; amount?: number };
}

/** Asks the gateway in an invocation that dies as told. */
export async function askMortal(
  invocation: Invocation,
  request: { path: string; key: string; body: object; idempotencyKey: string | undefined },
  sent: WorkMessage[],
): Promise<Heard | undefined> {
  const response = await fetchGateway(
    new Request(GATEWAY_URL + request.path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${request.key}`,
        'content-type': 'application/json',
        ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
      },
      body: JSON.stringify(request.body),
    }),
    invocation.bindings(sent),
  );
  if (invocation.isDead) return undefined;
  return { status: response.status, body: await response.json() };
}

/** Consumes messages of the queue, each in an invocation of its own, which may die. */
export async function consumeMortal(
  invocation: Invocation,
  message: WorkMessage,
  sent: WorkMessage[],
): Promise<void> {
  const context = createExecutionContext();
  const batch = {
    queue: 'floe-work',
    messages: [
      {
        id: '1',
        timestamp: new Date(),
        body: message,
        attempts: 1,
        ack: () => undefined,
        retry: () => undefined,
      },
    ],
  } as unknown as Parameters<typeof worker.queue>[0];
  await worker.queue(batch, invocation.bindings(sent), context).catch(() => undefined);
  await waitOnExecutionContext(context).catch(() => undefined);
}

/** What cron does each minute. */
export async function sweepMortal(invocation: Invocation, sent: WorkMessage[]): Promise<void> {
  const context = createExecutionContext();
  const controller = {
    scheduledTime: Date.now(),
    cron: '* * * * *',
    noRetry: () => undefined,
    type: 'scheduled',
  };
  await worker.scheduled(controller, invocation.bindings(sent), context);
  await waitOnExecutionContext(context).catch(() => undefined);
}
