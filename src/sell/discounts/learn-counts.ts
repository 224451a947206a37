import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { forAnybody } from '../../polar/public-budget.ts';
import { findDiscountOwner } from '../discounts.rows.ts';
import { isOwnDiscount } from '../discounts.rules.ts';
import { keepCounts, type KeptCount } from './app-discounts.rows.ts';
import { readCount } from './app-discount.rules.ts';
import { understand } from './own-discount.ts';

/** How old the number may be, also in caches, seconds. */
export const FRESH_SECONDS = 60;

export function isFresh(count: KeptCount, now: number): boolean {
  return now - count.readAt < FRESH_SECONDS * 1000;
}

/**
 * What is left of some discounts, and until when, as Polar says now; it is kept. One that is gone, or is another app's by now, counts
 * as ended. One request each, at the same time, and two D1 round trips. When some fail the others are kept, so that the next try asks
 * less.
 * @throws {Problem} `polar_…`
 */
export async function learnCounts(
  services: Services,
  app: AppRow,
  ids: readonly string[],
): Promise<Map<string, KeptCount>> {
  const readAt = services.now();
  const polar = services.polar(app.mode);
  const asked = await Promise.allSettled(
    ids.map(async (id) => {
      const read = await polar.fetchDiscount(id);
      return { id, data: read?.data, discount: read && understand(services, read.data) };
    }),
  );
  const found = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const named = found.flatMap(({ discount }) => discount?.productIds ?? []);
  const owner = await findDiscountOwner(services.database, app, named);
  const counts = new Map<string, KeptCount>();
  for (const { id, data, discount } of found) {
    const isOwn = discount !== undefined && isOwnDiscount(discount, owner);
    counts.set(id, isOwn ? { ...readCount(data), readAt } : endedAt(readAt));
  }
  await runBatch(services.database, keepCounts(app, counts));
  const failed = asked.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  return counts;
}

function endedAt(readAt: number): KeptCount {
  return { maxRedemptions: null, redemptions: 0, startsAt: null, endsAt: readAt, readAt };
}

/** The services that ask Polar about discounts: for strangers in their budget, of which each request takes its room. */
export function askFor(services: Services, app: AppRow, { isPublic }: { isPublic: boolean }): Services {
  return isPublic ? forAnybody(services, app, 'learn', 0) : services;
}

const AWAY: readonly string[] = ['polar_unavailable', 'polar_failed'];

/** Whether Polar could not be asked, so that what it said last is all that is known. */
export function isAway(error: unknown): boolean {
  return error instanceof Problem && AWAY.includes(error.code);
}
