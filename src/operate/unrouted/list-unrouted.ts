import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { UnroutedView } from './unrouted.answers.ts';
import { dismissUnrouted, type PurchaseKind, selectUnrouted, type UnroutedRow } from './unrouted.rows.ts';

export interface UnroutedQuery {
  mode: Mode;
  dismissed: boolean;
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Purchases that belong to no app, newest first. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listUnrouted(
  services: Services,
  { mode, dismissed, createdAfter, createdBefore, limit, cursor }: UnroutedQuery,
): Promise<{ data: UnroutedView[]; next_cursor: string | null }> {
  const rows = await selectUnrouted(
    services.database,
    { mode, isDismissed: dismissed, since: createdAfter, until: createdBefore },
    // One more than asked for, to know whether there is a next page.
    { after: cursor === undefined ? undefined : decodeCursor(cursor), limit: limit + 1 },
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map(presentUnrouted),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** Hides a purchase of no app. @throws {Problem} `not_found` when there is none, or an app has it. */
export async function dismissPurchase(
  services: Services,
  purchase: { kind: PurchaseKind; id: string },
  by: Doer,
): Promise<void> {
  const isFound = await dismissUnrouted(services.database, purchase, by, services.now());
  if (!isFound) throw new Problem('not_found', { detail: `No such ${purchase.kind} is without an app.` });
}

function presentUnrouted(row: UnroutedRow): UnroutedView {
  return {
    kind: row.kind,
    id: row.id,
    mode: row.mode,
    why: whyUnrouted(row),
    status: row.status,
    product: row.productId === null ? null : { id: row.productId, name: row.productName },
    product_owner: row.productOwner,
    customer: { id: row.customerId, email: row.email },
    amount: row.amount,
    currency: row.currency,
    orders: row.orders,
    refunds: row.refunds,
    grants: row.grants,
    dismissed: row.isDismissed === 1,
    created_at: new Date(row.createdAt).toISOString(),
  };
}

function whyUnrouted({ productId, isProductKnown, productOwner }: UnroutedRow): UnroutedView['why'] {
  if (productId === null) return 'no_product';
  if (isProductKnown === 0) return 'product_unknown';
  return productOwner === null ? 'product_unowned' : 'about_to_be_routed';
}
