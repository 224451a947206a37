import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { countStatement, keepCounts, type KeptCount } from './app-discounts.rows.ts';
import { isoOrNull, readCount, remainingOf, statusOf } from './app-discount.rules.ts';
import type { RemainingView } from './discounts.answers.ts';
import { askFor, isAway, isFresh } from './learn-counts.ts';
import { requireOwnDiscount } from './own-discount.ts';

/**
 * How many redemptions are left, as of a minute ago at most: one D1 read, and one request to Polar a minute. While Polar is away,
 * or strangers have asked too much of it, the last number is given with its time.
 * @throws {Problem} `not_found`, for another app's too; `polar_…` while there is no number yet
 */
export async function countRemaining(
  services: Services,
  app: AppRow,
  id: string,
  { isPublic }: { isPublic: boolean },
): Promise<RemainingView> {
  const { known } = await runBatch(services.database, { known: countStatement(app, id) });
  const [kept] = known;
  if (kept && isFresh(kept, services.now())) return presentCount(services, id, kept);
  try {
    const count = await askPolar(askFor(services, app, { isPublic }), app, id);
    return presentCount(services, id, count);
  } catch (error) {
    if (kept && isAway(error)) return presentCount(services, id, kept);
    throw error;
  }
}

async function askPolar(services: Services, app: AppRow, id: string): Promise<KeptCount> {
  const readAt = services.now();
  const { data } = await requireOwnDiscount(services, app, id);
  const count = { ...readCount(data), readAt };
  await runBatch(services.database, keepCounts(app, new Map([[id, count]])));
  return count;
}

function presentCount(services: Services, id: string, count: KeptCount): RemainingView {
  return {
    id,
    remaining: remainingOf(count),
    max_redemptions: count.maxRedemptions,
    redemptions: count.redemptions,
    status: statusOf(count, services.now()),
    ends_at: isoOrNull(count.endsAt),
    as_of: new Date(count.readAt).toISOString(),
  };
}
