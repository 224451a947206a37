import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';

/** The lines of an endpoint. */
export function describeEndpoint(endpoint: Answer<'GET /v1/webhook-endpoints/{id}'>): Field[] {
  const { enabled, disabled_reason, failing_since, rate_limit } = endpoint;
  return [
    ['endpoint', endpoint.id],
    ['url', endpoint.url],
    ['events', endpoint.events],
    ['match', endpoint.match && JSON.stringify(endpoint.match)],
    ['format', endpoint.format],
    ['description', endpoint.description],
    [
      'state',
      enabled
        ? failing_since === null
          ? 'enabled'
          : `failing since ${failing_since}`
        : `disabled (${disabled_reason ?? 'paused'})`,
    ],
    ['catching up', endpoint.catching_up ? 'yes' : 'no'],
    ['ordering', endpoint.ordering],
    ['rate limit', rate_limit === null ? 'none' : `${rate_limit} a minute`],
    ['older secrets sign until', endpoint.previous_secrets_expire_at],
    ['created', endpoint.created_at],
  ];
}
