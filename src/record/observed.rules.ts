import type { Observation } from '../polar/snapshots.rules.ts';

/**
 * The payment that the object's metadata names. It is only a hint, since metadata can be forged at Polar (trust rule
 * 5).
 */
export function readHint({ main }: Observation): string | undefined {
  const metadata = main.kind === 'order' || main.kind === 'subscription' ? main.row.metadata : undefined;
  const hint = metadata?.['gateway_payment_id'];
  return typeof hint === 'string' ? hint : undefined;
}

/** The checkout that began the subscription inside an order; later orders have none of their own. */
export function checkoutOfSubscription({ embedded }: Observation): string | null {
  const part = embedded.find(({ kind }) => kind === 'subscription');
  return part?.kind === 'subscription' ? part.row.checkoutId : null;
}

/** The customer whose access an observation may change. */
export function customerOf({ main }: Observation): string | null {
  if (main.kind === 'customer') return main.row.id;
  return 'customerId' in main.row ? main.row.customerId : null;
}
