import type { BulkReplayView } from './replays.answers.ts';
import { REPLAYS_PER_HOUR } from './replay.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { endpointStatement, matchStatements, type ReplayFilter } from './replays.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { commitReplays, exhausted, type ReplayRequest } from './commit-replays.ts';

/** How many deliveries one call sends again. */
const MAX_PER_CALL = 1_000;

export type BulkReplay = Omit<ReplayFilter, 'appId'> & { dryRun: boolean };

/**
 * Sends again what matches, the oldest first, at most `MAX_PER_CALL`; `remaining` says how many are left for another
 * call. A dry run only counts.
 * @throws {Problem} `not_found` for an endpoint that the app does not have, `rate_limited` when the hour's replays are used up
 */
export function replayInBulk(
  services: Services,
  app: AppRow,
  { dryRun, ...filter }: BulkReplay,
  request: ReplayRequest,
) {
  const { database } = services;
  const { endpointId } = filter;
  return commitReplays(services, {
    appId: app.id,
    // A dry run writes nothing, so its answer is not kept for the `Idempotency-Key` either.
    request: dryRun ? { ...request, key: undefined } : request,
    line: { action: 'deliveries.replayed', target: endpointId ?? null, detail: describeFilter(filter) },
    read: (now) => ({
      ...matchStatements(database, { ...filter, appId: app.id }, dryRun ? 0 : MAX_PER_CALL, now),
      endpoint: endpointId === undefined ? [] : [endpointStatement(database, app.id, endpointId)],
    }),
    decide: ({ counted, oldest, endpoint }, { left, moreInMs }) => {
      if (endpointId !== undefined && endpoint.flat().length === 0)
        throw new Problem('not_found', { detail: `There is no webhook endpoint ${endpointId}.` });
      const [{ count: matched } = { count: 0 }] = counted;
      if (!dryRun && matched > 0 && left === 0) throw exhausted(left, moreInMs);
      const again = oldest.slice(0, left);
      const body: BulkReplayView = {
        matched,
        replayed: again.length,
        remaining: matched - again.length,
        dry_run: dryRun,
        limit: { per_hour: REPLAYS_PER_HOUR, left: left - again.length },
      };
      return { status: dryRun ? 200 : 202, body, again };
    },
  });
}

function describeFilter({ status, types, since, until }: Omit<BulkReplay, 'dryRun'>) {
  const toIso = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
  return { status, types: types ?? null, since: toIso(since), until: toIso(until) };
}
