import ipaddr from 'ipaddr.js';
import { Problem } from '../base/problem.ts';
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

/** IPv6 in its longest form, with IPv4 in it. */
const MAX_ADDRESS_LENGTH = 45;

/** One IPv6 customer has as many addresses as 64 bits can tell apart. */
const CUSTOMERS_PREFIX = 64;

/** The visitor whom an address stands for: of IPv6 the network, and IPv4 as it is, also where it is written as IPv6. */
function visitorAt(address: string): string {
  if (address.length > MAX_ADDRESS_LENGTH || !ipaddr.isValid(address)) return address;
  const ip = ipaddr.process(address);
  if (ip.kind() === 'ipv4') return ip.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${ip.toString()}/${CUSTOMERS_PREFIX}`).toString();
}

const TOO_MANY = {
  checkout: 'Too many checkouts were started. Try again in a minute.',
  'sign-in': 'Too many codes were asked for. Try again in a minute.',
  verify: 'Too many codes were tried. Try again in a minute.',
  exchange: 'Too many codes were exchanged. Try again in a minute.',
  portal: 'The portal was opened too often. Try again in a minute.',
} as const;

export type Counted = keyof typeof TOO_MANY;

/** Counts what a visitor does: first of all, before anything is read or looked up. @throws {Problem} `rate_limited` */
export async function countAddress(services: Services, address: string, what: Counted): Promise<void> {
  if (await isWithinLimit(services, 'LIMIT_IP', `${what}:${visitorAt(address)}`)) return;
  throw new Problem('rate_limited', { detail: TOO_MANY[what], retryAfter: LIMIT_PERIOD_SECONDS });
}
