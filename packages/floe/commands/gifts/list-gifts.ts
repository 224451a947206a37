import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import type { Gift } from './describe-gift.ts';

interface Options extends ListOptions, AppOptions {
  payment?: string | undefined;
  to?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<Gift>[] = [
  { title: 'gift', text: ({ id }) => id, keep: true },
  { title: 'status', text: ({ status }) => status, keep: true },
  { title: 'product', text: ({ product_name, product_id }) => product_name ?? product_id },
  { title: 'to', text: ({ to_email }) => to_email },
];

/** Prints an app's gifts. */
export async function listGifts(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = {
    ...given({ payment: options.payment, to_email: options.to }),
    ...createdRange(context, options),
  };
  await showPages(context, (page) => call('GET /v1/gifts', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'gifts', 'To sell one: floe gifts create --help'),
  });
}
