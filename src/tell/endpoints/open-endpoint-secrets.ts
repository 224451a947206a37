import type { Config } from '../../base/config.ts';
import { importSecret } from '../deliveries/sign.ts';
import type { EndpointSecrets } from './endpoints.rows.ts';
import { MemoryCache } from '../../base/memory.ts';
import { unseal } from '../../base/sealed.ts';
import { secretContext } from './endpoint-secret.rules.ts';

/**
 * Decrypting and importing a secret costs more than signing, so keys are remembered. The encrypted text is part of the
 * cache key, so that a rotated secret gets an entry of its own.
 */
const opened = new MemoryCache<CryptoKey>({ maxEntries: 1_000, maxBytes: 1_000_000, ttlMs: 10 * 60_000 });
const ENTRY_BYTES = 800;

/**
 * The keys that sign for an endpoint at `now` (milliseconds): that of its secret, then those of replaced secrets whose
 * overlap is not over, newest first (ADR 25). @throws when the present one cannot be opened.
 */
export async function openEndpointSecrets(
  config: Config,
  endpointId: string,
  { sealedSecret, previousSecrets }: Pick<EndpointSecrets, 'sealedSecret' | 'previousSecrets'>,
  now: number,
): Promise<CryptoKey[]> {
  const older = previousSecrets.filter(({ until }) => until > now).map(({ sealed }) => sealed);
  const open = async (sealed: string): Promise<CryptoKey> => {
    // The endpoint is part of the cache key, so that a secret never counts for another endpoint, remembered or not.
    const name = `${endpointId}:${sealed}`;
    const known = opened.get(name, now);
    if (known) return known;
    const key = await importSecret(await unseal(config, secretContext(endpointId), sealed));
    opened.set(name, key, ENTRY_BYTES, now);
    return key;
  };
  const [present, ...previous] = await Promise.allSettled([sealedSecret, ...older].map(open));
  if (present?.status !== 'fulfilled') throw present?.reason;
  // When a replaced secret cannot be decrypted, only receivers that still use it refuse the message. If nothing were
  // sent, no receiver would get it.
  return [present.value, ...previous.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))];
}
