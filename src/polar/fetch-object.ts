import type { createPolarCore } from '@polar-sh/sdk/2026-10';
import { getBenefits } from '@polar-sh/sdk/2026-10/services/benefits';
import { getCheckouts } from '@polar-sh/sdk/2026-10/services/checkouts';
import { listSeatsCustomerSeats } from '@polar-sh/sdk/2026-10/services/customer_seats';
import { getCustomers } from '@polar-sh/sdk/2026-10/services/customers';
import { getMembers } from '@polar-sh/sdk/2026-10/services/customers/members';
import { getDisputes } from '@polar-sh/sdk/2026-10/services/disputes';
import { getOrders } from '@polar-sh/sdk/2026-10/services/orders';
import { getProducts } from '@polar-sh/sdk/2026-10/services/products';
import { getSubscriptions } from '@polar-sh/sdk/2026-10/services/subscriptions';
import type { PolarKind } from '../base/polar-kinds.rules.ts';

type Core = ReturnType<typeof createPolarCore>;

/** How Polar is asked for one object of each kind, see `PolarGateway.fetchObject`; null: only its lists show them. */
export const FETCH_OBJECT: Record<
  PolarKind,
  ((core: Core, id: string, customerId: string) => Promise<unknown>) | null
> = {
  checkout: (core, id) => getCheckouts(core)(id),
  customer: (core, id) => getCustomers(core)(id),
  seat: (core, id) => {
    const [kind, purchaseId = ''] = id.split('/');
    return listSeatsCustomerSeats(core)(
      kind === 'order' ? { order_id: purchaseId } : { subscription_id: purchaseId },
    );
  },
  member: (core, id, customerId) => getMembers(core)(customerId, id),
  order: (core, id) => getOrders(core)(id),
  subscription: (core, id) => getSubscriptions(core)(id),
  refund: null,
  product: (core, id) => getProducts(core)(id),
  benefit: (core, id) => getBenefits(core)(id),
  grant: null,
  dispute: (core, id) => getDisputes(core)(id),
};
