import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolarApi } from './api.ts';
import { lacksScopes } from './organization.ts';

export interface Endpoint {
  id: string;
  url: string;
  enabled: boolean;
  format: string;
  events: string[];
  secret: string;
}

const PATH = '/v1/webhooks/endpoints';

/** The endpoints with this address; there should be one at most. @throws {CliError} */
export async function fetchEndpoints(polar: PolarApi, url: string): Promise<Endpoint[]> {
  const { status, body } = await polar.call('GET', `${PATH}?limit=100`);
  if (status !== 200) throw refused(polar, status, 'webhooks:read');
  return (body as { items: Endpoint[] }).items.filter((each) => each.url === url);
}

/** What is wrong with an endpoint, in words; nothing when it is well. */
export function faultsOf(endpoint: Endpoint, types: readonly string[]): string[] {
  const missing = types.filter((type) => !endpoint.events.includes(type));
  return [
    ...(endpoint.enabled ? [] : ['it is disabled']),
    ...(endpoint.format === 'raw' ? [] : [`its format is ${endpoint.format}`]),
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
  ];
}

/**
 * Registers the endpoint with a secret of ours, so that the gateway knows it before Polar sends anything. An answer that is lost is looked for:
 * Polar would take the same address twice.
 * @throws {CliError}
 */
export async function registerEndpoint(
  polar: PolarApi,
  input: { url: string; events: readonly string[]; secret: string },
): Promise<Endpoint> {
  try {
    const { status, body } = await polar.call('POST', PATH, { ...input, format: 'raw' });
    if (status !== 201) throw refused(polar, status, 'webhooks:write', body);
    return body as Endpoint;
  } catch (error) {
    const [found] = await fetchEndpoints(polar, input.url).catch(() => []);
    if (found) return found;
    throw error;
  }
}

/** Enables the endpoint for all these types, and keeps others that somebody has added. @throws {CliError} */
export async function mendEndpoint(
  polar: PolarApi,
  endpoint: Endpoint,
  types: readonly string[],
): Promise<Endpoint> {
  const events = [...new Set([...endpoint.events, ...types])];
  const change = { enabled: true, format: 'raw', events };
  const { status, body } = await polar.call('PATCH', `${PATH}/${endpoint.id}`, change);
  if (status !== 200) throw refused(polar, status, 'webhooks:write', body);
  return body as Endpoint;
}

function refused(polar: PolarApi, status: number, scope: string, body?: unknown): CliError {
  if (status === 403) return lacksScopes(polar, [scope]);
  return new CliError(EXIT.failed, `Polar answered ${status} about the webhook endpoint${wordsOf(body)}.`);
}

/** What Polar says is wrong, without what it was sent: that has the secret in it. */
function wordsOf(body: unknown): string {
  const { detail } = (body ?? {}) as { detail?: string | { loc?: unknown[]; msg?: string }[] };
  if (typeof detail === 'string') return `: ${detail}`;
  if (!Array.isArray(detail)) return '';
  return `: ${detail.map(({ loc = [], msg = '' }) => `${loc.join('.')} ${msg}`).join(', ')}`;
}
