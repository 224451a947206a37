import * as z from 'zod/mini';

/** A checkout that a browser has started. */
export const startedCheckout = z.object({ url: z.nullable(z.string()), payment_id: z.string() });
export type StartedCheckoutView = z.output<typeof startedCheckout>;
