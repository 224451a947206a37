import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { fingerprint } from './new-values.ts';
import type { PolarEndpoint } from './webhook-steps.rules.ts';

/** Calls of Polar's API with an access token of one mode. */
export interface PolarCalls {
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

interface Raw {
  id: string;
  url: string;
  enabled: boolean;
  events: string[];
  secret: string;
  created_at: string;
}

const PATH = '/v1/webhooks/endpoints';

/** Those with this address. @throws {CliError} */
export async function fetchEndpointsAt(polar: PolarCalls, url: string): Promise<PolarEndpoint[]> {
  const { items } = (await ask(polar, 'GET', `${PATH}?limit=100`)) as { items: Raw[] };
  return Promise.all(items.filter((each) => each.url === url).map(readEndpoint));
}

/** Registers one with a secret of ours. Polar's answer has the secret that it uses, which may be another. @throws {CliError} */
export async function registerEndpoint(
  polar: PolarCalls,
  input: { url: string; events: readonly string[]; secret: string },
): Promise<void> {
  await ask(polar, 'POST', PATH, { ...input, format: 'raw' });
}

/** Turns one on, for these types. @throws {CliError} */
export async function enableEndpoint(
  polar: PolarCalls,
  id: string,
  events: readonly string[],
): Promise<void> {
  await ask(polar, 'PATCH', `${PATH}/${id}`, { enabled: true, format: 'raw', events });
}

/** @throws {CliError} */
export async function deleteEndpoint(polar: PolarCalls, id: string): Promise<void> {
  await ask(polar, 'DELETE', `${PATH}/${id}`);
}

async function readEndpoint({ id, enabled, events, secret, created_at }: Raw): Promise<PolarEndpoint> {
  return { id, enabled, events, secret, createdAt: Date.parse(created_at), name: await fingerprint(secret) };
}

async function ask(polar: PolarCalls, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await polar.call(method, path, body);
  if (answer.status < 300) return answer.body;
  // Deleted by the run before.
  if (method === 'DELETE' && answer.status === 404) return undefined;
  if (answer.status === 401 || answer.status === 403)
    throw new CliError(EXIT.refused, `Polar refuses the access token (${answer.status}).`, {
      hint: 'It needs the scopes webhooks:read and webhooks:write.',
    });
  throw new CliError(EXIT.failed, `Polar answered ${answer.status} about the webhook endpoint.`);
}
