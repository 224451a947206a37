import { type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import {
  benefits,
  customers,
  grants,
  orders,
  products,
  refunds,
  snapshots,
  subscriptions,
} from '../base/db/schema.rows.ts';

/** Where a kind is stored, and which parts of its row, `t`, are compared. */
interface KeptKind {
  /** `snapshots` holds all kinds without a table of their own (ADR 3). */
  table: SQLiteTable;
  status?: SQL;
  /** True once the object itself was seen, not only a part of it inside another. */
  isWhole?: SQL;
  /** Whether its purchase or product belongs to an app by now. */
  canBeOwned?: SQL;
}

const ownedProduct = sql`exists (select 1 from ${products} as p where p.mode = t.mode and p.id = t.product_id and p.app_id is not null)`;
const ownedOrder = (id: SQL) =>
  sql`exists (select 1 from ${orders} as o where o.mode = t.mode and o.id = ${id} and o.app_id is not null)`;
const ownedSubscription = (id: SQL) =>
  sql`exists (select 1 from ${subscriptions} as s where s.mode = t.mode and s.id = ${id} and s.app_id is not null)`;
const status = sql`t.status`;

/** Where each of Polar's kinds is kept. */
export const KEPT_KINDS: Record<PolarKind, KeptKind> = {
  checkout: { table: snapshots, status },
  customer: { table: customers },
  seat: {
    table: snapshots,
    canBeOwned: sql`${ownedOrder(sql`t.data ->> '$.order_id'`)} or ${ownedSubscription(sql`t.data ->> '$.subscription_id'`)}`,
  },
  member: { table: snapshots, status },
  order: { table: orders, canBeOwned: ownedProduct },
  subscription: { table: subscriptions, canBeOwned: ownedProduct },
  refund: { table: refunds, canBeOwned: ownedOrder(sql`t.order_id`) },
  product: { table: products, isWhole: sql`t.data is not null` },
  benefit: { table: benefits },
  grant: {
    table: grants,
    canBeOwned: sql`${ownedOrder(sql`t.order_id`)} or ${ownedSubscription(sql`t.subscription_id`)}`,
  },
  dispute: {
    table: snapshots,
    status,
    canBeOwned: ownedOrder(sql`json_extract(t.data, '$.order_id')`),
  },
};
