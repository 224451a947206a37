import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { isUnmet, runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { campaignByCodeStatement, requireNoCampaign } from '../campaigns/campaigns.rows.ts';
import { findDiscountOwner } from '../discounts.rows.ts';
import { forgetCount, keepCounts } from './app-discounts.rows.ts';
import { type DiscountPatch, readCount, readMetadata, toPolarChange, undo } from './app-discount.rules.ts';
import { auditedOf } from './create-discount.ts';
import type { AppDiscountView } from './discounts.answers.ts';
import {
  codeOfCampaign,
  present,
  refusedByPolar,
  requireOwnDiscount,
  requireOwnProducts,
} from './own-discount.ts';
import { readDiscount } from '../discounts.rules.ts';

/**
 * Changes a discount of the app. It stays the app's: its products are, and its mark is written again.
 * @throws {Problem} `not_found`, `validation_failed`, `conflict`, `polar_…`
 */
export async function changeDiscount(
  services: Services,
  app: AppRow,
  { id, patch, by }: { id: string; patch: DiscountPatch; by: Doer },
): Promise<AppDiscountView> {
  const own = await requireOwnDiscount(services, app, id);
  const before = present(services, own);
  refuseOtherType(before, patch);
  refuseEmptyWindow(before, patch);
  // One that was made at Polar may have no list, or products of others in it.
  const productIds = patch.productIds ?? before.product_ids;
  if (productIds.length === 0)
    throw invalid('body.product_ids', 'It is bound to no product of this app: name some.');
  if (patch.productIds !== undefined) await requireOwnProducts(services, app, productIds);
  const newCode = readNewCode(before, patch);
  if (newCode !== undefined) await refuseCampaignsCode(services, app, newCode);
  const kept = readMetadata(own.data);
  // Those that it has are sent only to bind it: another change that happens now may be of them.
  const { productIds: listed } = readDiscount(own.data);
  const isBound = listed.length > 0 && listed.every((each) => own.ownProductIds.has(each));
  const rebound = isBound ? patch.productIds : productIds;
  const mark = { owner: app.product, ownerKey: services.config.ownerKeys.product, kept };
  const change = toPolarChange({ ...patch, productIds: rebound }, mark);
  const changed = await services.polar(app.mode).changeDiscount(id, change);
  if (!changed.ok) throw refusedByPolar(changed.error);
  const { data } = changed.value;
  const after = present(services, { data, ownProductIds: await ownOf(services, app, data) });
  await runBatch(services.database, [
    ...(newCode === undefined ? [] : [requireNoCampaign(app.id, newCode)]),
    audit(services.database, by, services.now(), {
      action: 'discount.changed',
      appId: app.id,
      target: id,
      before: auditedOf(before),
      after: auditedOf(after),
    }),
    ...keepCounts(app, new Map([[id, { ...readCount(data), readAt: services.now() }]])),
  ]).catch(async (error: unknown) => {
    if (!isUnmet(error)) throw error;
    // A campaign got the code meanwhile: all is as it was before.
    const undoing = undo(patch, before);
    const undone = await services.polar(app.mode).changeDiscount(id, toPolarChange(undoing, mark));
    if (!undone.ok) throw refusedByPolar(undone.error);
    throw codeOfCampaign();
  });
  return after;
}

/** The code that it gets, if that is another one. */
function readNewCode(before: AppDiscountView, { code }: DiscountPatch): string | undefined {
  return code?.toLowerCase() === before.code?.toLowerCase() ? undefined : (code ?? undefined);
}

/** @throws {Problem} `conflict` */
async function refuseCampaignsCode(services: Services, app: AppRow, code: string): Promise<void> {
  const { campaign } = await runBatch(services.database, { campaign: campaignByCodeStatement(app, code) });
  if (campaign.length > 0) throw codeOfCampaign();
}

async function ownOf(services: Services, app: AppRow, data: unknown): Promise<ReadonlySet<string>> {
  const { productIds } = readDiscount(data);
  return (await findDiscountOwner(services.database, app, productIds)).ownProductIds;
}

function refuseOtherType({ type }: AppDiscountView, { basisPoints, amounts }: DiscountPatch): void {
  if (type === 'fixed' && basisPoints !== undefined)
    throw invalid('body.basis_points', 'It takes off an amount: change amounts, or make another discount.');
  if (type === 'percentage' && amounts !== undefined)
    throw invalid(
      'body.amounts',
      'It takes off a percentage: change basis_points, or make another discount.',
    );
}

/** A time that is named, beside the one that stays. */
function refuseEmptyWindow(before: AppDiscountView, { startsAt, endsAt }: DiscountPatch): void {
  if (startsAt === undefined && endsAt === undefined) return;
  const begin = startsAt === undefined ? readTime(before.starts_at) : startsAt;
  const end = endsAt === undefined ? readTime(before.ends_at) : endsAt;
  if (begin === null || end === null || begin < end) return;
  throw endsAt === undefined
    ? invalid('body.starts_at', `Must be before ends_at, which is ${before.ends_at}.`)
    : invalid('body.ends_at', `Must be after starts_at, which is ${before.starts_at}.`);
}

const readTime = (time: string | null) => (time === null ? null : Date.parse(time));

/**
 * Deletes a discount of the app. Subscriptions that have it keep it.
 * @throws {Problem} `not_found`, `polar_…`
 */
export async function deleteDiscount(
  services: Services,
  app: AppRow,
  { id, by }: { id: string; by: Doer },
): Promise<void> {
  const own = await requireOwnDiscount(services, app, id);
  const deleted = await services.polar(app.mode).deleteDiscount(id);
  if (!deleted.ok) throw refusedByPolar(deleted.error);
  await runBatch(services.database, [
    audit(services.database, by, services.now(), {
      action: 'discount.deleted',
      appId: app.id,
      target: id,
      before: auditedOf(present(services, own)),
    }),
    forgetCount(app.mode, id),
  ]);
}

function invalid(path: string, message: string): Problem {
  return new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
