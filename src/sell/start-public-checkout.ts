import type { Services } from '../base/services.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { fingerprintOf } from '../http/idempotency.ts';
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
