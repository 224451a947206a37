import type { BacklogView, EndpointView } from './endpoints.answers.ts';
import { Problem } from '../../base/problem.ts';
import type { EndpointRow } from './endpoints.rows.ts';

/** An endpoint as its app sees it. `now`: milliseconds. */
export function presentEndpoint(row: EndpointRow, now: number): EndpointView {
  const isOverlapping = row.previousUntil !== null && row.previousUntil > now;
  return {
    id: row.id,
    url: row.url,
    events: row.events,
    match: row.matches as EndpointView['match'],
    format: row.format,
    description: row.description,
    enabled: row.enabled,
    disabled_reason: row.disabledReason,
    disabled_at: isoOrNull(row.disabledAt),
    failing_since: isoOrNull(row.failingSince),
    ordering: row.ordering,
    rate_limit: row.rateLimit,
    catching_up: row.enabled && row.catchUpTo !== null,
    previous_secrets_expire_at: isOverlapping ? isoOrNull(row.previousUntil) : null,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}

/** ISO 8601 of milliseconds since 1970. */
export function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** How many deliveries wait for an endpoint, and since when. `now`: milliseconds. */
export function presentBacklog(
  { count, oldestAt }: { count: number; oldestAt: number | null },
  now: number,
): BacklogView {
  return {
    count,
    oldest_at: isoOrNull(oldestAt),
    age_seconds: oldestAt === null ? null : Math.max(0, Math.floor((now - oldestAt) / 1000)),
  };
}

/** The refusal for an endpoint that the app does not have, also for another app's (invariant 5). */
export function unknownEndpoint(id: string): Problem {
  return new Problem('not_found', { detail: `There is no webhook endpoint ${id}.` });
}
