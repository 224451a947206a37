import * as z from 'zod/mini';
import { list, mode, timestamp } from '../http/shapes.ts';

/* What the routes of apps answer. */

export const key = z.object({
  id: z.string(),
  kind: z.enum(['secret', 'publishable']),
  name: z.string(),
  hint: z.string(),
  // Not an enum: a client that is older than a scope reads it all the same.
  scopes: z.nullable(z.array(z.string())),
  created_at: timestamp,
  expires_at: z.nullable(timestamp),
  last_used_at: z.nullable(timestamp),
  revoked_at: z.nullable(timestamp),
});
export type KeyView = z.output<typeof key>;
export const keyList = list(key);

export const app = z.object({
  id: z.string(),
  slug: z.string(),
  product: z.string(),
  mode,
  name: z.string(),
  origins: z.array(z.string()),
  callback_urls: z.array(z.string()),
  owns_unclaimed: z.boolean(),
  allows_foreign_codes: z.boolean(),
  past_due_grace_days: z.int(),
  ending_notice_days: z.int(),
  dispute_access: z.enum(['keep', 'suspend']),
  created_at: timestamp,
  updated_at: timestamp,
});
export type AppView = z.output<typeof app>;
export const appList = list(app);

/** Keys and secrets as they are shown once. */
export const newKey = z.extend(key, { key: z.string() });
export type NewKeyView = z.output<typeof newKey>;

export const newApp = z.extend(app, {
  secret_key: z.string(),
  publishable_key: z.string(),
  webhook_secret: z.optional(z.string()),
});
export type NewAppView = z.output<typeof newApp>;
