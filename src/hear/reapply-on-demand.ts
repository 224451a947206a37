import type { BulkReapplyView, PolarEventView } from './polar-events.answers.ts';
import { newId } from '../base/ids.rules.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { Problem } from '../base/problem.ts';
import { reapplyMessages } from '../base/messages.ts';
import type { Services } from '../base/services.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import { runBatch } from '../base/db/database.rows.ts';
import {
  type ReapplyFilter,
  reapplyStatements,
  selectReapplied,
  selectReappliable,
} from './polar-event-list.rows.ts';
import { findPolarEvent, presentPolarEvent } from './list-polar-events.ts';

/** How many Polar events the operator may have applied again within the window. */
const REAPPLIED_PER_HOUR = 10_000;
const WINDOW_MS = 60 * 60_000;
/** How many one call applies again. */
const MAX_PER_CALL = 1_000;

/**
 * Applies a stored Polar event again that failed or fitted no app. One that is pending is woken once more.
 * @throws {Problem} `not_found`, `conflict` (applied already, or its body was pruned), `rate_limited`
 */
export async function reapplyPolarEvent(services: Services, id: string, by: Doer): Promise<PolarEventView> {
  const row = await findPolarEvent(services, id);
  if (row.status === 'applied')
    throw new Problem('conflict', { detail: 'This Polar event was applied already.' });
  if (!row.isKept)
    throw new Problem('conflict', { detail: 'Its body was pruned: there is nothing left to apply.' });
  if (row.status === 'pending') services.wake(reapplyMessages([id]));
  else if ((await commit(services, [id], { target: id, by })).length === 0) {
    const now = await findPolarEvent(services, id);
    // Another call was faster, and it may be applied by now; the answer then says so.
    if (now.status === row.status) throw await refuse(services, 1);
    return presentPolarEvent(now);
  }
  const attempts = row.status === 'failed' ? 0 : row.attempts;
  return presentPolarEvent({ ...row, status: 'pending', attempts });
}

export interface BulkReapply extends Omit<ReapplyFilter, 'after'> {
  dryRun: boolean;
  cursor?: string | undefined;
}

/**
 * Applies what failed (or fitted no app) again, the oldest first, a bounded number a call. What fails once more matches
 * once more, so the next call goes on from `next_cursor`. A dry run only counts.
 * @throws {Problem} `validation_failed` for a strange cursor, `rate_limited`
 */
export async function reapplyInBulk(
  services: Services,
  { dryRun, cursor, ...rest }: BulkReapply,
  by: Doer,
): Promise<BulkReapplyView> {
  const now = services.now();
  const filter = {
    ...rest,
    after: cursor === undefined ? undefined : decodeCursor(cursor, { path: 'body.cursor' }),
  };
  const usage = await selectReapplied(services.database, now - WINDOW_MS);
  const { matched, oldest } = await selectReappliable(services.database, filter, dryRun ? 0 : MAX_PER_CALL);
  const left = Math.max(0, REAPPLIED_PER_HOUR - usage.used);
  if (!dryRun && matched > 0 && left === 0) throw tooMany(usage.oldest, now);
  const chosen = oldest.slice(0, left);
  const changed = await commit(
    services,
    chosen.map(({ id }) => id),
    { target: filter.mode, by },
  );
  if (chosen.length > 0 && changed.length === 0) throw await refuse(services, chosen.length);
  const last = chosen.at(-1);
  return {
    matched,
    reapplied: changed.length,
    remaining: matched - chosen.length,
    dry_run: dryRun,
    limit: { per_hour: REAPPLIED_PER_HOUR, left: left - changed.length },
    next_cursor: last && matched > chosen.length ? encodeCursor(last) : null,
  };
}

/** Sets Polar events back to pending and wakes whoever applies them. Returns the ids that were changed. */
async function commit(
  services: Services,
  ids: readonly string[],
  line: { target: string; by: Doer },
): Promise<string[]> {
  if (ids.length === 0) return [];
  const now = services.now();
  const { changed } = await runBatch(
    services.database,
    reapplyStatements(
      services.database,
      { ids, ...line, auditId: newId('aud') },
      { now, usedSince: now - WINDOW_MS, bound: REAPPLIED_PER_HOUR },
    ),
  );
  const changedIds = changed.map(({ id }) => id);
  services.wake(reapplyMessages(changedIds));
  return changedIds;
}

/**
 * The refusal when nothing was changed: in between, the hour's bound was used up, or the same Polar events were
 * changed.
 */
async function refuse(services: Services, wanted: number): Promise<Problem> {
  const now = services.now();
  const usage = await selectReapplied(services.database, now - WINDOW_MS);
  if (usage.used + wanted > REAPPLIED_PER_HOUR) return tooMany(usage.oldest, now);
  return new Problem('conflict', {
    detail: 'Somebody else is applying the same Polar events again. Nothing was changed; try again.',
    retryAfter: 1,
  });
}

function tooMany(oldest: number | null, now: number): Problem {
  return new Problem('rate_limited', {
    detail: `${REAPPLIED_PER_HOUR} Polar events may be applied again within an hour. Nothing was changed.`,
    retryAfter: Math.max(1, ((oldest ?? now) + WINDOW_MS - now) / 1000),
  });
}
