import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { findOwnByCode } from '../resolve-discount.ts';
import { lastLineStatement, requireNoDiscountSince } from './campaigns.rows.ts';
import type { CampaignRow } from './campaigns.rules.ts';

/**
 * Refuses a campaign the code of one of the app's discounts, which nobody could have by it then. Other apps' codes are not looked at:
 * they mean nothing here (invariant 5). One D1 round trip, and mostly one request to Polar.
 * @returns what the batch that gives the campaign its code has to hold as well, against a discount that gets it at the same time
 * @throws {Problem} `conflict`, `polar_…`
 */
export async function refuseDiscountsCode(
  services: Services,
  app: AppRow,
  campaign: Pick<CampaignRow, 'appId' | 'code'>,
) {
  const { last } = await runBatch(services.database, { last: lastLineStatement() });
  const found = await findOwnByCode(services, app, campaign.code);
  if (found)
    throw new Problem('conflict', {
      detail: `body.code: The discount ${found.id} of this app has this code. Take it away from the discount, or choose another.`,
    });
  return requireNoDiscountSince(campaign, last[0]?.line ?? 0);
}
