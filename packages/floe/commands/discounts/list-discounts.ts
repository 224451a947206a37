import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { type Discount, takesOff, used } from './describe-discount.ts';

interface Options extends ListOptions, AppOptions {
  code?: string | undefined;
}

const COLUMNS: readonly Column<Discount>[] = [
  { title: 'discount', text: ({ id }) => id, keep: true },
  { title: 'code', text: ({ code, name }) => code ?? `(${name})` },
  { title: 'off', text: takesOff, align: 'right' },
  { title: 'status', text: ({ status }) => status },
  { title: 'used', text: used },
];

/** Prints an app's discounts. */
export async function listDiscounts(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = given({ code: options.code });
  await showPages(context, (page) => call('GET /v1/discounts', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'discounts', 'To make one: floe discounts create --help'),
  });
}
