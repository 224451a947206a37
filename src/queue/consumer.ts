import { deliver, drain } from '../flows/deliver.ts';
import { reapplyEvents } from '../flows/reapply-events.ts';
import { reconcileStep } from '../flows/reconcile-step.ts';
import { refreshEntitlements } from '../flows/refresh-entitlements.ts';
import { rereadObject } from '../flows/reread.ts';
import { log } from '../log.ts';
import type { Services } from '../services.ts';
import type { WorkMessage } from './messages.ts';

/** The queues' names in wrangler.toml. */
const SLOW_QUEUE = 'floe-work-slow';
const DEAD_LETTER_QUEUE = 'floe-dead';
const MAX_RETRY_SECONDS = 300;

type Work = Message<WorkMessage>;
type DeliverWork = Message<Extract<WorkMessage, { type: 'deliver' }>>;

/**
 * One batch of wake-ups, acknowledged one by one: what fails comes again, alone. What is quick goes first (answers
 * depend on refreshed tokens), then sending, last what waits for Polar: when Polar hangs, forwarding goes on.
 */
export async function consumeWork(services: Services, batch: MessageBatch<WorkMessage>): Promise<void> {
  if (batch.queue === DEAD_LETTER_QUEUE) return buryDead(batch.messages);
  const lane = batch.queue === SLOW_QUEUE ? 'slow' : 'main';
  const runAll = async (...types: WorkMessage['type'][]) => {
    for (const message of batch.messages.filter(({ body }) => types.includes(body.type)))
      await settle(message, () => runOne(services, message.body, lane));
  };
  await runAll('refresh', 'reapply');
  await consumeDeliveries(services, batch.messages.filter(isDeliver), lane);
  await runAll('drain');
  await runAll('reread', 'reconcile');
}

function isDeliver(message: Work): message is DeliverWork {
  return message.body.type === 'deliver';
}

async function runOne(services: Services, body: WorkMessage, lane: 'main' | 'slow'): Promise<void> {
  switch (body.type) {
    case 'refresh':
      return refreshEntitlements(services, body);
    case 'reapply':
      return reapplyEvents(services, body.eventIds);
    case 'reread':
      return rereadObject(services, { mode: body.mode, kind: body.kind, id: body.id });
    case 'deliver':
      return deliver(services, body.deliveryIds, lane);
    case 'drain':
      return drain(services, body, lane);
    case 'reconcile':
      return reconcileStep(services, body.runId);
  }
}

/** All deliveries of the batch together: one claim, and one hanging receiver holds up only its own. */
async function consumeDeliveries(
  services: Services,
  messages: readonly DeliverWork[],
  lane: 'main' | 'slow',
): Promise<void> {
  if (messages.length === 0) return;
  const ids = [...new Set(messages.flatMap(({ body }) => body.deliveryIds))];
  const delivering = deliver(services, ids, lane);
  for (const message of messages) await settle(message, () => delivering);
}

async function settle(message: Work, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    message.ack();
  } catch (error) {
    log('error', 'a queue message failed', {
      type: message.body.type,
      messageId: message.id,
      attempts: message.attempts,
      error,
    });
    message.retry({ delaySeconds: Math.min(2 ** message.attempts, MAX_RETRY_SECONDS) });
  }
}

/** A dead letter is a wake-up that failed too often. Its rows are still due, so the sweep goes on trying: log, and let go. */
function buryDead(messages: readonly Work[]): void {
  for (const message of messages) {
    log('error', 'a queue message was given up; the sweep takes over', {
      messageId: message.id,
      ...message.body,
    });
    message.ack();
  }
}
