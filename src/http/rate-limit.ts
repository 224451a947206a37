import type { Services } from '../base/services.ts';

/** The period of the rate-limit bindings, see wrangler.toml. Seconds. */
export const LIMIT_PERIOD_SECONDS = 60;

/**
 * Whether `key` has been counted less often than the limit's worth, in this location: it blunts a flood, and protects
 * nothing that all locations share. The gateway's own address is part of the key: Cloudflare gives two deployments of one
 * account the same counters when their `namespace_id`s are the same.
 */
export async function isWithinLimit(
  services: Services,
  limit: 'LIMIT_IP' | 'LIMIT_APP',
  key: string,
): Promise<boolean> {
  const { success } = await services.env[limit].limit({ key: `${services.config.url} ${key}` });
  return success;
}
