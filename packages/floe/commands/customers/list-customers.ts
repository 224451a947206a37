import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { day } from '../../words/times.rules.ts';
import type { ListedCustomer } from './describe-customer.ts';

interface Options extends ListOptions, AppOptions {
  q?: string | undefined;
  sort?: 'created_at' | '-created_at' | 'email' | '-email' | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<ListedCustomer>[] = [
  { title: 'customer', text: ({ id }) => id, keep: true },
  { title: 'since', text: ({ created_at }) => day(created_at), keep: true },
  { title: 'who', text: ({ email, name }) => email ?? name },
  { title: 'your ids', text: ({ external_ids: ids }) => ids.join(', ') },
];

/** Prints who has bought something of an app. */
export async function listCustomers(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = { ...given({ q: options.q, sort: options.sort }), ...createdRange(context, options) };
  await showPages(context, (page) => call('GET /v1/customers', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'customers', 'They come with their first purchase.'),
  });
}
