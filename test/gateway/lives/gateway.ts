import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Bindings } from '../../../src/base/config.ts';
import type { WorkMessage } from '../../../src/base/messages.ts';
import worker from '../../../src/index.ts';
import { fetchGateway } from '../../harness/front-door.ts';
import { GATEWAY_URL } from '../../harness/harness.ts';

/*
 * The gateway as lives call it: its queue is a list that is worked off at once, so that nothing happens beside a call, and
 * after each batch in which events were told a test can look at what is there at that very point.
 */

export interface Gateway {
  call<T>(method: string, path: string, options?: Options): Promise<Called<T>>;
  /** Does what the queue would do, until nothing is left. */
  work(): Promise<void>;
  /** Does what one message says. */
  consume(message: WorkMessage): Promise<void>;
}

interface Called<T> {
  status: number;
  body: T;
  text: string;
}

interface Options {
  key?: string;
  body?: unknown;
  rawBody?: string;
  headers?: Record<string, string>;
}

/** `onTold` runs after each batch that writes events. */
export function openGateway(onTold: () => Promise<void>): Gateway {
  const waiting: WorkMessage[] = [];
  const queue = {
    send: (body: WorkMessage) => Promise.resolve(void waiting.push(body)),
    sendBatch: (messages: Iterable<{ body: WorkMessage }>) =>
      Promise.resolve(void waiting.push(...[...messages].map(({ body }) => body))),
  };
  const bindings = { ...env, WORK: queue, WORK_SLOW: queue, DB: watch(env.DB, onTold) };

  const consume = async (body: WorkMessage) => {
    const message = {
      id: '1',
      timestamp: new Date(),
      body,
      attempts: 1,
      ack: () => undefined,
      retry: () => undefined,
    };
    const context = createExecutionContext();
    const batch = { queue: 'floe-work', messages: [message] } as unknown as Parameters<
      typeof worker.queue
    >[0];
    await worker.queue(batch, bindings as unknown as Bindings, context);
    await waitOnExecutionContext(context);
  };

  return {
    consume,
    async call(method, path, { key, body, rawBody, headers } = {}) {
      const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
      const request = new Request(`${GATEWAY_URL}${path}`, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
          'cf-connecting-ip': '203.0.113.7',
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      });
      const response = await fetchGateway(request, bindings);
      const answer = await response.text();
      return {
        status: response.status,
        text: answer,
        body: (answer === '' ? undefined : JSON.parse(answer)) as never,
      };
    },
    async work() {
      // A cached token may be old: everything is asked with `max_age` 0. Steps of a comparison wait for their time.
      for (let next = waiting.shift(); next; next = waiting.shift())
        if (next.type !== 'refresh' && next.type !== 'reconcile') await consume(next);
    },
  };
}

/** The same D1; `onTold` runs between a batch that writes events and whoever waits for it. */
function watch(database: D1Database, onTold: () => Promise<void>): D1Database {
  const telling = new WeakSet<D1PreparedStatement>();
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    if (!/insert into events\b/.test(sql)) return statement;
    telling.add(statement);
    const bind = statement.bind.bind(statement);
    statement.bind = (...values: unknown[]) => {
      const bound = bind(...values);
      telling.add(bound);
      return bound;
    };
    return statement;
  };
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await database.batch(statements);
    if (statements.some((statement) => telling.has(statement))) await onTold();
    return results;
  };
  return new Proxy(database, {
    get(target, name) {
      if (name === 'prepare') return prepare;
      if (name === 'batch') return batch;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
