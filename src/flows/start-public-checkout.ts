import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import type { AppRow } from '../storage/schema.ts';
import { fingerprintOf } from './idempotency.ts';
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

/** The period of the rate-limit bindings, see wrangler.toml. Seconds. */
const LIMIT_PERIOD_SECONDS = 60;

/**
 * Opens a checkout for somebody unknown, whose address has been counted. Counted by app, and, right before Polar is asked,
 * against what browsers together may use of Polar's rate limit: servers and returning buyers keep theirs.
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
  const { LIMIT_APP, LIMIT_POLAR_PUBLIC } = services.env;
  await count(LIMIT_APP, `checkout:${app.id}`);
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
      admit: () => count(LIMIT_POLAR_PUBLIC, app.mode),
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
export function countAddress(services: Services, address: string, what: Counted): Promise<void> {
  return count(services.env.LIMIT_IP, `${what}:${addressBlock(address)}`, what);
}

async function count(limit: RateLimit, key: string, what: Counted = 'checkout'): Promise<void> {
  const { success } = await limit.limit({ key });
  if (!success)
    throw new Problem('rate_limited', { detail: TOO_MANY[what], retryAfter: LIMIT_PERIOD_SECONDS });
}
