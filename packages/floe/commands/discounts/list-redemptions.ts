import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { money } from '../../words/money.rules.ts';
import { customerName } from '../../words/names.rules.ts';
import { minute } from '../../words/times.rules.ts';
import { findDiscount } from './find-discount.ts';

type Redemption = Answer<'GET /v1/discounts/{id}/redemptions'>['data'][number];

const COLUMNS: readonly Column<Redemption>[] = [
  { title: 'payment', text: ({ payment_id }) => payment_id, keep: true },
  { title: 'at', text: ({ redeemed_at }) => minute(redeemed_at) },
  { title: 'paid', text: ({ amount, currency }) => money(amount, currency), align: 'right' },
  { title: 'off', text: ({ discount_amount, currency }) => money(discount_amount, currency), align: 'right' },
  { title: 'customer', text: ({ customer }) => customerName(customer) },
];

/** Prints who used a discount. */
export async function listRedemptions(
  context: Context,
  named: string,
  options: ListOptions & AppOptions,
): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const { id } = await findDiscount(call, named);
  await showPages(
    context,
    (query) => call('GET /v1/discounts/{id}/redemptions', { params: { id }, query }),
    COLUMNS,
    { ...options, empty: 'Nobody has used it yet.' },
  );
}
