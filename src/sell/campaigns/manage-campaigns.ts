import type { AuditAction, Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import { isUnmet, runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId, newId } from '../../base/ids.rules.ts';
import { describeErrors, Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { ownProductsStatement } from '../discounts/app-discounts.rows.ts';
import { requireOwnDiscount } from '../discounts/own-discount.ts';
import type { CampaignView } from './campaigns.answers.ts';
import {
  campaignsStatement,
  campaignStatement,
  deleteCampaignRow,
  insertCampaign,
  MAX_CAMPAIGNS,
  requireFreeCode,
  requireRoomForCampaign,
  updateCampaign,
} from './campaigns.rows.ts';
import {
  type CampaignRow,
  type CampaignRule,
  type CountedCampaign,
  presentCampaign,
} from './campaigns.rules.ts';
import { refuseDiscountsCode } from './refuse-discounts-code.ts';

export interface CampaignInput {
  name: string;
  code: string;
  rules: readonly CampaignRule[];
}

const ROUTE = 'POST /v1/campaigns';

/**
 * Makes one code of several discounts, which are the app's.
 * @throws {Problem} `validation_failed`, `conflict`, `polar_…`, `idempotency_…`
 */
export function createCampaign(
  services: Services,
  app: AppRow,
  input: CampaignInput,
  { key, rawBody, by }: { key: string | undefined; rawBody: string; by: Doer },
): Promise<{ status: number; body: unknown }> {
  const fingerprint = () => fingerprintOf(ROUTE, rawBody);
  const request = { appId: app.id, route: ROUTE, key, fingerprint, prefetch: [] };
  const making = withIdempotency(services, request, async () => {
    await requireOwnRules(services, app, input.rules);
    const now = services.now();
    const row = rowOf(app, input, { id: newId('cmp'), createdAt: now, updatedAt: now });
    const isNoDiscounts = await refuseDiscountsCode(services, app, row);
    return {
      status: 201,
      body: presentCampaign(row) satisfies CampaignView,
      commit: [
        requireRoomForCampaign(app.id),
        requireFreeCode(row),
        isNoDiscounts,
        insertCampaign(row),
        auditOf(services, row, by, 'campaign.created'),
      ],
    };
  });
  return making.catch(explainTaken);
}

/** @throws {Problem} `not_found`, `validation_failed`, `conflict`, `polar_…` */
export async function changeCampaign(
  services: Services,
  app: AppRow,
  { id, by, ...patch }: Partial<CampaignInput> & { id: string; by: Doer },
): Promise<CampaignView> {
  const before = await findCampaign(services, app, id);
  if (patch.rules) await requireOwnRules(services, app, patch.rules);
  const after: CampaignRow = {
    ...before,
    name: patch.name ?? before.name,
    code: patch.code?.toLowerCase() ?? before.code,
    rules: patch.rules ? JSON.stringify(patch.rules) : before.rules,
    updatedAt: services.now(),
  };
  // One that has a discount's code already, from before that was refused, may say so again.
  const isNew = patch.code !== undefined && after.code !== before.code;
  const isNoDiscounts = isNew ? [await refuseDiscountsCode(services, app, after)] : [];
  const { changed } = await runBatch(services.database, {
    free: patch.code === undefined ? [] : [requireFreeCode(after), ...isNoDiscounts],
    changed: updateCampaign(after, {
      name: patch.name ?? null,
      code: patch.code === undefined ? null : after.code,
      rules: patch.rules === undefined ? null : after.rules,
    }),
    audited: auditOf(services, after, by, 'campaign.changed'),
  }).catch(explainTaken);
  const [row] = changed;
  if (!row) throw unknownCampaign();
  return presentCampaign(row);
}

/** Its discounts stay. @throws {Problem} `not_found` */
export async function deleteCampaign(
  services: Services,
  app: AppRow,
  { id, by }: { id: string; by: Doer },
): Promise<void> {
  const row = await findCampaign(services, app, id);
  await runBatch(services.database, [
    deleteCampaignRow(app.id, id),
    auditOf(services, row, by, 'campaign.deleted'),
  ]);
}

/** @throws {Problem} `not_found`, for another app's too */
export async function getCampaign(services: Services, app: AppRow, id: string): Promise<CampaignView> {
  return presentCampaign(await findCampaign(services, app, id));
}

/** A page of an app's campaigns, newest first. @throws {Problem} `validation_failed` for an unknown cursor */
export async function listCampaigns(
  services: Services,
  app: AppRow,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ data: CampaignView[]; next_cursor: string | null }> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  // One more than asked for, to know whether there is a next page.
  const { rows } = await runBatch(services.database, { rows: campaignsStatement(app.id, limit + 1, after) });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map(presentCampaign),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** @throws {Problem} `not_found`, for another app's too */
export async function findCampaign(services: Services, app: AppRow, id: string): Promise<CountedCampaign> {
  const asked = isId('cmp', id) ? [campaignStatement(app, id)] : [];
  const [row] = (await runBatch(services.database, asked)).flat();
  if (!row) throw unknownCampaign();
  return row;
}

function unknownCampaign(): Problem {
  return new Problem('not_found', { detail: 'This app has no such campaign.' });
}

/** Every discount and product of the rules must be the app's. @throws {Problem} `validation_failed`, `polar_…` */
async function requireOwnRules(
  services: Services,
  app: AppRow,
  rules: readonly CampaignRule[],
): Promise<void> {
  const named = rules.flatMap(({ productIds }) => productIds ?? []);
  const { own } = await runBatch(services.database, { own: ownProductsStatement(app, named) });
  const sold = new Set(own.map(({ id }) => id));
  const errors = rules.flatMap(({ productIds }, index) =>
    (productIds ?? []).flatMap((id, at) =>
      sold.has(id)
        ? []
        : [{ path: `body.rules.${index}.product_ids.${at}`, message: 'This app has no such product.' }],
    ),
  );
  for (const [index, { discountId }] of rules.entries()) {
    const path = `body.rules.${index}.discount_id`;
    if (!(await isOwn(services, app, discountId)))
      errors.push({ path, message: 'This app has no such discount.' });
  }
  if (errors.length > 0) throw new Problem('validation_failed', { detail: describeErrors(errors), errors });
}

async function isOwn(services: Services, app: AppRow, discountId: string): Promise<boolean> {
  try {
    await requireOwnDiscount(services, app, discountId);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return false;
    throw error;
  }
}

function rowOf(
  app: AppRow,
  { name, code, rules }: CampaignInput,
  made: Pick<CampaignRow, 'id' | 'createdAt' | 'updatedAt'>,
): CampaignRow {
  return { ...made, appId: app.id, name, code: code.toLowerCase(), rules: JSON.stringify(rules) };
}

function explainTaken(error: unknown): never {
  if (!isUnmet(error)) throw error;
  throw new Problem('conflict', {
    detail: `body.code: Another campaign or a discount of this app has this code, or it has ${MAX_CAMPAIGNS} campaigns. Choose another code, or delete one.`,
  });
}

function auditOf(services: Services, row: CampaignRow, by: Doer, action: AuditAction) {
  const { name, code, rules } = presentCampaign(row);
  const line = { action, appId: row.appId, target: row.id };
  const what = { name, code, rules };
  return audit(services.database, by, services.now(), {
    ...line,
    ...(action === 'campaign.deleted' ? { before: what } : { after: what }),
  });
}
