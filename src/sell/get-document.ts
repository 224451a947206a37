import { isId } from '../base/ids.rules.ts';
import { wasPaid } from '../base/payment-states.rules.ts';
import type { DocumentKind, PolarDocument } from '../base/polar-gateway.ts';
import { Problem } from '../base/problem.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import type { Services } from '../base/services.ts';
import { findPayment } from './payments.rows.ts';

/** What Polar refuses to make an invoice for, by its names (facts of its OpenAPI). */
const REFUSED = {
  OrderNotEligibleForInvoice: 'not_paid',
  MissingInvoiceBillingDetails: 'billing_details_missing',
} as const;

/**
 * The invoice or the receipt of an app's payment, as Polar has it now. An invoice that is not there is asked for; a receipt is made by
 * asking. The address is a secret: it is handed to the caller, and neither stored nor logged.
 * @throws {Problem} `not_found` for another app's payment too; `not_paid`, `no_receipt`, `billing_details_missing`
 */
export async function getDocument(
  services: Services,
  app: AppRow,
  { id, kind }: { id: string; kind: DocumentKind },
): Promise<PolarDocument> {
  const payment = isId('pay', id) ? await findPayment(services.database, app.id, id) : undefined;
  if (!payment) throw new Problem('not_found', { detail: 'This app has no such payment.' });
  const { orderId, status } = payment;
  if (orderId === null || !wasPaid(payment))
    throw new Problem('not_paid', { detail: `This payment is ${status}, so it has no ${kind}.` });
  const polar = services.polar(app.mode);
  const found = await polar.fetchDocument(kind, orderId);
  if (found) return found;
  if (kind === 'receipt') throw new Problem('no_receipt');

  const asked = await polar.requestInvoice(orderId);
  if (asked.ok) return { state: 'making' };
  const { name, cause } = asked.error;
  if (Object.hasOwn(REFUSED, name)) throw new Problem(REFUSED[name as keyof typeof REFUSED], { cause });
  throw new Problem('polar_failed', { cause });
}
