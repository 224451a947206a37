import * as z from 'zod/mini';

const part = z.enum(['ready', 'unavailable', 'not_configured']);

const scopes = z.array(z.string());
const remarks = z.array(z.object({ part: z.string(), why: z.string() }));

const organization = z.object({ allow_multiple_subscriptions: z.nullable(z.boolean()) });

/**
 * What the gateway stands on. `problems` says of every part that is not available why; `warnings` what works and will
 * surprise somebody.
 */
export const health = z.object({
  status: z.enum(['ready', 'degraded']),
  parts: z.object({
    d1: part,
    kv: part,
    queue: part,
    schedule: part,
    mail: part,
    keys: part,
    polar: z.object({ live: part, sandbox: part }),
  }),
  /** What the gateway does at Polar: the scopes that it needs, and those that a mode's token was refused for. */
  capabilities: z.record(
    z.string(),
    z.object({ scopes, missing: z.object({ live: scopes, sandbox: scopes }) }),
  ),
  /** Settings of each mode's organization at Polar; null: not known yet. */
  organizations: z.object({ live: organization, sandbox: organization }),
  problems: z.optional(remarks),
  warnings: z.optional(remarks),
});
export type HealthView = z.output<typeof health>;
export type PartState = z.output<typeof part>;
