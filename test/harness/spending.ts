import type { Bindings } from '../../src/base/config.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { meterDatabase } from './metered.ts';

/** What an invocation uses of D1, KV and the queues, counted as Cloudflare bills it; round trips and sends are time. */
export interface Spending {
  /** Each of a batch counts. */
  statements: number;
  /** Calls of D1. A batch is one. */
  roundTrips: number;
  /** From D1's own `meta`: with the rows that a statement went through and did not give. */
  rowsRead: number;
  /** From D1's own `meta`: each index of a row that changes is a row more. */
  rowsWritten: number;
  /** Each key of a read counts. */
  kvReads: number;
  kvWrites: number;
  /** Calls of a queue. */
  queueSends: number;
  /** Operations of writing: one for each message and 64 KB of it. */
  queueWrites: number;
}

export const NOTHING_SPENT: Spending = {
  statements: 0,
  roundTrips: 0,
  rowsRead: 0,
  rowsWritten: 0,
  kvReads: 0,
  kvWrites: 0,
  queueSends: 0,
  queueWrites: 0,
};

/** The same bindings, with what they are used for added to `spent`. What is not counted here is not there, and throws. */
export function countBindings<Env extends Bindings>(env: Env, spent: Spending): Env {
  return {
    ...env,
    DB: countDatabase(env.DB, spent),
    ENTITLEMENTS: countKv(env.ENTITLEMENTS, spent),
    WORK: countQueue(env.WORK, spent),
    WORK_SLOW: countQueue(env.WORK_SLOW, spent),
  };
}

function countDatabase(database: D1Database, spent: Spending): D1Database {
  return meterDatabase(database, (costs) => {
    spent.roundTrips += 1;
    spent.statements += costs.length;
    for (const { rowsRead, rowsWritten } of costs) {
      spent.rowsRead += rowsRead;
      spent.rowsWritten += rowsWritten;
    }
  });
}

function countKv(kv: KVNamespace, spent: Spending): KVNamespace {
  return {
    get: (...args: Parameters<KVNamespace['get']>) => {
      const [keys] = args as [string | string[]];
      spent.kvReads += Array.isArray(keys) ? keys.length : 1;
      return kv.get(...args);
    },
    put: (...args: Parameters<KVNamespace['put']>) => {
      spent.kvWrites += 1;
      return kv.put(...args);
    },
  } as unknown as KVNamespace;
}

/** What Cloudflare counts as one operation; it adds about a hundred bytes to each message. */
const OPERATION_BYTES = 64_000;
const METADATA_BYTES = 100;

/** How many operations it takes to write, to read or to delete a message. */
export function countOperations(body: unknown): number {
  const bytes = new TextEncoder().encode(JSON.stringify(body)).length;
  return Math.ceil((bytes + METADATA_BYTES) / OPERATION_BYTES);
}

function countQueue(queue: Queue<WorkMessage>, spent: Spending): Queue<WorkMessage> {
  return {
    sendBatch: (...[messages, options]: Parameters<Queue<WorkMessage>['sendBatch']>) => {
      const batch = [...messages];
      spent.queueSends += 1;
      for (const { body } of batch) spent.queueWrites += countOperations(body);
      return queue.sendBatch(batch, options);
    },
  } as unknown as Queue<WorkMessage>;
}
