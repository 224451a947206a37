import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { askFor, isAway, isFresh, learnCounts } from '../discounts/learn-counts.ts';
import type { CampaignRemainingView } from './campaigns.answers.ts';
import { presentRemaining, readCounts, readRules } from './campaigns.rules.ts';
import { findCampaign } from './manage-campaigns.ts';

/**
 * How much is left of a campaign, as of a minute ago at most: one D1 read, and a request to Polar for each of its discounts a minute.
 * While Polar is away, or strangers have asked too much of it, the last numbers are given with their time.
 * @throws {Problem} `not_found`, for another app's too; `polar_…` while there are no numbers yet
 */
export async function countCampaign(
  services: Services,
  app: AppRow,
  id: string,
  { isPublic }: { isPublic: boolean },
): Promise<CampaignRemainingView> {
  const campaign = await findCampaign(services, app, id);
  const counts = readCounts(campaign);
  const ids = [...new Set(readRules(campaign).map(({ discountId }) => discountId))];
  const old = ids.filter((each) => !isKnown(counts.get(each), services.now()));
  try {
    const learned = old.length === 0 ? [] : await learnCounts(askFor(services, app, { isPublic }), app, old);
    for (const [each, count] of learned) counts.set(each, count);
  } catch (error) {
    if (!isAway(error) || counts.size < ids.length) throw error;
  }
  return presentRemaining(campaign, counts, services.now());
}

const isKnown = (count: Parameters<typeof isFresh>[0] | undefined, now: number) =>
  count !== undefined && isFresh(count, now);
