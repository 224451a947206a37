import * as z from 'zod/mini';

const part = z.enum(['ready', 'unavailable', 'not_configured']);

/** What the gateway stands on. `problems` says of every part that is not available why. */
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
  problems: z.optional(z.array(z.object({ part: z.string(), why: z.string() }))),
});
export type HealthView = z.output<typeof health>;
export type PartState = z.output<typeof part>;
