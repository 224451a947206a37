import { deliver, drain } from '../flows/deliver.ts';
import { reapplyEvents } from '../flows/reapply-events.ts';
import { reconcileStep } from '../flows/reconcile-step.ts';
import { refreshEntitlements } from '../flows/refresh-entitlements.ts';
import { rereadObject } from '../flows/reread.ts';
import { CONNECTIONS } from '../flows/send-deliveries.ts';
import { log } from '../log.ts';
import type { Services } from '../services.ts';
import type { WorkMessage } from './messages.ts';

/** The queues' names in wrangler.toml. */
const SLOW_QUEUE = 'floe-work-slow';
const DEAD_LETTER_QUEUE = 'floe-dead';
const MAX_RETRY_SECONDS = 300;

/** Claimed together, under one lease: what a batch usually holds. */
const MAX_DELIVERIES_PER_CLAIM = 48;

const DRAINS_AT_ONCE = 3;

type Work = Message<WorkMessage>;
type WorkOf<Type extends WorkMessage['type']> = Message<Extract<WorkMessage, { type: Type }>>;

/**
 * One batch of wake-ups, acknowledged one by one: what fails comes again. Tokens are refreshed beside the sending, which
 * waits for receivers; last comes what waits for Polar: when Polar hangs, forwarding goes on.
 */
export async function consumeWork(services: Services, batch: MessageBatch<WorkMessage>): Promise<void> {
  if (batch.queue === DEAD_LETTER_QUEUE) return buryDead(batch.messages);
  const lane = batch.queue === SLOW_QUEUE ? 'slow' : 'main';
  const { messages } = batch;
  const refreshing = consumeRefreshes(services, only(messages, 'refresh'));
  await runEach(only(messages, 'reapply'), ({ eventIds }) => reapplyEvents(services, eventIds));
  await consumeDeliveries(services, only(messages, 'deliver'), lane);
  await refreshing;
  await consumeDrains(services, only(messages, 'drain'), lane);
  await runEach(only(messages, 'reread'), ({ mode, kind, id }) => rereadObject(services, { mode, kind, id }));
  await runEach(only(messages, 'reconcile'), ({ runId }) => reconcileStep(services, runId));
}

function only<Type extends WorkMessage['type']>(messages: readonly Work[], type: Type): WorkOf<Type>[] {
  return messages.filter((message): message is WorkOf<Type> => message.body.type === type);
}

async function runEach<Type extends WorkMessage['type']>(
  messages: readonly WorkOf<Type>[],
  run: (body: WorkOf<Type>['body']) => Promise<void>,
): Promise<void> {
  for (const message of messages) await settle(message, () => run(message.body));
}

/** A burst of changes of one app is one refresh: each token is rebuilt once. */
async function consumeRefreshes(services: Services, messages: readonly WorkOf<'refresh'>[]): Promise<void> {
  for (const [appId, ofApp] of Map.groupBy(messages, ({ body }) => body.appId)) {
    const customerIds = [...new Set(ofApp.flatMap(({ body }) => body.customerIds))];
    const paymentIds = [...new Set(ofApp.flatMap(({ body }) => body.paymentIds))];
    const refreshing = refreshEntitlements(services, { appId, customerIds, paymentIds });
    for (const message of ofApp) await settle(message, () => refreshing);
  }
}

/** The deliveries of the batch together: one claim, and one hanging receiver holds up only its own. */
async function consumeDeliveries(
  services: Services,
  messages: readonly WorkOf<'deliver'>[],
  lane: 'main' | 'slow',
): Promise<void> {
  const ids = [...new Set(messages.flatMap(({ body }) => body.deliveryIds))];
  const delivering = new Map<string, Promise<void>>();
  for (let i = 0; i < ids.length; i += MAX_DELIVERIES_PER_CLAIM) {
    const group = ids.slice(i, i + MAX_DELIVERIES_PER_CLAIM);
    const sent = deliver(services, group, lane);
    for (const id of group) delivering.set(id, sent);
    // One claim after the other: its failure is that of the messages it was made for.
    await sent.catch(() => undefined);
  }
  for (const message of messages) {
    await settle(message, async () => {
      for (const id of message.body.deliveryIds) await delivering.get(id);
    });
  }
}

/** Backlogs of several endpoints, a few beside each other: each waits for its own receiver most of the time. */
async function consumeDrains(
  services: Services,
  messages: readonly WorkOf<'drain'>[],
  lane: 'main' | 'slow',
): Promise<void> {
  const atOnce = Math.min(messages.length, DRAINS_AT_ONCE);
  const connections = Math.floor(CONNECTIONS / Math.max(atOnce, 1));
  const waiting = [...messages];
  const run = async () => {
    for (let message = waiting.shift(); message; message = waiting.shift()) {
      const { body } = message;
      await settle(message, () => drain(services, body, { lane, connections }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
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
