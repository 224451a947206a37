import * as z from 'zod/mini';
import { timestamp } from '../../http/shapes.ts';

/* What the routes of an app's own grants answer. */

export const ownGrant = z.object({
  id: z.string(),
  source: z.literal('app'),
  customer: z.string(),
  resources: z.array(z.string()),
  state: z.enum(['granted', 'expired', 'revoked']),
  reason: z.string(),
  created_at: timestamp,
  expires_at: z.nullable(timestamp),
  revoked_at: z.nullable(timestamp),
});
export type OwnGrantView = z.output<typeof ownGrant>;
