import * as z from 'zod/mini';
import { list, mode, timestamp } from '../../http/shapes.ts';

const kind = z.enum(['order', 'subscription']);

export const unroutedProduct = z.object({ id: z.string(), name: z.nullable(z.string()) });
export const unroutedCustomer = z.object({ id: z.string(), email: z.nullable(z.string()) });

/** A purchase that belongs to no app. */
export const unrouted = z.object({
  kind,
  id: z.string(),
  mode,
  /** `about_to_be_routed`: its product has an owner by now, and what Polar sent of it is applied again. */
  why: z.enum(['no_product', 'product_unknown', 'product_unowned', 'about_to_be_routed']),
  status: z.string(),
  product: z.nullable(unroutedProduct),
  product_owner: z.nullable(z.string()),
  customer: unroutedCustomer,
  amount: z.nullable(z.int()),
  currency: z.nullable(z.string()),
  orders: z.int(),
  refunds: z.int(),
  grants: z.int(),
  dismissed: z.boolean(),
  created_at: timestamp,
});
export type UnroutedView = z.output<typeof unrouted>;
export const unroutedList = list(unrouted);

/** What has become of a purchase that was adopted. */
export const adopted = z.object({
  kind,
  id: z.string(),
  mode,
  app: z.string(),
  payment_id: z.nullable(z.string()),
  /** How many of its relatives were read and applied, and how many are still to be. */
  applied: z.int(),
  remaining: z.int(),
});
export type AdoptedView = z.output<typeof adopted>;
