import type { PaymentView } from './payment.answers.ts';
import { presentPayment } from './payment.rules.ts';
import { log } from './log.ts';
import type { Services } from './services.ts';
import type { PaymentRow } from './db/schema.rows.ts';
import { seal, unseal } from './sealed.ts';

/*
 * A checkout's address is a secret: its last part is Polar's `client_secret`, and whoever has it sees what the buyer
 * has typed. So it is encrypted in the payment's row, shown only while it can be paid, and in no event (ADR 47).
 */

/** The name that a payment's encrypted address is bound to. */
export const checkoutUrlContext = (paymentId: string) => `payments:${paymentId}:checkout_url`;

/** Encrypts a checkout's address for the row of its payment. */
export function sealCheckoutUrl(services: Services, paymentId: string, url: string): Promise<string> {
  return seal(services.config, checkoutUrlContext(paymentId), url);
}

/** A payment as its app sees it. */
export async function presentOwnPayment(services: Services, row: PaymentRow): Promise<PaymentView> {
  return presentPayment(row, row.status === 'pending' ? await openCheckoutUrl(services, row) : null);
}

async function openCheckoutUrl(
  services: Services,
  { id, sealedCheckoutUrl }: PaymentRow,
): Promise<string | null> {
  if (sealedCheckoutUrl === null) return null;
  try {
    return await unseal(services.config, checkoutUrlContext(id), sealedCheckoutUrl);
  } catch (error) {
    // The encryption key was removed. The payment is shown without the address.
    log('warn', 'a checkout address could not be opened', { paymentId: id, error });
    return null;
  }
}
