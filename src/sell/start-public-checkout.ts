import type { StartedCheckoutView } from './checkout.answers.ts';
import type { Services } from '../base/services.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { fingerprintOf } from '../http/idempotency.ts';
import { type FieldNames, startPayment } from './start-payment.ts';

/** What a stranger may set of a checkout (trust rule 4): nothing that names a customer or changes a price. */
export interface PublicCheckout {
  productId: string;
  email: string | undefined;
  successUrl: string | undefined;
  returnUrl: string | undefined;
  embedOrigin: string | undefined;
  discountCode: string | undefined;
  /** Buyers may type codes: only this app's apply then, as when they are given here. */
  allowDiscountCodes: boolean | undefined;
  locale: string | undefined;
  seats: number | undefined;
  units: number | undefined;
  currency: string | undefined;
  codeChallenge: string | undefined;
}

/**
 * Opens a checkout for a stranger, whose address was rate-limited before. Polar is asked only within the budget for
 * strangers, of which each app has a share, so that servers and returning buyers keep theirs (ADR 56).
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
): Promise<StartedCheckoutView> {
  const answer = await startPayment(
    services,
    app,
    { method: 'polar', metadata: {}, ...checkout },
    {
      route: request.route,
      key: request.key,
      // Everybody has the publishable key. Without the address in the fingerprint, somebody who guesses an
      // `Idempotency-Key` would get another's checkout (ADR 13).
      fingerprint: () => fingerprintOf(request.route, request.address, request.rawBody),
      fields: request.fields,
      isPublic: true,
      present: (payment, url): StartedCheckoutView => ({ url, payment_id: payment.id }),
    },
  );
  return answer.body as StartedCheckoutView;
}
