import type { NewEndpointView } from './endpoints.answers.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { auditRead } from '../../base/audit.rows.ts';
import { simplifyEventFilters } from '../../base/event-filter.rules.ts';
import { newId } from '../../base/ids.rules.ts';
import { type AskedMatches, type EndpointFormat, readMatches } from '../../base/event-matches.rules.ts';
import { newWebhookSecret } from '../deliveries/sign.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { AUDITED_SETTINGS, fromEndpoint } from './endpoint-audit.rows.ts';
import { countEndpoints, insertEndpoint, type NewEndpoint } from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { seal } from '../../base/sealed.ts';
import { requireEndpointUrl, sealUrl } from './check-endpoint-url.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { presentEndpoint } from './present-endpoint.ts';
import { secretContext } from './endpoint-secret.rules.ts';

const MAX_ENDPOINTS_PER_APP = 20;

const ROUTE = 'POST /v1/webhook-endpoints';

interface EndpointInput {
  url: string;
  events?: readonly string[] | undefined;
  match?: AskedMatches | null | undefined;
  format?: EndpointFormat | undefined;
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
  request: { key: string | undefined; rawBody: string; by: Doer },
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
    const { statements, view } = await prepareEndpoint(services, app, input, request.by);
    return { status: 201, body: view, commit: statements };
  });
}

/**
 * Prepares a new endpoint, for a batch of the caller's. Its secret is readable in `view` only; it is stored encrypted.
 * @throws {Problem} `disallowed_url`, naming `path`
 */
export async function prepareEndpoint(
  services: Services,
  app: Pick<AppRow, 'id' | 'mode' | 'slug'>,
  input: EndpointInput,
  by: Doer,
  path = 'body.url',
) {
  const format = input.format ?? 'standard';
  requireEndpointUrl(services, app, { url: input.url, format }, path);
  const now = services.now();
  const enabled = input.enabled ?? true;
  const id = newId('ep');
  const { shown, sealedUrl } = await sealUrl(services.config, id, { url: input.url, format });
  const row: NewEndpoint = {
    id,
    appId: app.id,
    url: shown,
    matches: readMatches(input.match ?? null),
    format,
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
  const sealedSecret = await seal(services.config, secretContext(row.id), secret);
  const { database } = services;
  const line = {
    action: 'endpoint.created',
    appId: app.id,
    target: row.id,
    after: AUDITED_SETTINGS,
  } as const;
  return {
    statements: [
      insertEndpoint(database, row, { sealedSecret, sealedUrl }),
      auditRead(database, by, now, line, fromEndpoint(app.id, row.id)),
    ],
    view: { ...presentEndpoint({ ...row, previousUntil: null }, now), secret } satisfies NewEndpointView,
  };
}
