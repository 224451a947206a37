import type { Config } from '../../base/config.ts';
import { importSecret } from '../deliveries/sign.ts';
import type { EndpointSecrets } from './endpoints.rows.ts';
import { MemoryCache } from '../../base/memory.ts';
import { unseal } from '../../base/sealed.ts';
import { secretContext } from './manage-endpoints.ts';

/** Opening and importing one costs more than signing. By the sealed text: a rotated secret is another. */
const opened = new MemoryCache<CryptoKey>({ maxEntries: 1_000, maxBytes: 1_000_000, ttlMs: 10 * 60_000 });
const ENTRY_BYTES = 800;

/**
 * What signs for an endpoint at `now` (milliseconds): the key of its secret, then of those before it whose overlap is not
 * over, newest first. @throws when the
 * present one cannot be opened.
 */
export async function openEndpointSecrets(
  config: Config,
  endpointId: string,
  { sealedSecret, previousSecrets }: Pick<EndpointSecrets, 'sealedSecret' | 'previousSecrets'>,
  now: number,
): Promise<CryptoKey[]> {
  const older = previousSecrets.filter(({ until }) => until > now).map(({ sealed }) => sealed);
  const open = async (sealed: string): Promise<CryptoKey> => {
    // The endpoint belongs to the name: a secret opens in its own row only, remembered or not.
    const name = `${endpointId}:${sealed}`;
    const known = opened.get(name, now);
    if (known) return known;
    const key = await importSecret(await unseal(config, secretContext(endpointId), sealed));
    opened.set(name, key, ENTRY_BYTES, now);
    return key;
  };
  const [present, ...previous] = await Promise.allSettled([sealedSecret, ...older].map(open));
  if (present?.status !== 'fulfilled') throw present?.reason;
  // One from before that cannot be opened is missed by receivers which still hold it; sending nothing would hurt all.
  return [present.value, ...previous.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))];
}
