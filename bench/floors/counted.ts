import type { Bindings } from '../../src/base/config.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import gateway from '../../src/index.ts';
import { countBindings, countOperations, NOTHING_SPENT, type Spending } from '../../test/harness/spending.ts';

/** `invocations`: requests, queue batches and cron runs. */
export type Counted = Spending & { invocations: number; queueReads: number; queueDeletes: number };

const NOTHING: Counted = { ...NOTHING_SPENT, invocations: 0, queueReads: 0, queueDeletes: 0 };
const spent = { ...NOTHING };
/** What goes on behind answers. */
const behind = new Set<Promise<unknown>>();
/** One for each isolate, since the gateway remembers what it has read of its bindings by them. */
let counting: Bindings | undefined;

function bindingsOf(env: Bindings): Bindings {
  spent.invocations += 1;
  return (counting ??= countBindings(env, spent));
}

function watch(context: ExecutionContext): ExecutionContext {
  const waitUntil = (promise: Promise<unknown>) => {
    const settled = Promise.allSettled([promise]).finally(() => behind.delete(settled));
    behind.add(settled);
    context.waitUntil(promise);
  };
  return new Proxy(context, {
    get: (target, name) => (name === 'waitUntil' ? waitUntil : (Reflect.get(target, name) as unknown)),
  });
}

/** The message, with its deletion counted. */
function countDeletion(message: Message<WorkMessage>): Message<WorkMessage> {
  const { id, timestamp, body, attempts } = message;
  return {
    id,
    timestamp,
    body,
    attempts,
    ack() {
      spent.queueDeletes += countOperations(body);
      message.ack();
    },
    retry: (options) => message.retry(options),
  };
}

/**
 * The gateway, with what it uses of D1, KV and the queues counted. `GET /bench/spent` waits for what goes on behind
 * answers, gives what was spent since it was asked last, and begins anew.
 */
export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== '/bench/spent')
      return gateway.fetch(request, bindingsOf(env), watch(context));
    while (behind.size > 0) await Promise.all(behind);
    const sums = { ...spent };
    Object.assign(spent, NOTHING);
    return Response.json(sums);
  },
  async queue(batch, env, context) {
    for (const { body } of batch.messages) spent.queueReads += countOperations(body);
    const counted: MessageBatch<WorkMessage> = {
      queue: batch.queue,
      messages: batch.messages.map(countDeletion),
      metadata: batch.metadata,
      ackAll: () => batch.ackAll(),
      retryAll: (options) => batch.retryAll(options),
    };
    await gateway.queue(counted, bindingsOf(env), watch(context));
  },
  scheduled: (controller, env, context) => gateway.scheduled(controller, bindingsOf(env), watch(context)),
} satisfies ExportedHandler<Bindings, WorkMessage>;
