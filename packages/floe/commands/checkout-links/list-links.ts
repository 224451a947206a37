import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import type { CheckoutLink } from './describe-link.ts';

const COLUMNS: readonly Column<CheckoutLink>[] = [
  { title: 'link', text: ({ id }) => id, keep: true },
  { title: 'label', text: ({ label }) => label },
  { title: 'followed', text: ({ opened }) => `${opened}`, align: 'right' },
  { title: 'address', text: ({ url }) => url },
];

/** Prints an app's checkout links. */
export async function listLinks(context: Context, options: ListOptions & AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  await showPages(context, (query) => call('GET /v1/checkout-links', { query }), COLUMNS, {
    ...options,
    empty: 'There are no checkout links yet. To make one: floe checkout-links create --help',
  });
}
