import * as z from 'zod/mini';
import { timestamp } from '../../http/shapes.ts';
import { decision } from '../access.answers.ts';

/* What `GET /v1/access/explain` answers. */

const kind = z.enum(['grant', 'own_grant', 'order', 'subscription']);

const row = {
  kind,
  id: z.string(),
  payment_id: z.nullable(z.string()),
  product_id: z.nullable(z.string()),
  benefit_id: z.nullable(z.string()),
  order_id: z.nullable(z.string()),
  subscription_id: z.nullable(z.string()),
  member_id: z.nullable(z.string()),
};

export const support = z.object({
  ...row,
  source: z.enum(['polar', 'app']),
  resources: z.array(z.string()),
  from: z.nullable(timestamp),
  until: z.nullable(timestamp),
  is_awaited: z.boolean(),
});
export type SupportView = z.output<typeof support>;

export const missing = z.object({
  why: z.enum([
    'revoked',
    'expired',
    'not_paid',
    'not_active',
    'not_granted_yet',
    'payment_under_way',
    'not_bought',
    'not_sold',
    'unknown_customer',
  ]),
  text: z.string(),
  of: z.nullable(z.object(row)),
  payment_id: z.nullable(z.string()),
  product: z.nullable(z.object({ id: z.string(), name: z.string() })),
  status: z.nullable(z.string()),
  taken_back: z.array(z.string()),
  since: z.nullable(timestamp),
});
export type MissingView = z.output<typeof missing>;

export const cause = z.object({
  at: timestamp,
  type: z.string(),
  event_id: z.nullable(z.string()),
  occurred_at: z.nullable(timestamp),
  polar_event: z.nullable(z.object({ id: z.string(), type: z.string(), received_at: timestamp })),
  object: z.nullable(z.object({ kind: z.string(), id: z.string() })),
});
export type CauseView = z.output<typeof cause>;

export const explanation = z.extend(decision, {
  customer: z.nullable(z.string()),
  at: timestamp,
  summary: z.string(),
  supported_by: z.array(support),
  missing: z.array(missing),
  because: z.array(cause),
  caches: z.object({
    could_differ: z.boolean(),
    until: z.nullable(timestamp),
    changed_at: z.nullable(timestamp),
    max_age: z.int(),
  }),
  complete: z.boolean(),
  complete_since: z.nullable(timestamp),
});
export type ExplanationView = z.output<typeof explanation>;
