import type { EventReplayView } from './replays.answers.ts';
import { newId } from '../../base/ids.rules.ts';
import { decideReplay, REPLAY_GAP_MS, type ReplayDecision } from './replay.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { DeliveryRow } from '../deliveries/deliveries.rows.ts';
import {
  deliveriesOfEventStatement,
  deliveryStatement,
  eventStatement,
  type FreshDelivery,
  receiversStatement,
  type StoredDelivery,
} from './replays.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { commitReplays, type ReplayRequest } from './commit-replays.ts';
import { presentDelivery } from '../deliveries/list-deliveries.ts';

/** A send takes up to 17 s, usually far less. */
const SENDING_RETRY_SECONDS = 5;

/**
 * Sends one delivery again, whatever its status: same `webhook-id`, same bytes, a new run through the schedule (ADR
 * 28). One that waits is made due now; one whose replay is under way is not replayed again.
 * @throws {Problem} `not_found`, `conflict` (being sent now, or its endpoint was deleted), `rate_limited`
 */
export function replayDelivery(services: Services, app: AppRow, id: string, request: ReplayRequest) {
  const { database } = services;
  return commitReplays(services, {
    appId: app.id,
    request,
    line: { action: 'delivery.replayed', target: id },
    read: () => deliveryStatement(database, app.id, id),
    decide: ([delivery], { now }) => {
      if (!delivery) throw new Problem('not_found', { detail: `There is no delivery ${id}.` });
      const decision = decide(delivery, now);
      if (decision === 'underway') return { status: 202, body: presentDelivery(delivery), again: [] };
      if (decision !== 'replay') throw refuse(decision);
      return { status: 202, body: presentDelivery(asReplayed(delivery, now)), again: [delivery] };
    },
  });
}

/**
 * Sends one event again: to every endpoint that had it, and to those made later whose filter matches. With `endpointId`
 * only to that one, whatever its filter. A delivery that is being sent at this moment is left alone.
 * @throws {Problem} `not_found` (the event, or the endpoint), `conflict`, `rate_limited`
 */
export function replayEvent(
  services: Services,
  app: AppRow,
  { id, endpointId }: { id: string; endpointId: string | undefined },
  request: ReplayRequest,
) {
  const { database } = services;
  return commitReplays(services, {
    appId: app.id,
    request,
    line: { action: 'event.replayed', target: id, detail: { endpoint: endpointId ?? null } },
    read: () => ({
      events: eventStatement(database, app.id, id),
      receivers: receiversStatement(database, app.id, id),
      existing: deliveriesOfEventStatement(database, app.id, id),
    }),
    decide: ({ events: [event], receivers, existing }, { now }) => {
      if (!event) throw new Problem('not_found', { detail: `There is no event ${id}.` });
      if (event.isKept === 0)
        throw new Problem('conflict', { detail: 'Its body was pruned: there is nothing left to send.' });
      if (endpointId !== undefined && !receivers.some((each) => each.id === endpointId))
        throw new Problem('not_found', { detail: `There is no webhook endpoint ${endpointId}.` });
      if (endpointId !== undefined && endpointId === event.about)
        throw new Problem('conflict', { detail: 'An endpoint is not told about itself.' });

      const had = new Map(existing.map((each) => [each.endpointId, each]));
      const wanted = receivers.filter(
        (each) =>
          each.id !== event.about &&
          (endpointId === undefined ? had.has(each.id) || each.wants === 1 : each.id === endpointId),
      );
      const known = wanted.flatMap((each) => had.get(each.id) ?? []);
      const decided = known.map((delivery) => ({ delivery, decision: decide(delivery, now) }));
      const only = (which: ReplayDecision) =>
        decided.filter(({ decision }) => decision === which).map(({ delivery }) => delivery);
      const again = only('replay');
      const fresh = wanted
        .filter((each) => !had.has(each.id))
        .map((each) =>
          newDelivery(app.id, { eventId: id, endpointId: each.id, sequence: event.sequence }, now),
        );
      const deliveries = [...again.map((each) => asReplayed(each, now)), ...fresh, ...only('underway')];
      const [refused] = decided;
      if (deliveries.length === 0 && refused && refused.decision !== 'replay') throw refuse(refused.decision);
      return {
        status: 202,
        body: {
          replayed: again.length + fresh.length,
          deliveries: deliveries.map(presentDelivery),
        } satisfies EventReplayView,
        again,
        fresh: fresh satisfies FreshDelivery[],
      };
    },
  });
}

function decide(delivery: StoredDelivery, now: number): ReplayDecision {
  return decideReplay({ ...delivery, isOrphaned: delivery.isOrphaned === 1 }, now);
}

function refuse(decision: Exclude<ReplayDecision, 'replay'>): Problem {
  switch (decision) {
    case 'gone':
      return new Problem('conflict', {
        detail: 'Its webhook endpoint was deleted: there is nowhere to send it.',
      });
    case 'sending':
    case 'underway':
      return new Problem('conflict', {
        detail: 'It is being sent right now. See what comes of it, then try again.',
        retryAfter: SENDING_RETRY_SECONDS,
      });
    case 'too_soon':
      return new Problem('rate_limited', {
        detail: `It was replayed moments ago. One delivery can be replayed every ${REPLAY_GAP_MS / 1000} seconds.`,
        retryAfter: REPLAY_GAP_MS / 1000,
      });
  }
}

/** The delivery as the batch leaves it, for the answer. */
function asReplayed(delivery: DeliveryRow, now: number): DeliveryRow {
  return {
    ...delivery,
    status: 'pending',
    nextAttemptAt: now,
    scheduleStep: 0,
    runStartedAt: null,
    revivals: 0,
    finishedAt: null,
    replays: delivery.replays + 1,
    replayedAt: now,
  };
}

function newDelivery(
  appId: string,
  of: { eventId: string; endpointId: string; sequence: number },
  now: number,
): DeliveryRow {
  return {
    ...of,
    id: newId('dlv'),
    appId,
    status: 'pending',
    attempts: 0,
    scheduleStep: 0,
    runStartedAt: null,
    revivals: 0,
    nextAttemptAt: now,
    replays: 1,
    replayedAt: now,
    leaseToken: null,
    leaseUntil: 0,
    lastStatus: null,
    createdAt: now,
    finishedAt: null,
  };
}
