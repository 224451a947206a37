import ipaddr from 'ipaddr.js';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';

/** The period of the rate-limit bindings, see wrangler.toml. Seconds. */
export const LIMIT_PERIOD_SECONDS = 60;

/**
 * Whether `key` is within its limit in this location. This slows a flood down, but does not protect what all locations
 * share (ADR 56). The gateway's own address is part of the key, since two deployments of one account with the same
 * `namespace_id` share counters.
 */
export async function isWithinLimit(
  services: Services,
  limit: 'LIMIT_IP' | 'LIMIT_APP',
  key: string,
): Promise<boolean> {
  const { success } = await services.env[limit].limit({ key: `${services.config.url} ${key}` });
  return success;
}

/** The length of IPv6 in its longest form, with IPv4 in it. */
const MAX_ADDRESS_LENGTH = 45;

/** A customer with IPv6 has all addresses of a /64 network. */
const CUSTOMERS_PREFIX = 64;

/** What is counted for an address: of IPv6 the network; IPv4 as it is, also when it is written as IPv6. */
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
  gift: 'Gifts were opened too often. Try again in a minute.',
  license: 'Too many licence keys were tried. Try again in a minute.',
  portal: 'The portal was opened too often. Try again in a minute.',
} as const;

export type Counted = keyof typeof TOO_MANY;

/** Counts a visitor's request, before anything is read or looked up (ADR 57). @throws {Problem} `rate_limited` */
export async function countAddress(services: Services, address: string, what: Counted): Promise<void> {
  if (await isWithinLimit(services, 'LIMIT_IP', `${what}:${visitorAt(address)}`)) return;
  throw new Problem('rate_limited', { detail: TOO_MANY[what], retryAfter: LIMIT_PERIOD_SECONDS });
}
