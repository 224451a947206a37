import type { Context } from '../../context.ts';
import { chooseMode } from '../../gateway/choose-mode.ts';
import { type Answer, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { money } from '../../words/money.rules.ts';

type Unrouted = Answer<'GET /admin/unrouted'>['data'][number];

interface Options extends ListOptions {
  mode?: 'live' | 'sandbox' | undefined;
  dismissed?: true | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<Unrouted>[] = [
  { title: 'kind', text: ({ kind }) => kind, keep: true },
  { title: 'id', text: ({ id }) => id, keep: true },
  { title: 'product', text: ({ product }) => product?.name ?? product?.id ?? null },
  { title: 'customer', text: ({ customer }) => customer.email ?? customer.id },
  { title: 'amount', text: ({ amount, currency }) => money(amount, currency), align: 'right' },
];

/** Prints purchases that belong to no app. */
export async function listUnrouted(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const range = createdRange(context, options);
  const mode = await chooseMode(call, options.mode);
  const query = { mode, dismissed: options.dismissed ? 'true' : 'false', ...range } as const;
  await showPages(context, (page) => call('GET /admin/unrouted', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(range, 'purchases without an app', `All of ${mode} belong to one.`),
  });
}
