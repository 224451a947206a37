import { runBatch } from './base/db/database.rows.ts';
import { deliverMessages, drainMessage, reapplyMessages, type WorkMessage } from './base/messages.ts';
import type { Services } from './base/services.ts';
import { findBacklogs, readBacklog } from './tell/deliveries/backlogs.rows.ts';
import { pendingStatement } from './hear/unapplied-polar-events.rows.ts';
import { dueStatement } from './record/reread-turns.rows.ts';
import { endingsStatement } from './record/endings.rows.ts';
import { untoldEnds } from './access/own-grants/own-grants-over.rows.ts';
import { tellEndedGrants } from './access/own-grants/tell-ended-grants.ts';
import { knowEarlierBuyers } from './record/know-earlier-buyers.ts';
import { nextCatchUp } from './record/earlier-buyers.rows.ts';
import { tellEndings } from './record/tell-endings.ts';
import { findDueEvidence, tellDueEvidence } from './sell/disputes/tell-due-evidence.ts';
import { dueGifts } from './sell/gifts/gift-mails.rows.ts';
import { dueRequests } from './sell/refunds/refund-requests.rows.ts';
import { tellEndpointHealth } from './tell/endpoints/tell-endpoint-health.ts';

/* The limits of one run. What does not fit is left to the next run, a minute later. */
const MAX_ENDPOINTS = 500;
const MAX_FAILING_ENDPOINTS = 100;
const MAX_POLAR_EVENTS = 60;
/** Each takes a request or two to Polar, whose sandbox allows 100 a minute in all. */
const MAX_REREADS = 20;
/** What they take is one batch, with a body of a few KB each. */
const MAX_ENDINGS = 100;
/** The same. A minute with more ends is told in the minutes after it. */
const MAX_ENDED_GRANTS = 100;
/** Each takes up to four. */
const MAX_REFUNDS = 10;
/** Each is a mail, or a look whether it is paid. */
const MAX_GIFTS = 20;

/**
 * Wakes everything that is due by its row, in case its own message was lost (invariant 1), and tells what only the time
 * brings.
 */
export async function sweep(services: Services): Promise<void> {
  const now = services.now();
  const { database } = services;
  const [found, pending, wanted, endings, refunds, ended, gifts, [catchUp], evidence] = await runBatch(
    database,
    [
      findBacklogs(database, { now, limit: MAX_ENDPOINTS, slowLimit: MAX_FAILING_ENDPOINTS }),
      pendingStatement(MAX_POLAR_EVENTS),
      dueStatement(now, MAX_REREADS),
      endingsStatement(now, MAX_ENDINGS),
      dueRequests(now, MAX_REFUNDS),
      untoldEnds(now, MAX_ENDED_GRANTS),
      dueGifts(now, MAX_GIFTS),
      nextCatchUp(now),
      findDueEvidence(now),
    ],
  );
  const backlogs = found.map(readBacklog);
  const chains = backlogs.filter(({ deliveryIds }) => deliveryIds === undefined);
  services.wake([
    ...reapplyMessages(pending.map((event) => event.id)),
    ...refunds.map(({ id }): WorkMessage => ({ type: 'refund', requestId: id })),
    ...gifts.map(({ id }): WorkMessage => ({ type: 'gift', giftId: id })),
    ...wanted.map((reread): WorkMessage => ({ type: 'reread', ...reread })),
    ...deliverMessages(backlogs.flatMap(({ deliveryIds }) => deliveryIds ?? [])),
    ...chains.filter(({ isSlow }) => !isSlow).map(({ endpointId }) => drainMessage(endpointId)),
  ]);
  services.wake(
    chains.filter(({ isSlow }) => isSlow).map(({ endpointId }) => drainMessage(endpointId)),
    'slow',
  );
  await tellEndings(services, endings);
  await tellEndedGrants(services, ended);
  await tellDueEvidence(services, evidence);
  await tellEndpointHealth(services);
  if (catchUp) await knowEarlierBuyers(services, catchUp.position);
}
