import type { Doer } from '../../base/audit-actions.rules.ts';
import { simplifyEventFilters } from '../../base/event-filter.rules.ts';
import { type AskedMatches, readMatches } from '../../base/event-matches.rules.ts';
import { drainMessage } from '../../base/messages.ts';
import type { Services } from '../../base/services.ts';
import { changeEndpoint, type EndpointChange } from './endpoint-changes.rows.ts';
import { selectEndpoint } from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { requireEndpointUrl, sealUrl } from './check-endpoint-url.ts';
import { presentEndpoint, unknownEndpoint } from './present-endpoint.ts';

interface EndpointSettings {
  url?: string | undefined;
  events?: string[] | undefined;
  match?: AskedMatches | null | undefined;
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
  const { url, events, match, rate_limit: rateLimit, ...same } = settings;
  const address = url === undefined ? {} : await readAddress(services, app, id, url);
  const now = services.now();
  const { row, isBack } = await changeEndpoint(
    services.database,
    { appId: app.id, id, now, by },
    {
      ...same,
      ...address,
      rateLimit,
      events: events && simplifyEventFilters(events),
      ...(match === undefined ? {} : { matches: readMatches(match) }),
    },
  );
  if (!row) throw unknownEndpoint(id);
  if (isBack) services.wake([drainMessage(id)]);
  return presentEndpoint(row, now);
}

/** A new address as it is stored: how, the endpoint's format says, which stays. */
async function readAddress(services: Services, app: AppRow, id: string, url: string) {
  const [endpoint] = await selectEndpoint(services.database, app.id, id);
  if (!endpoint) throw unknownEndpoint(id);
  // Of a chat no more is shown, so whoever sends back what was read leaves it where it is.
  if (endpoint.format !== 'standard' && url === endpoint.url) return {};
  const address = { url, format: endpoint.format };
  requireEndpointUrl(services, app, address, 'body.url');
  const { shown, sealedUrl } = await sealUrl(services.config, id, address);
  return { url: shown, sealedUrl };
}
