import { deliver } from '../flows/deliver.ts';
import { reapplyEvents } from '../flows/reapply-events.ts';
import { refreshEntitlements } from '../flows/refresh-entitlements.ts';
import { rereadObject } from '../flows/reread.ts';
import { log } from '../log.ts';
import type { Services } from '../services.ts';
import { MAX_DELIVERIES_PER_MESSAGE, type WorkMessage } from './messages.ts';

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
  for (const message of batch.messages.filter(({ body }) => isQuick(body))) {
    await settle(message, () => runOne(services, message.body));
  }
  await consumeDeliveries(services, batch.messages.filter(isDeliver), lane);
  for (const message of batch.messages.filter(({ body }) => body.type === 'reread')) {
    await settle(message, () => runOne(services, message.body));
  }
}

function isQuick(body: WorkMessage): boolean {
  return body.type === 'refresh' || body.type === 'reapply';
}

function isDeliver(message: Work): message is DeliverWork {
  return message.body.type === 'deliver';
}

async function runOne(services: Services, body: WorkMessage): Promise<void> {
  switch (body.type) {
    case 'refresh':
      await refreshEntitlements(services, body);
      return;
    case 'reapply':
      await reapplyEvents(services, body.eventIds);
      return;
    case 'reread':
      await rereadObject(services, { mode: body.mode, kind: body.kind, id: body.id });
      return;
    case 'deliver':
      await deliver(services, body.deliveryIds);
      return;
  }
}

/**
 * All deliveries of the batch, six at a time: one invocation never has more connections waiting. A message is
 * acknowledged when none of the groups its deliveries were in has failed.
 */
async function consumeDeliveries(
  services: Services,
  messages: readonly DeliverWork[],
  lane: 'main' | 'slow',
): Promise<void> {
  const ids = [...new Set(messages.flatMap(({ body }) => body.deliveryIds))];
  const failed = new Map<string, unknown>();
  for (let i = 0; i < ids.length; i += MAX_DELIVERIES_PER_MESSAGE) {
    const group = ids.slice(i, i + MAX_DELIVERIES_PER_MESSAGE);
    try {
      await deliver(services, group, lane);
    } catch (error) {
      for (const id of group) failed.set(id, error);
    }
  }
  for (const message of messages) {
    await settle(message, () => {
      const id = message.body.deliveryIds.find((each) => failed.has(each));
      return id === undefined ? Promise.resolve() : Promise.reject(failed.get(id));
    });
  }
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
