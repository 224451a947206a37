import { text } from 'node:stream/consumers';

interface Batch {
  queue: string;
  messages: { id: string; timestamp: number; body: unknown; attempts: number }[];
}

/** What Miniflare gives back for a batch that a Worker consumed. */
interface Consumed {
  outcome: string;
  retryBatch: { retry: boolean };
  retryMessages?: { msgId: string }[];
}

export interface QueueHandler {
  queue(
    name: string,
    messages: { id: string; timestamp: Date; body: unknown; attempts: number }[],
  ): Promise<Consumed>;
}

/** How many batches of one queue run at a time: Cloudflare goes up to 250 as the backlog grows. */
const BATCHES = 10;

/**
 * Serves the floor `side-by-side`: takes a batch and runs it beside up to nine others of its queue. Nothing here is
 * retried, since nothing should have to be: a message that fails ends the measurement.
 */
export function createSideBySide(worker: () => Promise<QueueHandler>) {
  // Looking it up is slow.
  let found: Promise<QueueHandler> | undefined;
  const running = new Map<string, Set<Promise<void>>>();
  return {
    async take(request: { body: unknown }): Promise<void> {
      const { queue, messages } = JSON.parse(await text(request.body as AsyncIterable<Uint8Array>)) as Batch;
      const own = running.get(queue) ?? new Set();
      running.set(queue, own);
      while (own.size >= BATCHES) await Promise.race(own);
      found ??= worker();
      const run = consume(await found, { queue, messages }).finally(() => own.delete(run));
      own.add(run);
    },
    /** Resolves when nothing runs. */
    async settle(): Promise<void> {
      await Promise.all([...running.values()].flatMap((own) => [...own]));
    },
  };
}

async function consume(worker: QueueHandler, { queue, messages }: Batch): Promise<void> {
  const dated = messages.map((message) => ({ ...message, timestamp: new Date(message.timestamp) }));
  const { outcome, retryBatch, retryMessages = [] } = await worker.queue(queue, dated);
  if (outcome !== 'ok' || retryBatch.retry || retryMessages.length > 0)
    throw new Error(`a batch of ${queue} ended with ${outcome}, ${retryMessages.length} to be retried`);
}
