import type { Config } from '../config.ts';
import type { EndpointSecrets } from '../storage/endpoints.ts';
import { unseal } from '../storage/sealed.ts';
import { secretContext } from './manage-endpoints.ts';

/**
 * What signs for an endpoint at `now` (milliseconds): its secret, then those before it whose overlap is not over, newest
 * first. @throws when one cannot be opened.
 */
export function openEndpointSecrets(
  config: Config,
  endpointId: string,
  { sealedSecret, previousSecrets }: Pick<EndpointSecrets, 'sealedSecret' | 'previousSecrets'>,
  now: number,
): Promise<string[]> {
  const older = previousSecrets.filter(({ until }) => until > now).map(({ sealed }) => sealed);
  const context = secretContext(endpointId);
  return Promise.all([sealedSecret, ...older].map((sealed) => unseal(config, context, sealed)));
}
