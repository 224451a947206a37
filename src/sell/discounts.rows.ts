import { type Database, runBatch } from '../base/db/database.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { query } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { DiscountOwner } from './discounts.rules.ts';

const OWN_PRODUCTS = query<{ mode: Mode; appId: string; ids: string }, { id: string }>(`
  select p.id from json_each(:ids) as j
  cross join products as p on p.mode = :mode and p.id = j.value and p.app_id = :appId`);

const OTHER_APP = query<{ mode: Mode; appId: string }, { found: number }>(`
  select 1 as found from apps where mode = :mode and id <> :appId limit 1`);

/** What decides whose the discounts of these products are, for `isOwnDiscount`. One round trip. */
export async function findDiscountOwner(
  database: Database,
  app: AppRow,
  productIds: readonly string[],
): Promise<DiscountOwner> {
  const { mode, id: appId, product, ownsUnclaimed } = app;
  const found = await runBatch(database, {
    own: OWN_PRODUCTS({ mode, appId, ids: JSON.stringify([...new Set(productIds)]) }),
    others: OTHER_APP({ mode, appId }),
  });
  return {
    product,
    isAlone: ownsUnclaimed && found.others.length === 0,
    ownProductIds: new Set(found.own.map(({ id }) => id)),
  };
}
