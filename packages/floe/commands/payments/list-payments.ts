import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { money } from '../../words/money.rules.ts';
import { planName, statusColour } from '../../words/names.rules.ts';
import { minute } from '../../words/times.rules.ts';
import type { Payment } from './describe-payment.ts';

export const STATUSES = [
  'pending',
  'succeeded',
  'partially_refunded',
  'refunded',
  'failed',
  'expired',
] as const;

interface Options extends ListOptions, AppOptions {
  status?: (typeof STATUSES)[number] | undefined;
  kind?: Payment['kind'] | undefined;
  customer?: string | undefined;
  product?: string | undefined;
  order?: string | undefined;
  subscription?: string | undefined;
  discount?: string | undefined;
  metadata?: Record<string, string> | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
  sort?: 'created_at' | '-created_at' | 'amount' | '-amount' | undefined;
}

const COLUMNS: readonly Column<Payment>[] = [
  { title: 'payment', text: ({ id }) => id, keep: true },
  { title: 'created (UTC)', text: ({ created_at }) => minute(created_at), keep: true },
  { title: 'status', text: ({ status }) => status, colour: ({ status }) => statusColour(status) },
  { title: 'amount', text: ({ amount, currency }) => money(amount, currency), align: 'right', keep: true },
  { title: 'product', text: ({ product }) => planName(product) },
];

/** Prints an app's payments. */
export async function listPayments(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = {
    ...given({
      status: options.status,
      kind: options.kind,
      customer: options.customer,
      product_id: options.product === undefined ? undefined : await findProduct(call, options.product),
      order_id: options.order,
      subscription_id: options.subscription,
      discount_id: options.discount,
      metadata: options.metadata,
      sort: options.sort,
    }),
    ...createdRange(context, options),
  };
  await showPages(context, (page) => call('GET /v1/payments', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'payments', 'To open a checkout: floe payments create --help'),
  });
}
