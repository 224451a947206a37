import * as z from 'zod/mini';
import { timestamp } from '../http/shapes.ts';

/* What the routes of access answer. */

const noes = [
  'not_granted',
  'revoked',
  'expired',
  'unknown_customer',
  'unknown_resource',
  'pending_payment',
  'unavailable',
] as const;

export const decision = z.object({
  resource: z.string(),
  allow: z.boolean(),
  reason: z.enum(['granted', ...noes]),
  expires_at: z.nullable(timestamp),
  /** Of a yes to a feature. */
  values: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});
export type DecisionView = z.output<typeof decision>;

export const access = z.extend(decision, {
  customer: z.nullable(z.string()),
  token: z.nullable(z.string()),
});
export type AccessView = z.output<typeof access>;

export const accessBatch = z.object({
  customer: z.nullable(z.string()),
  results: z.array(decision),
  token: z.nullable(z.string()),
});
export type AccessBatchView = z.output<typeof accessBatch>;

export const forwarded = z.object({
  allow: z.boolean(),
  reason: z.enum(['granted', 'public', 'no_session', 'path_refused', ...noes]),
});
export type ForwardedView = z.output<typeof forwarded>;

export const publicKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.string(),
  use: z.literal('sig'),
  licenses_only: z.optional(z.literal(true)),
});

export const jwks = z.object({ keys: z.array(publicKey) });
export type JwksView = z.output<typeof jwks>;
