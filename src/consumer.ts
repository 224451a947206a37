import { type Connections, createConnections } from './tell/deliveries/connections.ts';
import { deliver, drain } from './tell/deliveries/deliver.ts';
import { notePart } from './base/note-part.ts';
import { reapplyPolarEvents } from './hear/reapply-polar-events.ts';
import { reconcileStep } from './compare/reconcile-step.ts';
import { rebuildEntitlements, refreshEntitlements } from './access/refresh-entitlements.ts';
import { rereadObject } from './record/reread.ts';
import { goOnWithRefund } from './sell/refunds/pursue-refund.ts';
import { mailGift } from './sell/gifts/mail-gift.ts';
import { log } from './base/log.ts';
import type { Services } from './base/services.ts';
import { STATEMENTS } from './base/db/statement-budget.ts';
import type { WorkMessage } from './base/messages.ts';

/** The queues' names in wrangler.toml. */
const SLOW_QUEUE = 'floe-work-slow';
const DEAD_LETTER_QUEUE = 'floe-dead';
const MAX_RETRY_SECONDS = 300;
/**
 * A send to a receiver that takes longer is waited for behind the batch, so that no other message waits for it (ADR 69).
 * In the slow queue all receivers take long, and Cloudflare runs as many batches side by side as there is work.
 */
const PATIENCE_MS = 1_000;

/** A queue batch usually has no more deliveries than this, so one claim is enough. */
const MAX_DELIVERIES_PER_CLAIM = 48;

type Work = Message<WorkMessage>;
type WorkOf<Type extends WorkMessage['type']> = Message<Extract<WorkMessage, { type: Type }>>;

/**
 * Handles one batch of queue messages and acknowledges them one by one; a message that fails comes again. Deliveries,
 * refreshes and other work of D1 run concurrently over the same six connections, so that one receiver does not delay
 * the others. Messages that need Polar come last, so that deliveries go on when Polar hangs.
 */
export async function consumeWork(services: Services, batch: MessageBatch<WorkMessage>): Promise<void> {
  if (batch.queue === DEAD_LETTER_QUEUE) return buryDead(batch.messages);
  const lane = batch.queue === SLOW_QUEUE ? 'slow' : 'main';
  const { messages } = batch;
  const connections = createConnections(lane === 'main' ? { patienceMs: PATIENCE_MS } : {});
  const left: Work[] = [];
  const within = (cost: number): Within => ({ services, cost, left });
  await Promise.all([
    consumeRefreshes(services, only(messages, 'refresh')),
    runEach(only(messages, 'rebuild'), within(STATEMENTS.rebuildToken), (body) =>
      rebuildEntitlements(services, body),
    ),
    runEach(only(messages, 'reapply'), within(STATEMENTS.apply), ({ polarEventIds }) =>
      reapplyPolarEvents(services, polarEventIds),
    ),
    consumeDeliveries(services, only(messages, 'deliver'), { lane, connections }),
    ...only(messages, 'drain').map(async (message) => {
      const draining = () => settle(message, () => drain(services, message.body, lane, connections));
      if (!(await services.budget.spend(STATEMENTS.deliver, draining))) left.push(message);
    }),
  ]);
  const pings = only(messages, 'ping');
  for (const ping of pings.slice(0, 1)) await settle(ping, () => notePart(services, 'queue'));
  for (const message of pings.slice(1)) message.ack();
  const oneObject = STATEMENTS.reread + STATEMENTS.apply;
  await runEach(only(messages, 'refund'), within(STATEMENTS.refund), ({ requestId }) =>
    goOnWithRefund(services, requestId),
  );
  await runEach(only(messages, 'gift'), within(STATEMENTS.gift), ({ giftId }) => mailGift(services, giftId));
  await runEach(only(messages, 'reread'), within(oneObject), ({ mode, kind, id }) =>
    rereadObject(services, { mode, kind, id }),
  );
  await runEach(only(messages, 'reconcile'), within(oneObject), ({ runId }) =>
    reconcileStep(services, runId),
  );
  await putBack(services, left, lane);
}

/**
 * Sends the messages that this invocation has no room for as new ones: a retry would count as a failed attempt, of
 * which a message has only a few (ADR 58).
 */
async function putBack(services: Services, left: readonly Work[], lane: 'main' | 'slow'): Promise<void> {
  if (left.length === 0) return;
  try {
    await services.handOn(
      left.map(({ body }) => body),
      lane,
    );
    for (const message of left) message.ack();
  } catch (error) {
    log('warn', 'messages could not be sent anew, the queue brings them again', { error });
    for (const message of left) message.retry();
  }
}

interface Within {
  services: Services;
  /** Statements that must be left for a message to be begun. */
  cost: number;
  /** Takes those that are not. */
  left: Work[];
}

function only<Type extends WorkMessage['type']>(messages: readonly Work[], type: Type): WorkOf<Type>[] {
  return messages.filter((message): message is WorkOf<Type> => message.body.type === type);
}

async function runEach<Type extends WorkMessage['type']>(
  messages: readonly WorkOf<Type>[],
  { services, cost, left }: Within,
  run: (body: WorkOf<Type>['body']) => Promise<void>,
): Promise<void> {
  for (const message of messages) {
    if (services.budget.hasRoomFor(cost)) await settle(message, () => run(message.body));
    else left.push(message);
  }
}

/** Joins the refreshes of one app, so that each token is rebuilt once. */
async function consumeRefreshes(services: Services, messages: readonly WorkOf<'refresh'>[]): Promise<void> {
  for (const [appId, ofApp] of Map.groupBy(messages, ({ body }) => body.appId)) {
    const customerIds = [...new Set(ofApp.flatMap(({ body }) => body.customerIds))];
    const paymentIds = [...new Set(ofApp.flatMap(({ body }) => body.paymentIds))];
    const externalIds = [...new Set(ofApp.flatMap(({ body }) => body.externalIds ?? []))];
    const refreshing = refreshEntitlements(services, { appId, customerIds, paymentIds, externalIds });
    for (const message of ofApp) await settle(message, () => refreshing);
  }
}

/** Delivers the batch's deliveries with as few claims as possible. */
async function consumeDeliveries(
  services: Services,
  messages: readonly WorkOf<'deliver'>[],
  { lane, connections }: { lane: 'main' | 'slow'; connections: Connections },
): Promise<void> {
  const ids = [...new Set(messages.flatMap(({ body }) => body.deliveryIds))];
  const delivering = new Map<string, Promise<void>>();
  for (let i = 0; i < ids.length; i += MAX_DELIVERIES_PER_CLAIM) {
    const group = ids.slice(i, i + MAX_DELIVERIES_PER_CLAIM);
    const sent = deliver(services, group, lane, connections);
    for (const id of group) delivering.set(id, sent);
  }
  // Each promise is awaited below for its own messages. Until then a rejection must not count as unhandled.
  await Promise.allSettled(delivering.values());
  for (const message of messages) {
    await settle(message, async () => {
      for (const id of message.body.deliveryIds) await delivering.get(id);
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

/**
 * A dead letter is a message that failed too often. Its rows are still due, so the sweep goes on trying; the message is
 * logged and acknowledged (ADR 12).
 */
function buryDead(messages: readonly Work[]): void {
  for (const message of messages) {
    log('error', 'a queue message was given up; the sweep takes over', {
      messageId: message.id,
      ...message.body,
    });
    message.ack();
  }
}
