import * as z from 'zod/mini';
import { mode, timestamp } from '../../http/shapes.ts';

/* What the gateway says of its own secrets: nothing that helps to learn one. */

export const gatewaySecret = z.object({
  setting: z.string(),
  purpose: z.enum(['admin', 'encryption', 'webhook', 'signing']),
  mode: z.nullable(mode),
  name: z.string(),
  since: timestamp,
  used_from: z.nullable(timestamp),
  state: z.enum(['coming', 'current', 'kept', 'removable', 'accepted']),
  removable_at: z.nullable(timestamp),
});

export const resealPlace = z.object({
  place: z.string(),
  resealed: z.int(),
  unreadable: z.int(),
  rows_left: z.int(),
  finished_at: z.nullable(timestamp),
});

export const resealing = z.object({
  key: z.string(),
  is_complete: z.boolean(),
  settled_at: timestamp,
  places: z.array(resealPlace),
});
export type ResealView = z.output<typeof resealing>;

/** A public key that is in no setting any more, or that was withdrawn. */
export const publishedKey = z.object({
  mode,
  name: z.string(),
  needed_until: timestamp,
  withdrawn_at: z.nullable(timestamp),
});

export const gatewaySecrets = z.object({
  settle_seconds: z.int(),
  publish_seconds: z.int(),
  secrets: z.array(gatewaySecret),
  published_keys: z.array(publishedKey),
  reseal: z.nullable(resealing),
});
export type SecretsView = z.output<typeof gatewaySecrets>;
