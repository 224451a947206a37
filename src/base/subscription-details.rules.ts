/** What only a whole subscription shows: one inside an order lacks it. */
export interface SubscriptionDetails {
  discount: { id: string; code: string | null; name: string | null } | null;
  /** A change that Polar makes at the next renewal; what is null does not change. `appliesAt`: milliseconds. */
  pendingUpdate: {
    productId: string | null;
    seats: number | null;
    units: number | null;
    appliesAt: number | null;
  } | null;
  units: number | null;
}
