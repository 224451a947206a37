import type { PolarKind } from '../base/polar-kinds.rules.ts';

/** Where a kind is stored, and which parts of its row, `t`, are compared. */
interface KeptKind {
  /** `snapshots` holds all kinds without a table of their own (ADR 3). */
  table: string;
  status?: string;
  /** True once the object itself was seen, not only a part of it inside another. */
  isWhole?: string;
  /** It has what the release before did not keep (ADR 73), and all of it is of the same time. */
  isFilled?: string;
  /** Whether its purchase or product belongs to an app by now. */
  canBeOwned?: string;
}

const ownedProduct =
  'exists (select 1 from products as p where p.mode = t.mode and p.id = t.product_id and p.app_id is not null)';
const ownedOrder = (id: string) =>
  `exists (select 1 from orders as o where o.mode = t.mode and o.id = ${id} and o.app_id is not null)`;
const ownedSubscription = (id: string) =>
  `exists (select 1 from subscriptions as s where s.mode = t.mode and s.id = ${id} and s.app_id is not null)`;
const status = 't.status';

/** Where each of Polar's kinds is kept. */
export const KEPT_KINDS: Record<PolarKind, KeptKind> = {
  checkout: { table: 'snapshots', status },
  customer: { table: 'customers' },
  seat: {
    table: 'snapshots',
    canBeOwned: `${ownedOrder("t.data ->> '$.order_id'")} or ${ownedSubscription("t.data ->> '$.subscription_id'")}`,
  },
  member: { table: 'snapshots', status },
  order: { table: 'orders', isFilled: 't.discount_amount is not null', canBeOwned: ownedProduct },
  subscription: {
    table: 'subscriptions',
    // A newer one inside an order has no details: those stored may be of before.
    isFilled: 't.currency is not null and t.details is not null and t.details_version >= t.version',
    canBeOwned: ownedProduct,
  },
  refund: {
    table: 'refunds',
    isFilled: 't.tax_amount is not null',
    canBeOwned: ownedOrder('t.order_id'),
  },
  product: { table: 'products', isWhole: 't.data is not null' },
  benefit: { table: 'benefits' },
  grant: {
    table: 'grants',
    // What has no such type is filled by the migration that added it (ADR 98), or came without its benefit.
    isFilled: `t.benefit_type <> '' and case t.benefit_type when 'license_keys' then t.license_key_id is not null
      when 'downloadables' then t.file_ids is not null
      when 'discord' then t.connection is not null when 'github_repository' then t.connection is not null
      when 'slack_shared_channel' then t.connection is not null else 1 end`,
    canBeOwned: `${ownedOrder('t.order_id')} or ${ownedSubscription('t.subscription_id')}`,
  },
  dispute: { table: 'snapshots', status, canBeOwned: ownedOrder("json_extract(t.data, '$.order_id')") },
};
