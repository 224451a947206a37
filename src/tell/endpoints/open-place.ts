import type { Mode } from '../../base/mode.rules.ts';
import { fail, ok, type Result } from '../../base/result.rules.ts';
import { unseal } from '../../base/sealed.ts';
import type { Services } from '../../base/services.ts';
import type { SendError } from '../deliveries/delivery-outcome.rules.ts';
import type { Place } from '../deliveries/send.ts';
import { readBoundPlace } from './bound-places.rules.ts';
import { endpointUrlRules } from './check-endpoint-url.ts';
import { urlContext } from './endpoint-secret.rules.ts';
import { findBound } from './find-bound.ts';
import { checkEndpointUrl } from './endpoint-urls.rules.ts';

/** An endpoint's whole address. @throws when a sealed one cannot be opened. */
export async function openUrl(
  { config }: Pick<Services, 'config'>,
  { id, url, sealedUrl }: { id: string; url: string; sealedUrl: string | null },
): Promise<string> {
  return sealedUrl === null ? url : unseal(config, urlContext(id), sealedUrl);
}

/**
 * What an address stands for, checked as when it was saved (trust rule 12). `appSlug` is asked for only when it is a place of the
 * operator's.
 */
export function findPlace(
  { config, env }: Pick<Services, 'config' | 'env'>,
  url: string,
  { mode, appSlug }: { mode: Mode; appSlug: () => string },
): Result<Place, SendError> {
  const bound = readBoundPlace(url);
  if (bound) {
    const place = findBound(env, bound, appSlug());
    return place ? ok(place) : fail('not_bound');
  }
  const checked = checkEndpointUrl(url, endpointUrlRules(config, mode));
  return checked.ok ? ok({ kind: 'url', url: checked.value }) : fail('disallowed_url');
}
