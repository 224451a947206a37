import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';

/** A dispute as apps see it. Amounts are minor units; `amount` is without tax. */
export const dispute = z.object({
  id: z.string(),
  payment_id: z.nullable(z.string()),
  order_id: z.string(),
  /** Polar's, no enum: Polar may add one. */
  status: z.string(),
  open: z.boolean(),
  amount: z.nullable(z.int()),
  tax_amount: z.nullable(z.int()),
  currency: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  evidence_due_by: z.nullable(z.string()),
  past_due: z.boolean(),
  access: z.enum(['kept', 'suspended', 'ended']),
  created_at: timestamp,
});
export type DisputeView = z.output<typeof dispute>;
export const disputeList = list(dispute);
