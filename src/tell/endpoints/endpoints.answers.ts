import * as z from 'zod/mini';
import { ENDPOINT_FORMATS } from '../../base/event-matches.rules.ts';
import { list, timestamp } from '../../http/shapes.ts';

/* What the routes of webhook endpoints answer. */

const disabledReason = z.nullable(z.enum(['paused', 'gone', 'failing']));

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bound = z.optional(z.union([z.string(), z.number()]));
export const fieldMatch = z.object({
  eq: z.optional(scalar),
  not: z.optional(scalar),
  in: z.optional(z.array(scalar)),
  gt: bound,
  gte: bound,
  lt: bound,
  lte: bound,
  exists: z.optional(z.boolean()),
});

export const endpoint = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  match: z.nullable(z.record(z.string(), fieldMatch)),
  format: z.enum(ENDPOINT_FORMATS),
  description: z.string(),
  enabled: z.boolean(),
  disabled_reason: disabledReason,
  disabled_at: z.nullable(timestamp),
  failing_since: z.nullable(timestamp),
  ordering: z.enum(['none', 'payment']),
  rate_limit: z.nullable(z.int()),
  catching_up: z.boolean(),
  previous_secrets_expire_at: z.nullable(timestamp),
  created_at: timestamp,
  updated_at: timestamp,
});
export type EndpointView = z.output<typeof endpoint>;
export const endpointList = list(endpoint);

/** With the secret, as it is shown once. */
export const newEndpoint = z.extend(endpoint, { secret: z.string() });
export type NewEndpointView = z.output<typeof newEndpoint>;

export const backlog = z.object({
  count: z.int(),
  oldest_at: z.nullable(timestamp),
  age_seconds: z.nullable(z.int()),
});
export type BacklogView = z.output<typeof backlog>;

export const latency = z.object({ p50: z.nullable(z.int()), p95: z.nullable(z.int()) });
export const deliveryCounts = z.object({ pending: z.int(), failed: z.int() });

export const metrics = z.object({
  endpoint_id: z.string(),
  since: timestamp,
  attempts: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  success_rate: z.nullable(z.number()),
  latency_ms: latency,
  deliveries: deliveryCounts,
  backlog,
  failing_since: z.nullable(timestamp),
  last_success_at: z.nullable(timestamp),
  enabled: z.boolean(),
  disabled_reason: disabledReason,
});
export type MetricsView = z.output<typeof metrics>;

export const rotatedSecret = z.object({
  id: z.string(),
  secret: z.string(),
  previous_secrets_expire_at: z.nullable(timestamp),
});
export type RotatedSecretView = z.output<typeof rotatedSecret>;

export const testReport = z.object({
  event_id: z.string(),
  delivered: z.boolean(),
  status: z.nullable(z.int()),
  error: z.nullable(z.string()),
  message: z.nullable(z.string()),
  latency_ms: z.int(),
  response: z.nullable(z.string()),
});
export type TestReportView = z.output<typeof testReport>;

export const dueDeliveries = z.object({ due: z.int() });
export type DueDeliveriesView = z.output<typeof dueDeliveries>;

/** An endpoint that fails or is disabled, of any app. */
export const unhealthyEndpoint = z.object({
  id: z.string(),
  app: z.string(),
  url: z.string(),
  state: z.enum(['failing', 'disabled']),
  since: timestamp,
  disabled_reason: disabledReason,
  backlog,
});
export type UnhealthyEndpointView = z.output<typeof unhealthyEndpoint>;
export const unhealthyEndpointList = list(unhealthyEndpoint);
