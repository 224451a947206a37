import type { PlanName, ProductName, Proration } from './actions.ts';

/* What has happened in a life, with what only Polar decides: ids, amounts, and when a period ends. */

/** An order as Polar shows it; of it nothing that a later refund, payment or dispute changes. */
export interface PolarOrder {
  id: string;
  subscriptionId: string | null;
  /** As it was called then. */
  product: { id: string; name: string; plan: string };
  /** What the buyer is charged: `net + tax`, minor units. */
  total: number;
  net: number;
  tax: number;
  discountAmount: number;
  discount: { id: string; code: null; name: string } | null;
  invoice: string;
  /** Signed; negative: credit of an earlier change that was used. */
  balance: number;
  currency: string;
}

export type Happening =
  /** `payment`: what the gateway answered. */
  | { do: 'start'; at: number; payment: string; product: ProductName }
  | { do: 'pay'; payment: string; order: string; subscription: string | null; seats: number | null }
  | { do: 'card'; outcome: 'pays' | 'declines' }
  | { do: 'cancel' | 'uncancel' | 'revoke' | 'resume'; subscription: string }
  | { do: 'pause'; subscription: string; resumesAt: number | null }
  | { do: 'change'; subscription: string; to: PlanName; proration: Proration }
  | { do: 'seats'; subscription: string; seats: number; proration: Proration }
  | {
      do: 'refund';
      order: string;
      refund: string;
      amount: number;
      tax: number;
      revoke: boolean;
      slow: boolean;
    }
  | { do: 'settle'; refund: string; outcome: 'succeeded' | 'failed' }
  | { do: 'dispute'; order: string; dispute: string }
  /** An early warning, on which Polar gives the money back. `refund`: how much of it was left to give. */
  | { do: 'prevent'; order: string; dispute: string; refund: string; amount: number; tax: number }
  | { do: 'resolve'; dispute: string; outcome: 'won' | 'lost' }
  /** Time passes. `ends`: when the present period of each subscription ends, as Polar says before. */
  | { do: 'move'; to: number; ends: ReadonlyMap<string, number> };

/** A life so far: what happened, and Polar's orders of its customer, oldest first. */
export interface History {
  happenings: readonly Happening[];
  orders: readonly PolarOrder[];
}
