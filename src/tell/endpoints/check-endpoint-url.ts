import type { Config } from '../../base/config.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { EndpointFormat } from '../../base/event-matches.rules.ts';
import { seal } from '../../base/sealed.ts';
import { bindingOf, readBoundPlace } from './bound-places.rules.ts';
import { urlContext } from './endpoint-secret.rules.ts';
import { findBound } from './find-bound.ts';
import { checkEndpointUrl, describeUrlRefusal, type EndpointUrlRules } from './endpoint-urls.rules.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';

/**
 * Which URLs events of a mode may be sent to. A live app in a development gateway's database (a copy of the real one) is
 * still a live app: https and the public internet only.
 */
export function endpointUrlRules(config: Pick<Config, 'url' | 'development'>, mode: Mode): EndpointUrlRules {
  return { ownUrl: config.url, development: config.development && mode !== 'live' };
}

/** What stands for all of a chat’s address but its origin. */
const LEFT_OUT = '/…';

/** Where an endpoint is to be, and how it is written to. */
interface Address {
  url: string;
  format: EndpointFormat;
}

/**
 * Refuses an address that an app's events may not be sent to. `path` names its field.
 * @throws {Problem} `disallowed_url`
 */
export function requireEndpointUrl(
  services: Services,
  app: Pick<AppRow, 'mode' | 'slug'>,
  address: Address,
  path: string,
): void {
  const message = refuseAddress(services, app, address);
  if (message === undefined) return;
  throw new Problem('disallowed_url', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

function refuseAddress(
  { config, env }: Services,
  { mode, slug }: Pick<AppRow, 'mode' | 'slug'>,
  { url, format }: Address,
): string | undefined {
  const bound = readBoundPlace(url);
  if (!bound) {
    const checked = checkEndpointUrl(url, endpointUrlRules(config, mode));
    if (!checked.ok) return describeUrlRefusal(checked.error);
    // Whoever copies what was shown would send everything to nowhere.
    return format !== 'standard' && url.endsWith(LEFT_OUT)
      ? 'This is what is shown of a chat’s address. Give the whole of it, as the chat gave it to you.'
      : undefined;
  }
  if (format !== 'standard') return 'A queue or another Worker is sent the format standard.';
  if (findBound(env, bound, slug)) return undefined;
  return `The operator has bound no ${bound.kind} of this name for the app: the gateway has no binding ${bindingOf(bound, slug)}.`;
}

/**
 * An address as it is stored: whoever knows that of a chat can write into it, so all but its origin is encrypted. `shown` is what
 * answers, lists and the audit log have.
 */
export async function sealUrl(
  config: Config,
  id: string,
  { url, format }: Address,
): Promise<{ shown: string; sealedUrl: string | null }> {
  if (format === 'standard') return { shown: url, sealedUrl: null };
  return { shown: `${new URL(url).origin}${LEFT_OUT}`, sealedUrl: await seal(config, urlContext(id), url) };
}
