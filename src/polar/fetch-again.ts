import type { PolarGateway, PolarPage, PolarRead } from '../base/polar-gateway.ts';
import type { PolarKind, RereadKind } from '../base/polar-kinds.rules.ts';

/** What Polar answered to one request to read something again. */
interface FetchedAgain {
  objects: { kind: PolarKind; read: PolarRead }[];
  /** No page comes after it. */
  isLast: boolean;
}

interface Reread {
  /**
   * The reads are a list: objects that are stored as Polar has them are not applied, and an odd one does not keep the
   * others from being applied.
   */
  isList: boolean;
  /** @throws as `PolarGateway` does */
  fetch: (polar: PolarGateway, id: string, page: number) => Promise<FetchedAgain>;
}

/** How Polar is asked for what is to be read again, by the id that a reread goes by. */
export const REREADS: Record<RereadKind, Reread> = {
  checkout: byItsId('checkout'),
  order: byItsId('order'),
  subscription: byItsId('subscription'),
  product: byItsId('product'),
  customer: byItsId('customer'),
  refunds: {
    isList: true,
    async fetch(polar, orderId, page) {
      // Refunds change their order's amounts, so the order is read with them.
      const order = page === 1 ? await polar.fetchObject('order', orderId) : undefined;
      const refunds = toFetched('refund', page, await polar.fetchRefunds(orderId, page));
      const first = order ? [{ kind: 'order' as const, read: order }] : [];
      return { ...refunds, objects: [...first, ...refunds.objects] };
    },
  },
  grants: {
    isList: true,
    fetch: async (polar, customerId, page) =>
      toFetched('grant', page, await polar.fetchGrants(customerId, page)),
  },
};

function byItsId(kind: PolarKind): Reread {
  return {
    isList: false,
    async fetch(polar, id) {
      const read = await polar.fetchObject(kind, id);
      return { objects: read ? [{ kind, read }] : [], isLast: true };
    },
  };
}

function toFetched(kind: PolarKind, page: number, { items, maxPage, requestedAt }: PolarPage): FetchedAgain {
  return {
    objects: items.map((data) => ({ kind, read: { data, requestedAt } })),
    isLast: page >= maxPage,
  };
}
