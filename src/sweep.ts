import { deliverMessages, drainMessage, reapplyMessages, type WorkMessage } from './base/messages.ts';
import type { Services } from './base/services.ts';
import { findBacklogs, readBacklog } from './tell/deliveries/backlogs.rows.ts';
import { pendingStatement } from './hear/polar-events.rows.ts';
import { dueStatement } from './record/rereads.rows.ts';
import { tellEndpointHealth } from './tell/endpoints/tell-endpoint-health.ts';

/* The limits of one run. What does not fit is left to the next run, a minute later. */
const MAX_ENDPOINTS = 500;
const MAX_FAILING_ENDPOINTS = 100;
const MAX_POLAR_EVENTS = 60;
/** Each takes a request or two to Polar, whose sandbox allows 100 a minute in all. */
const MAX_REREADS = 20;

/** Wakes everything that is due by its row, in case its own message was lost (invariant 1). */
export async function sweep(services: Services): Promise<void> {
  const now = services.now();
  const { database } = services;
  const [found, pending, wanted] = await database.batch([
    findBacklogs(database, { now, limit: MAX_ENDPOINTS, slowLimit: MAX_FAILING_ENDPOINTS }),
    pendingStatement(database, MAX_POLAR_EVENTS),
    dueStatement(database, now, MAX_REREADS),
  ]);
  const backlogs = found.map(readBacklog);
  const chains = backlogs.filter(({ deliveryIds }) => deliveryIds === undefined);
  services.wake([
    ...reapplyMessages(pending.map((event) => event.id)),
    ...wanted.map((reread): WorkMessage => ({ type: 'reread', ...reread })),
    ...deliverMessages(backlogs.flatMap(({ deliveryIds }) => deliveryIds ?? [])),
    ...chains.filter(({ isSlow }) => !isSlow).map(({ endpointId }) => drainMessage(endpointId)),
  ]);
  services.wake(
    chains.filter(({ isSlow }) => isSlow).map(({ endpointId }) => drainMessage(endpointId)),
    'slow',
  );
  await tellEndpointHealth(services);
}
