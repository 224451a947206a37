import { REPLAYS_PER_HOUR, readBudget } from './replay.rules.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit, type AuditLine } from '../../base/audit.rows.ts';
import { Problem } from '../../base/problem.ts';
import { drainMessage } from '../../base/messages.ts';
import type { Services } from '../../base/services.ts';
import type { Batch, ResultsOf } from '../../base/db/database.rows.ts';
import {
  type FreshDelivery,
  isOvertaken,
  replayStatements,
  type SeenDelivery,
  usageStatement,
} from './replays.rows.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';

/** A request for a replay, at most once for its `Idempotency-Key`. */
export interface ReplayRequest {
  /** `POST /v1/deliveries/:id/replay`. */
  route: string;
  /** The path as requested, with its ids. */
  path: string;
  key: string | undefined;
  rawBody: string;
  by: Doer;
}

/** The deliveries to replay, and the answer. */
interface ReplayPlan {
  status: 200 | 202;
  body: unknown;
  again: readonly SeenDelivery[];
  fresh?: readonly FreshDelivery[];
}

interface ReplayInput<Reads extends Batch> {
  appId: string;
  request: ReplayRequest;
  /** What the audit log says of it, beside how many were sent again. */
  line: Pick<AuditLine, 'action' | 'target' | 'detail'>;
  /** What `decide` needs to know, read in one round trip. */
  read: (now: number) => Reads;
  /** Throws a `Problem` to refuse; nothing is written then. */
  decide: (rows: ResultsOf<Reads>, at: { now: number; left: number; moreInMs: number }) => ReplayPlan;
}

/** How often the flow reads and decides when another replay, or the end of an attempt, comes in between. */
const MAX_TRIES = 4;

/**
 * Reads, decides and writes: two D1 round trips, all or nothing, never more than the hour allows (ADR 28, ADR 29). Then
 * it wakes the deliveries.
 * @throws {Problem} `rate_limited`, `conflict`, what `decide` throws; see `withIdempotency`.
 */
export async function commitReplays<const Reads extends Batch>(
  services: Services,
  input: ReplayInput<Reads>,
): Promise<{ status: number; body: unknown }> {
  for (let tries = 1; ; tries++) {
    try {
      return await commitOnce(services, input);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      if (tries === MAX_TRIES) {
        throw new Problem('conflict', {
          detail: 'These deliveries are being sent or replayed right now. Nothing was changed; try again.',
          retryAfter: 1,
          cause: error,
        });
      }
    }
  }
}

async function commitOnce<const Reads extends Batch>(
  services: Services,
  { appId, request, line, read, decide }: ReplayInput<Reads>,
) {
  const { database } = services;
  const now = services.now();
  const endpoints = new Set<string>();
  const once = {
    appId,
    route: request.route,
    key: request.key,
    fingerprint: () => fingerprintOf('POST', request.path, request.rawBody),
    prefetch: { used: usageStatement(database, appId, now), found: read(now) },
  };
  const answer = await withIdempotency(services, once, async ({ used, found }) => {
    const [usage = { used: 0, oldest: null }] = used;
    const { left, moreInMs } = readBudget(usage, now);
    const { status, body, again, fresh = [] } = decide(found, { now, left, moreInMs });
    const count = again.length + fresh.length;
    if (count > left) throw exhausted(left, moreInMs);
    const noted = { ...line, appId, detail: { ...line.detail, count } };
    return {
      status,
      body,
      commit: [
        ...replayStatements(database, { appId, again, fresh }, now),
        ...(count === 0 ? [] : [audit(database, request.by, now, noted)]),
      ],
      committed: () => {
        for (const { endpointId } of [...again, ...fresh]) endpoints.add(endpointId);
      },
    };
  });
  services.wake([...endpoints].map((id) => drainMessage(id)));
  return answer;
}

/** The refusal when the hour's replays are used up. `moreInMs`: when the oldest of them stops counting. */
export function exhausted(left: number, moreInMs: number): Problem {
  return new Problem('rate_limited', {
    detail: `An app may send ${REPLAYS_PER_HOUR} deliveries again within an hour; ${left} are left. Nothing was changed.`,
    retryAfter: Math.max(1, moreInMs / 1000),
  });
}
