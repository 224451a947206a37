import type { PolarGateway, PolarRead } from '../../base/polar-gateway.ts';
import type { RereadKind } from '../../base/polar-kinds.rules.ts';
import type { Services } from '../../base/services.ts';
import { grantObject, orderObject } from '../../polar/objects.rules.ts';
import type { Read } from '../../record/apply-reads.ts';
import { beginsSubscription } from '../../record/what-is-told.rules.ts';
import { type PurchaseKind, selectUnownedOrders, type StoredPurchase } from './unrouted.rows.ts';

/** A part of a purchase as Polar has it, and how it is read again if there is no room for it now. */
export interface Relative {
  read: Read;
  again: { kind: RereadKind; id: string };
}

/** How many orders of a subscription are read at once; the others follow it by themselves. */
const MAX_ORDERS = 5;

/**
 * A purchase with its orders, refunds and grants, in the order in which they say whose the next ones are. Undefined: Polar does not
 * know it.
 */
export async function fetchRelatives(
  services: Services,
  { id, mode, customerId }: StoredPurchase,
  kind: PurchaseKind,
): Promise<Relative[] | undefined> {
  const polar = services.polar(mode);
  const purchase = await polar.fetchObject(kind, id);
  if (!purchase) return undefined;
  const first: Relative = { read: { kind, read: purchase }, again: { kind, id } };
  const later =
    kind === 'order'
      ? []
      : await fetchOrders(
          polar,
          id,
          await selectUnownedOrders(services.database, { mode, subscriptionId: id, limit: MAX_ORDERS }),
        );
  const orders = kind === 'order' ? [first] : later;
  const refunds = await Promise.all(orders.map(({ read }) => fetchRefunds(polar, read.read)));
  return [first, ...later, ...refunds.flat(), ...(await fetchGrants(polar, { kind, id, customerId }))];
}

/**
 * The order that began a subscription, which Floe may not have heard of: nothing would say whose it is once it came alone, since it goes
 * before its subscription (ADR 20). Then those that are known and belong to no app.
 */
async function fetchOrders(
  polar: PolarGateway,
  subscriptionId: string,
  ids: readonly string[],
): Promise<Relative[]> {
  const { items, requestedAt } = await polar.fetchOrdersOfSubscription(subscriptionId, 'first');
  const [first] = items.flatMap((data): Relative[] => {
    const { data: order } = orderObject().safeParse(data);
    return order && beginsSubscription({ billingReason: order.billing_reason })
      ? [{ read: { kind: 'order', read: { data, requestedAt } }, again: { kind: 'order', id: order.id } }]
      : [];
  });
  const others = await Promise.all(
    ids
      .filter((id) => id !== first?.again.id)
      .map(async (id): Promise<Relative[]> => {
        const read = await polar.fetchObject('order', id);
        return read ? [{ read: { kind: 'order', read }, again: { kind: 'order', id } }] : [];
      }),
  );
  return [...(first ? [first] : []), ...others.flat()];
}

async function fetchRefunds(polar: PolarGateway, read: PolarRead): Promise<Relative[]> {
  const { data: order } = orderObject().safeParse(read.data);
  if (!order || order.refunded_amount === 0) return [];
  const { items, requestedAt } = await polar.fetchRefunds(order.id, 1);
  return items.map((data) => ({
    read: { kind: 'refund', read: { data, requestedAt } },
    again: { kind: 'refunds', id: order.id },
  }));
}

async function fetchGrants(
  polar: PolarGateway,
  { kind, id, customerId }: { kind: PurchaseKind; id: string; customerId: string },
): Promise<Relative[]> {
  const { items, requestedAt } = await polar.fetchGrants(customerId, 1);
  return items.flatMap((data): Relative[] => {
    const { data: grant } = grantObject().safeParse(data);
    const of = kind === 'order' ? grant?.order_id : grant?.subscription_id;
    return of === id
      ? [{ read: { kind: 'grant', read: { data, requestedAt } }, again: { kind: 'grants', id: customerId } }]
      : [];
  });
}
