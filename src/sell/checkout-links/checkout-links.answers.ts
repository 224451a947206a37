import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';

/* What the routes of checkout links answer. */

export const checkoutLink = z.object({
  id: z.string(),
  url: z.string(),
  label: z.nullable(z.string()),
  settings: z.record(z.string(), z.unknown()),
  opened: z.int(),
  last_opened_at: z.nullable(timestamp),
  created_at: timestamp,
  updated_at: timestamp,
});
export type CheckoutLinkView = z.output<typeof checkoutLink>;
export const checkoutLinkList = list(checkoutLink);
