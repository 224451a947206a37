import type { AppRow } from '../../base/db/schema.rows.ts';
import type { PaymentView } from '../../base/payment.answers.ts';
import type { Services } from '../../base/services.ts';
import { listPayments } from '../list-payments.ts';
import type { RedemptionView } from './discounts.answers.ts';
import { requireOwnDiscount } from './own-discount.ts';

const PAID: readonly string[] = ['succeeded', 'partially_refunded', 'refunded'];
/** A renewal that a discount lowers again is no redemption. */
const BOUGHT: readonly string[] = ['checkout', 'direct'];

/**
 * The purchases that a discount lowered, newest first: of the app, whose discount it is. A page may be short and go on, since those
 * that were not paid are left out. @throws {Problem} `not_found`, `validation_failed`, `polar_…`
 */
export async function listRedemptions(
  services: Services,
  app: AppRow,
  { id, cursor, limit }: { id: string; cursor: string | undefined; limit: number },
): Promise<{ data: RedemptionView[]; next_cursor: string | null }> {
  await requireOwnDiscount(services, app, id);
  const page = await listPayments(services, app, { discountId: id, sort: '-created_at', cursor, limit });
  const paid = page.data.filter(({ status, kind }) => PAID.includes(status) && BOUGHT.includes(kind));
  return { data: paid.map(presentRedemption), next_cursor: page.next_cursor };
}

function presentRedemption(payment: PaymentView): RedemptionView {
  return {
    payment_id: payment.id,
    status: payment.status,
    product_id: payment.product.id,
    amount: payment.amount,
    discount_amount: payment.discount_amount,
    currency: payment.currency,
    customer: payment.customer,
    redeemed_at: payment.succeeded_at,
  };
}
