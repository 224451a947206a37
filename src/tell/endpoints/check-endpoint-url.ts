import type { Config } from '../../base/config.ts';
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

/** Refuses a URL that events may not be sent to. `path` names its field. @throws {Problem} `disallowed_url` */
export function requireEndpointUrl(services: Services, mode: Mode, url: string, path: string): void {
  const checked = checkEndpointUrl(url, endpointUrlRules(services.config, mode));
  if (checked.ok) return;
  const message = describeUrlRefusal(checked.error);
  throw new Problem('disallowed_url', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
