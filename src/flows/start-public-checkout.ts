import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import type { AppRow } from '../storage/schema.ts';
import { fingerprintOf } from './idempotency.ts';
import { isWithinLimit, LIMIT_PERIOD_SECONDS } from './local-limit.ts';
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

/** One IPv6 customer has a /64 of addresses: the first four groups are the visitor. IPv4 stays as it is. */
function addressBlock(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::', 2);
  const groups = head.split(':');
  const zeros = tail === undefined ? 0 : 8;
  return [...groups, ...Array<string>(zeros).fill('0')].slice(0, 4).join(':');
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
  if (await isWithinLimit(services, 'LIMIT_IP', `${what}:${addressBlock(address)}`)) return;
  throw new Problem('rate_limited', { detail: TOO_MANY[what], retryAfter: LIMIT_PERIOD_SECONDS });
}
