import type { NewEndpointView } from './endpoints.answers.ts';
import { simplifyEventFilters } from '../../base/event-filter.rules.ts';
import { newId } from '../../base/ids.rules.ts';
import { newWebhookSecret } from '../deliveries/sign.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import {
  countEndpoints,
  insertEndpoint,
  type NewEndpoint,
  removeEndpoint,
  selectEndpoint,
  selectEndpoints,
} from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { seal } from '../../base/sealed.ts';
import { requireEndpointUrl } from './check-endpoint-url.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { presentEndpoint, unknownEndpoint } from './present-endpoint.ts';

const MAX_ENDPOINTS_PER_APP = 20;
const ROUTE = 'POST /v1/webhook-endpoints';

/** The name that an endpoint's encrypted secret is bound to, so that it cannot be decrypted in another row. */
export function secretContext(endpointId: string): string {
  return `endpoint:${endpointId}`;
}

interface EndpointInput {
  url: string;
  events?: readonly string[] | undefined;
  description?: string | undefined;
  enabled?: boolean | undefined;
  rate_limit?: number | null | undefined;
  ordering?: NewEndpoint['ordering'] | undefined;
}

/**
 * Registers an endpoint: at most once for an `Idempotency-Key`.
 * @throws {Problem} `disallowed_url`; `conflict` when the app has as many as it may; see `withIdempotency`.
 */
export function registerEndpoint(
  services: Services,
  app: AppRow,
  input: EndpointInput,
  request: { key: string | undefined; rawBody: string },
) {
  const { database } = services;
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: countEndpoints(database, app.id),
  };
  return withIdempotency(services, once, async ([{ count } = { count: 0 }]) => {
    if (count >= MAX_ENDPOINTS_PER_APP) {
      throw new Problem('conflict', {
        detail: `An app may have ${MAX_ENDPOINTS_PER_APP} webhook endpoints. Delete one first.`,
      });
    }
    const { statement, view } = await prepareEndpoint(services, app, input);
    return { status: 201, body: view, commit: statement };
  });
}

/**
 * Prepares a new endpoint, for a batch of the caller's. Its secret is readable in `view` only; it is stored encrypted.
 * @throws {Problem} `disallowed_url`, naming `path`
 */
export async function prepareEndpoint(
  services: Services,
  app: Pick<AppRow, 'id' | 'mode'>,
  input: EndpointInput,
  path = 'body.url',
) {
  requireEndpointUrl(services, app.mode, input.url, path);
  const now = services.now();
  const enabled = input.enabled ?? true;
  const row: NewEndpoint = {
    id: newId('ep'),
    appId: app.id,
    url: input.url,
    description: input.description ?? '',
    events: simplifyEventFilters(input.events ?? ['*']),
    enabled,
    disabledReason: enabled ? null : 'paused',
    disabledAt: enabled ? null : now,
    ordering: input.ordering ?? 'none',
    rateLimit: input.rate_limit ?? null,
    rateAt: 0,
    pace: null,
    pacedAt: 0,
    catchUpTo: null,
    drainToken: null,
    drainUntil: 0,
    failures: 0,
    failingSince: null,
    isSlow: false,
    warnedAt: null,
    notice: null,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  };
  const secret = newWebhookSecret();
  const sealed = await seal(services.config, secretContext(row.id), secret);
  return {
    statement: insertEndpoint(services.database, row, sealed),
    view: { ...presentEndpoint({ ...row, previousUntil: null }, now), secret } satisfies NewEndpointView,
  };
}

/** The endpoints of an app, newest first. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listEndpoints(
  services: Services,
  app: AppRow,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const rows = await selectEndpoints(services.database, app.id, {
    limit: page.limit + 1,
    beforeId: after?.id,
  });
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row) => presentEndpoint(row, services.now())),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** One endpoint of the app. @throws {Problem} `not_found`, also for another app's. */
export async function getEndpoint(services: Services, app: AppRow, id: string) {
  const [row] = await selectEndpoint(services.database, app.id, id);
  if (!row) throw unknownEndpoint(id);
  return presentEndpoint(row, services.now());
}

/** Deletes an endpoint; what still waits for it is canceled. @throws {Problem} `not_found`, also for another app's. */
export async function deleteEndpoint(services: Services, app: AppRow, id: string): Promise<void> {
  if (!(await removeEndpoint(services.database, app.id, id, services.now()))) throw unknownEndpoint(id);
}
