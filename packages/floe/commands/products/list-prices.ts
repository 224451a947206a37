import { formatAmount } from '../../../kit/amounts.ts';
import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import type { Column } from '../../terminal/table.ts';
import { every } from './every.rules.ts';

type Product = Answer<'GET /v1/products'>['data'][number];

const COLUMNS: readonly Column<Product>[] = [
  { title: 'product', text: ({ id }) => id, keep: true },
  { title: 'name', text: ({ name }) => name },
  { title: 'price', text: (product) => product.prices.map(describePrice).join(' or '), align: 'right' },
  { title: 'every', text: every },
];

/** Prints what an app sells. */
export async function listPrices(context: Context, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const { data, next_cursor } = await call('GET /v1/products');
  context.out.table(data, COLUMNS, { nextCursor: next_cursor, empty: 'This app sells nothing yet.' });
}

function describePrice(price: Product['prices'][number]): string {
  const { amount_type, price_amount, minimum_amount, price_currency } = price;
  const amount = (value: number) => formatAmount(value, price_currency, 'en');
  if (amount_type === 'free') return 'free';
  if (typeof price_amount === 'number') return amount(price_amount);
  if (typeof minimum_amount === 'number') return `from ${amount(minimum_amount)}`;
  return amount_type;
}
