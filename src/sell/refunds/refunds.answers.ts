import * as z from 'zod/mini';
import { list } from '../../http/shapes.ts';

/** A refund as apps see it, wherever it was made. Amounts are minor units; `amount` is without tax. */
export const refund = z.object({
  id: z.string(),
  payment_id: z.string(),
  status: z.enum(['pending', 'succeeded', 'failed']),
  amount: z.int(),
  tax_amount: z.nullable(z.int()),
  currency: z.string(),
  reason: z.string(),
  comment: z.nullable(z.string()),
  failure_reason: z.nullable(z.string()),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  created_at: z.iso.datetime(),
});
export type RefundView = z.output<typeof refund>;
export const refundList = list(refund);
