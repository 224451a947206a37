import ipaddr from 'ipaddr.js';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { fingerprintOf } from '../http/idempotency.ts';
import { isWithinLimit, LIMIT_PERIOD_SECONDS } from '../http/rate-limit.ts';
import { type FieldNames, startPayment } from './start-payment.ts';

/** What anybody may say about a checkout (trust rule 4): nothing that names a customer or changes a price. */
export interface PublicCheckout {
  productId: string;
  email: string | undefined;
  successUrl: string | undefined;
  returnUrl: string | undefined;
  embedOrigin: string | undefined;
  discountCode: string | undefined;
  locale: string | undefined;
  seats: number | undefined;
  codeChallenge: string | undefined;
}

export interface StartedCheckout {
  url: string | null;
  payment_id: string;
}

/**
 * Opens a checkout for somebody unknown, whose address has been counted. Polar is asked within what anybody may use of its
 * rate limit, and of that each app has a share (ADR 56): servers and returning buyers keep theirs.
 * @throws {Problem} `rate_limited`, and what `startPayment` throws.
 */
export async function startPublicCheckout(
  services: Services,
  app: AppRow,
  checkout: PublicCheckout,
  request: {
    route: string;
    key: string | undefined;
    /** CF-Connecting-IP. */
    address: string;
    rawBody: string;
    fields: FieldNames;
  },
): Promise<StartedCheckout> {
  const answer = await startPayment(
    services,
    app,
    { method: 'polar', metadata: {}, ...checkout },
    {
      route: request.route,
      key: request.key,
      // The publishable key is everybody's: without the address, whoever guesses a key is given another's checkout.
      fingerprint: () => fingerprintOf(request.route, request.address, request.rawBody),
      fields: request.fields,
      isPublic: true,
      present: (payment, url): StartedCheckout => ({ url, payment_id: payment.id }),
    },
  );
  return answer.body as StartedCheckout;
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
