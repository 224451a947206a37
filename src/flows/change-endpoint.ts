import { simplifyEventFilters } from '../domain/event-filter.ts';
import { drainMessage } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { changeEndpoint, type EndpointChange } from '../storage/endpoint-changes.ts';
import type { AppRow } from '../storage/schema.ts';
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
 * Changes an endpoint, for what happens from now on. Disabled, it goes on collecting deliveries; enabled again, it is
 * sent what it missed, in order. @throws {Problem} `not_found`, also for another app's; `disallowed_url`
 */
export async function updateEndpoint(
  services: Services,
  app: AppRow,
  id: string,
  settings: EndpointSettings,
) {
  const { url, events, rate_limit: rateLimit, ...same } = settings;
  if (url !== undefined) requireEndpointUrl(services, app.mode, url, 'body.url');
  const now = services.now();
  const { row, isBack } = await changeEndpoint(
    services.database,
    { appId: app.id, id, now },
    { ...same, url, rateLimit, events: events && simplifyEventFilters(events) },
  );
  if (!row) throw unknownEndpoint(id);
  if (isBack) services.wake([drainMessage(id)]);
  return presentEndpoint(row, now);
}
