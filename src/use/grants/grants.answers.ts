import * as z from 'zod/mini';
import { GRANT_STATES } from '../../base/grant-states.rules.ts';
import { ownGrant } from '../../access/own-grants/own-grants.answers.ts';
import { list, timestamp } from '../../http/shapes.ts';
import { FULFILMENTS } from './fulfilments.rules.ts';
import { REASONS } from './reasons.rules.ts';

/** What a grant is of. Of another app's benefit no more than id and type. */
export const grantedBenefit = z.object({
  id: z.string(),
  type: z.nullable(z.string()),
  description: z.nullable(z.string()),
});
/** The product of its purchase. */
export const grantedProduct = z.object({
  id: z.string(),
  name: z.nullable(z.string()),
  plan: z.nullable(z.string()),
});
/** Whose grant it is. */
export const grantHolder = z.object({
  id: z.string(),
  external_id: z.nullable(z.string()),
  email: z.nullable(z.string()),
});
/** The member of a team who holds it. */
export const grantedMember = z.object({ id: z.string(), role: z.nullable(z.string()) });
/** The key that it gave. */
export const grantedKey = z.object({ id: z.string(), display_key: z.nullable(z.string()) });
/** What the customer still has to do. */
export const grantAction = z.object({
  code: z.enum(['connect_discord', 'connect_github', 'connect_slack']),
  text: z.string(),
  url: z.string(),
});
/** Why Polar could not grant. */
export const grantError = z.object({ type: z.string(), message: z.string(), at: z.nullable(timestamp) });

/** How far people are with it. */
export const fulfilment = z.object({
  status: z.enum(FULFILMENTS),
  /** The last word; null: nobody has said anything yet. */
  by: z.nullable(z.string()),
  comment: z.nullable(z.string()),
  at: z.nullable(timestamp),
});
export type FulfilmentView = z.output<typeof fulfilment>;

/** A grant from Polar, as apps see it. */
export const grant = z.object({
  id: z.string(),
  source: z.literal('polar'),
  state: z.enum(GRANT_STATES),
  since: timestamp,
  benefit: grantedBenefit,
  product: z.nullable(grantedProduct),
  customer: grantHolder,
  member: z.nullable(grantedMember),
  payment_id: z.nullable(z.string()),
  order_id: z.nullable(z.string()),
  subscription_id: z.nullable(z.string()),
  license_key: z.nullable(grantedKey),
  file_ids: z.nullable(z.array(z.string())),
  action: z.nullable(grantAction),
  error: z.nullable(grantError),
  fulfilment: z.nullable(fulfilment),
  granted_at: z.nullable(timestamp),
  revoked_at: z.nullable(timestamp),
  created_at: timestamp,
});
export type GrantView = z.output<typeof grant>;
/** From all sources: `source` says which of both it is. */
export const listedGrant = z.discriminatedUnion('source', [grant, ownGrant]);
export const grantList = list(listedGrant);

/** Something that happened to a grant. */
export const grantChange = z.object({
  what: z.enum(['created', 'updated', 'renewed', 'revoked']),
  at: timestamp,
  state: z.enum(GRANT_STATES),
  why: z.nullable(z.enum(REASONS)),
  seen_at: timestamp,
});
/** What somebody did for it. */
export const fulfilmentChange = z.object({
  status: z.enum(FULFILMENTS),
  by: z.string(),
  comment: z.nullable(z.string()),
  at: timestamp,
});
/** A grant with all that happened to it, oldest first. */
export const grantDetail = z.extend(grant, {
  history: z.array(grantChange),
  fulfilments: z.array(fulfilmentChange),
});
export type GrantDetailView = z.output<typeof grantDetail>;

/** Something that happened to a grant of the app's own. */
export const ownGrantChange = z.object({
  what: z.enum(['created', 'revoked']),
  at: timestamp,
  why: z.nullable(z.enum(['expired', 'revoked', 'customer_deleted'])),
});
export const ownGrantDetail = z.extend(ownGrant, { history: z.array(ownGrantChange) });
export type OwnGrantDetailView = z.output<typeof ownGrantDetail>;
export const anyGrantDetail = z.discriminatedUnion('source', [grantDetail, ownGrantDetail]);

/** The note of a custom benefit. */
export const grantNote = z.object({ grant_id: z.string(), markdown: z.string(), html: z.string() });
export type GrantNoteView = z.output<typeof grantNote>;
