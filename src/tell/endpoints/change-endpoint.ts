import type { Doer } from '../../base/audit-actions.rules.ts';
import { simplifyEventFilters } from '../../base/event-filter.rules.ts';
import { drainMessage } from '../../base/messages.ts';
import type { Services } from '../../base/services.ts';
import { changeEndpoint, type EndpointChange } from './endpoint-changes.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { requireEndpointUrl } from './check-endpoint-url.ts';
import { presentEndpoint, unknownEndpoint } from './present-endpoint.ts';

interface EndpointSettings {
  url?: string | undefined;
  events?: string[] | undefined;
  description?: string | undefined;
  enabled?: boolean | undefined;
  rate_limit?: number | null | undefined;
  ordering?: EndpointChange['ordering'];
}

/**
 * Changes an endpoint. While it is disabled it goes on collecting deliveries; when it is enabled again, it is sent what
 * it missed, in order (ADR 27). @throws {Problem} `not_found`, also for another app's; `disallowed_url`
 */
export async function updateEndpoint(
  services: Services,
  app: AppRow,
  id: string,
  settings: EndpointSettings,
  by: Doer,
) {
  const { url, events, rate_limit: rateLimit, ...same } = settings;
  if (url !== undefined) requireEndpointUrl(services, app.mode, url, 'body.url');
  const now = services.now();
  const { row, isBack } = await changeEndpoint(
    services.database,
    { appId: app.id, id, now, by },
    { ...same, url, rateLimit, events: events && simplifyEventFilters(events) },
  );
  if (!row) throw unknownEndpoint(id);
  if (isBack) services.wake([drainMessage(id)]);
  return presentEndpoint(row, now);
}
