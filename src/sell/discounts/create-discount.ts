import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { isUnmet } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { PolarGateway, PolarRefusal } from '../../base/polar-gateway.ts';
import type { Services } from '../../base/services.ts';
import { hashSecret } from '../../base/secrets.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { campaignByCodeStatement, requireNoCampaign } from '../campaigns/campaigns.rows.ts';
import { hasCode, isCode, readDiscount } from '../discounts.rules.ts';
import { MOST_PAGES } from '../resolve-discount.ts';
import { ownProductsStatement, soldProductsStatement } from './app-discounts.rows.ts';
import { type NewDiscount, readMetadata, REQUEST_KEY, toPolarDiscount } from './app-discount.rules.ts';
import type { AppDiscountView } from './discounts.answers.ts';
import { allProducts, codeOfCampaign, present, refusedByPolar, requireAll } from './own-discount.ts';

const ROUTE = 'POST /v1/discounts';

/**
 * Makes a discount at Polar that is the app's: bound to its products and marked. Of a lost answer the same `Idempotency-Key` finds
 * the discount again by its code; one without a code may be there twice then, and can be deleted.
 * @throws {Problem} `validation_failed`, `conflict` for the code of a campaign, `polar_…`, `idempotency_…`
 */
export function createDiscount(
  services: Services,
  app: AppRow,
  discount: NewDiscount,
  { key, rawBody, by }: { key: string | undefined; rawBody: string; by: Doer },
): Promise<{ status: number; body: unknown }> {
  const { productIds: named } = discount;
  const fingerprint = () => fingerprintOf(ROUTE, rawBody);
  const request = {
    appId: app.id,
    route: ROUTE,
    key,
    fingerprint,
    prefetch: {
      products: named === undefined ? soldProductsStatement(app.id) : ownProductsStatement(app, named),
      campaign: discount.code === undefined ? [] : [campaignByCodeStatement(app, discount.code)],
    },
  };
  let madeId: string | undefined;
  const making = withIdempotency(services, request, async ({ products, campaign }) => {
    if (campaign.flat().length > 0) throw codeOfCampaign();
    const productIds = named === undefined ? allProducts(products) : requireAll(named, products);
    const requestId =
      key === undefined ? undefined : await hashSecret(JSON.stringify([app.id, key, await fingerprint()]));
    const input = toPolarDiscount(
      { ...discount, productIds },
      {
        owner: app.product,
        ownerKey: services.config.ownerKeys.product,
        request: requestId,
      },
    );
    const made = await services.polar(app.mode).createDiscount(input);
    const data = made.ok
      ? made.value.data
      : await findMade(services, app, { code: discount.code, requestId, refusal: made.error });
    const body: AppDiscountView = present(services, { data, ownProductIds: new Set(productIds) });
    madeId = body.id;
    const isFree = discount.code === undefined ? [] : [requireNoCampaign(app.id, discount.code)];
    return { status: 201, body, commit: [...isFree, auditCreated(services, app, body, by)] };
  });
  return making.catch(async (error: unknown) => {
    if (!isUnmet(error) || madeId === undefined) throw error;
    // A campaign got the code while the discount was made.
    const deleted = await services.polar(app.mode).deleteDiscount(madeId);
    if (!deleted.ok) throw refusedByPolar(deleted.error);
    throw codeOfCampaign();
  });
}

/** The discount of an earlier try with the same key, whose answer was lost: its code is taken, by itself. */
async function findMade(
  services: Services,
  app: AppRow,
  {
    code,
    requestId,
    refusal,
  }: { code: string | undefined; requestId: string | undefined; refusal: PolarRefusal },
): Promise<unknown> {
  const isTaken = refusal.errors.some(({ path }) => /\bcode$/.test(path));
  if (isTaken && code !== undefined && requestId !== undefined && isCode(code)) {
    const made = await findOnPages(services.polar(app.mode), { code, requestId });
    if (made !== undefined) return made;
  }
  throw refusedByPolar(refusal);
}

/** Polar finds the codes and names that contain the text, and the one that is looked for may be on a further page of those. */
async function findOnPages(polar: PolarGateway, made: { code: string; requestId: string }): Promise<unknown> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { items, maxPage } = await polar.fetchDiscounts(page, made.code);
    const found = items.find((data) => isMadeBy(data, made));
    if (found !== undefined || page >= maxPage) return found;
  }
  return undefined;
}

function isMadeBy(data: unknown, { code, requestId }: { code: string; requestId: string }): boolean {
  try {
    return hasCode(readDiscount(data), code) && readMetadata(data)[REQUEST_KEY] === requestId;
  } catch {
    return false;
  }
}

function auditCreated(services: Services, app: AppRow, { id, ...made }: AppDiscountView, by: Doer) {
  return audit(services.database, by, services.now(), {
    action: 'discount.created',
    appId: app.id,
    target: id,
    after: auditedOf(made),
  });
}

/** What the audit log says of a discount: not its metadata, which is the app's own text. */
export function auditedOf(discount: Omit<AppDiscountView, 'id'>): object {
  const { name, code, type, basis_points, amounts, duration, starts_at, ends_at, max_redemptions } = discount;
  return { name, code, type, basis_points, amounts, duration, starts_at, ends_at, max_redemptions };
}
