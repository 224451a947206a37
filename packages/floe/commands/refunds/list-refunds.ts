import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { money } from '../../words/money.rules.ts';
import { statusColour } from '../../words/names.rules.ts';
import { minute } from '../../words/times.rules.ts';
import type { Refund } from './describe-refund.ts';

interface Options extends ListOptions, AppOptions {
  status?: Refund['status'] | undefined;
  payment?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<Refund>[] = [
  { title: 'refund', text: ({ id }) => id, keep: true },
  { title: 'created (UTC)', text: ({ created_at }) => minute(created_at), keep: true },
  { title: 'status', text: ({ status }) => status, colour: ({ status }) => statusColour(status) },
  { title: 'amount', text: ({ amount, currency }) => money(amount, currency), align: 'right', keep: true },
  { title: 'reason', text: ({ reason }) => reason },
];

/** Prints an app's refunds. */
export async function listRefunds(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = {
    ...given({ status: options.status, payment: options.payment }),
    ...createdRange(context, options),
  };
  await showPages(context, (page) => call('GET /v1/refunds', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'refunds', 'To make one: floe payments refund --help'),
  });
}
