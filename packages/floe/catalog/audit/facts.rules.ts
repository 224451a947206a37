import * as z from 'zod';
import type { Mode } from '../../deployments/deployment-file.ts';
import type { There } from '../there/there.rules.ts';

/* What rules look at besides the catalogues. Each is asked for when a rule that needs it is on. */

/** Something that was asked for, or why it cannot be known: a token that may not read it, a gateway that nobody named. */
export type Known<T> = { value: T } | { why: string };

export interface Facts {
  organization: Organization;
  endpoints: readonly Endpoint[];
  /** Of archived products of ours, how many subscribe, by key; none is left out. */
  subscribersOfArchived: ReadonlyMap<string, number>;
  /** Of products whose price would change, by key. */
  subscribersOfChanged: ReadonlyMap<string, number>;
  /** What the access token may do beyond what a catalogue takes. */
  excessScopes: readonly string[];
  apps: GatewayApps;
  /** What Polar has in its other environment. */
  otherSide: OtherSide;
}

export interface OtherSide {
  mode: Mode;
  there: There;
}

export interface GatewayApps {
  /** The gateway's address. */
  gateway: string;
  /** The products of its apps, in any mode. */
  products: readonly string[];
  /** An app of the mode owns what names no app. */
  ownsUnclaimed: boolean;
}

/** Of a webhook endpoint at Polar; never its secret. */
export const endpointModel = z.object({
  id: z.string(),
  url: z.string(),
  enabled: z.boolean(),
  events: z.array(z.string()),
});
type Endpoint = z.output<typeof endpointModel>;

/** Of Polar's organization. What newer answers lack is undefined, and then nothing is said of it. */
export const organizationModel = z.object({
  slug: z.string(),
  default_presentment_currency: z.string().optional(),
  default_tax_behavior: z.string().optional(),
  subscription_settings: z
    .object({
      allow_multiple_subscriptions: z.boolean().optional(),
      benefit_revocation_grace_period: z.number().optional(),
      prevent_trial_abuse: z.boolean().optional(),
      proration_behavior: z.string().optional(),
    })
    .default({}),
  customer_portal_settings: z
    .object({
      subscription: z.object({ update_plan: z.boolean().optional() }).default({}),
    })
    .default({ subscription: {} }),
  embed_hosts: z.array(z.string()).default([]),
  embed_hosts_enforced: z.boolean().optional(),
  capabilities: z
    .object({ checkout_payments: z.boolean().optional(), subscription_renewals: z.boolean().optional() })
    .default({}),
});
export type Organization = z.output<typeof organizationModel>;
