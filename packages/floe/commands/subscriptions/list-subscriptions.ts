import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { createdRange, timeOf, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { customerName, planName, statusColour } from '../../words/names.rules.ts';
import type { Subscription } from './describe-subscription.ts';
import { nextOf } from './next-of.rules.ts';

export const STATUSES = [
  'active',
  'trialing',
  'past_due',
  'paused',
  'canceled',
  'unpaid',
  'incomplete',
  'incomplete_expired',
] as const;

interface Options extends ListOptions, AppOptions {
  status?: (typeof STATUSES)[number] | undefined;
  customer?: string | undefined;
  product?: string | undefined;
  /** Of `--ending` and `--no-ending`. */
  ending?: boolean | undefined;
  renewsBefore?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<Subscription>[] = [
  { title: 'subscription', text: ({ id }) => id, keep: true },
  { title: 'product', text: ({ product }) => planName(product) },
  { title: 'next', text: nextOf, colour: ({ status }) => statusColour(status), keep: true },
  { title: 'customer', text: ({ customer }) => customerName(customer) },
];

/** Prints an app's subscriptions. */
export async function listSubscriptions(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = {
    ...given({
      status: options.status,
      customer: options.customer,
      product_id: options.product === undefined ? undefined : await findProduct(call, options.product),
      cancel_at_period_end: options.ending === undefined ? undefined : (`${options.ending}` as const),
      renews_before: timeOf(context, '--renews-before', options.renewsBefore, 'ahead'),
    }),
    ...createdRange(context, options),
  };
  await showPages(
    context,
    (page) => call('GET /v1/subscriptions', { query: { ...query, ...page } }),
    COLUMNS,
    {
      ...options,
      empty: whenEmpty(query, 'subscriptions', 'To sell one: floe payments create --help'),
    },
  );
}
