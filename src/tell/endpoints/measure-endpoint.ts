import type { MetricsView, UnhealthyEndpointView } from './endpoints.answers.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import { measureEndpoint, selectUnhealthy } from './endpoint-metrics.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isoOrNull, presentBacklog, unknownEndpoint } from './present-endpoint.ts';

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_WINDOW_MS = DAY_MS;
const MAX_WINDOW_DAYS = 90;

/**
 * How an endpoint has done since a time (milliseconds; undefined: for a day).
 * @throws {Problem} `not_found`, also for another app's; `validation_failed` for a time too long ago.
 */
export async function getEndpointMetrics(
  services: Services,
  app: AppRow,
  { id, since }: { id: string; since: number | undefined },
): Promise<MetricsView> {
  const now = services.now();
  const from = since ?? now - DEFAULT_WINDOW_MS;
  if (from < now - MAX_WINDOW_DAYS * DAY_MS) throw tooLongAgo();
  const found = await measureEndpoint(services.database, app.id, id, from);
  if (!found) throw unknownEndpoint(id);
  const { endpoint, attempts, deliveries, backlog } = found;
  return {
    endpoint_id: id,
    since: new Date(from).toISOString(),
    attempts: attempts.attempts,
    succeeded: attempts.succeeded,
    failed: attempts.attempts - attempts.succeeded,
    success_rate: attempts.attempts === 0 ? null : attempts.succeeded / attempts.attempts,
    latency_ms: { p50: attempts.p50, p95: attempts.p95 },
    deliveries,
    backlog: presentBacklog(backlog, now),
    failing_since: isoOrNull(endpoint.failingSince),
    last_success_at: isoOrNull(attempts.lastSuccessAt),
    enabled: endpoint.enabled,
    disabled_reason: endpoint.disabledReason,
  };
}

/**
 * Endpoints of all apps that fail, or are disabled, latest first. @throws {Problem} `validation_failed` for an unknown
 * cursor.
 */
export async function listUnhealthyEndpoints(
  services: Services,
  { state, limit, cursor }: { state: 'failing' | 'disabled'; limit: number; cursor?: string | undefined },
) {
  const now = services.now();
  const rows = await selectUnhealthy(services.database, state, {
    limit: limit + 1,
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row): UnhealthyEndpointView => ({
      id: row.id,
      app: row.app,
      url: row.url,
      state,
      since: new Date(row.since).toISOString(),
      disabled_reason: row.disabledReason,
      backlog: presentBacklog(row, now),
    })),
    next_cursor: last ? encodeCursor({ at: last.since, id: last.id }) : null,
  };
}

function tooLongAgo(): Problem {
  const message = `Must be within the last ${MAX_WINDOW_DAYS} days.`;
  return new Problem('validation_failed', {
    detail: `query.since: ${message}`,
    errors: [{ path: 'query.since', message }],
  });
}
