import type { Config } from '../config.ts';
import { checkEndpointUrl, describeUrlRefusal, type EndpointUrlRules } from '../domain/endpoint-urls.ts';
import type { Mode } from '../domain/mode.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';

/**
 * Which URLs facts of a mode may be sent to. A live app in a development gateway's database (a copy of the real one) is
 * still a live app: https and the public internet only.
 */
export function endpointUrlRules(config: Pick<Config, 'url' | 'development'>, mode: Mode): EndpointUrlRules {
  return { ownUrl: config.url, development: config.development && mode !== 'live' };
}

/** Refuses a URL that facts may not be sent to. `path` names its field. @throws {Problem} `disallowed_url` */
export function requireEndpointUrl(services: Services, mode: Mode, url: string, path: string): void {
  const checked = checkEndpointUrl(url, endpointUrlRules(services.config, mode));
  if (checked.ok) return;
  const message = describeUrlRefusal(checked.error);
  throw new Problem('disallowed_url', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
