/** What trouble can be turned on at `/_sim/faults`, and how it is written. */

import * as z from 'zod';

const rate = z.number().min(0).max(1);
const ms = z.number().min(0).max(600_000);

const DISTRIBUTIONS =
  'Give milliseconds, or {"kind":"fixed","ms":…}, {"kind":"uniform","min_ms":…,"max_ms":…} or {"kind":"lognormal","p50_ms":…,"p99_ms":…}.';

/** How long something takes; a bare number is a fixed time. */
const distribution = z.preprocess(
  (value) => (typeof value === 'number' ? { kind: 'fixed', ms: value } : value),
  z.discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('fixed'), ms }),
      z
        .strictObject({ kind: z.literal('uniform'), min_ms: ms, max_ms: ms })
        .refine(({ min_ms, max_ms }) => max_ms >= min_ms, {
          path: ['max_ms'],
          error: 'Must not be below min_ms',
        }),
      z
        .strictObject({ kind: z.literal('lognormal'), p50_ms: ms.min(1), p99_ms: ms.min(1) })
        .refine(({ p50_ms, p99_ms }) => p99_ms >= p50_ms, {
          path: ['p99_ms'],
          error: 'Must not be below p50_ms',
        }),
    ],
    { error: DISTRIBUTIONS },
  ),
);

export type Distribution = z.output<typeof distribution>;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const settings = z.strictObject({
  /** Where the dice start. Giving it, even the same one, starts the run again. */
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** Added to every API call, in real milliseconds. */
  latency_ms: distribution,
  /** Probability of 429 with `Retry-After: retry_after_s`. */
  rate_limited: rate,
  retry_after_s: z.number().int().min(0).max(86_400),
  /** Probability of `server_error_status`. */
  server_error: rate,
  server_error_status: z.literal([500, 502, 503, 504], { error: 'Must be 500, 502, 503 or 504' }),
  /** Probability of a connection that ends without an answer. */
  connection_reset: rate,
  /** Before the call had any effect, after it was carried out, or either by the dice. */
  connection_reset_when: z.enum(['before', 'after', 'either']),
  /** Only calls with these methods; null for all. */
  methods: z.array(z.enum(METHODS)).min(1).nullable(),
  /** Only calls of this path, in which `*` stands for anything: `/v1/checkouts/*`; null for all. */
  path: z.string().startsWith('/', 'Should begin with /').max(500).nullable(),
  /** Probability that an event is sent twice. */
  webhook_duplicate: rate,
  /** Probability that an event lets later ones pass. */
  webhook_reorder: rate,
  /** How long, at most, such an event is held back; null for Polar's own second (nothing with manual jobs). */
  webhook_reorder_window_ms: ms.nullable(),
  /** Probability that an event is lost although Polar believes it delivered. */
  webhook_drop: rate,
  /** Added to the time before an event's first attempt, in simulated milliseconds. */
  webhook_delay_ms: distribution,
});

export type FaultSettings = z.output<typeof settings>;

/** What can be changed; whatever is not named stays as it is. */
export const faultChange = settings.partial();
export type FaultChange = z.output<typeof faultChange>;

export const NO_FAULTS: Readonly<FaultSettings> = {
  seed: 1,
  latency_ms: { kind: 'fixed', ms: 0 },
  rate_limited: 0,
  retry_after_s: 1,
  server_error: 0,
  server_error_status: 500,
  connection_reset: 0,
  connection_reset_when: 'either',
  methods: null,
  path: null,
  webhook_duplicate: 0,
  webhook_reorder: 0,
  webhook_reorder_window_ms: null,
  webhook_drop: 0,
  webhook_delay_ms: { kind: 'fixed', ms: 0 },
};

/** Whether a call is one of those that trouble was asked for. */
export function isMeant(settings: FaultSettings, method: string, path: string): boolean {
  const { methods, path: pattern } = settings;
  if (methods && !methods.some((each) => each === method)) return false;
  return pattern === null || patternOf(pattern).test(path);
}

function patternOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`);
}
