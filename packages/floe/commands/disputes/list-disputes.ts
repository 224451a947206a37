import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { money } from '../../words/money.rules.ts';
import { minute } from '../../words/times.rules.ts';
import { type Dispute, statusOf } from './describe-dispute.ts';

export const STATUSES = [
  'early_warning',
  'needs_response',
  'under_review',
  'won',
  'lost',
  'prevented',
] as const;

interface Options extends ListOptions, AppOptions {
  status?: (typeof STATUSES)[number] | undefined;
  payment?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<Dispute>[] = [
  { title: 'dispute', text: ({ id }) => id, keep: true },
  { title: 'status', text: statusOf, colour: ({ open }) => (open ? 'yellow' : undefined) },
  { title: 'amount', text: ({ amount, currency }) => money(amount, currency), align: 'right' },
  { title: 'evidence until', text: ({ evidence_due_by }) => minute(evidence_due_by) },
];

/** Prints an app's disputes. */
export async function listDisputes(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = {
    ...given({ status: options.status, payment: options.payment }),
    ...createdRange(context, options),
  };
  await showPages(context, (page) => call('GET /v1/disputes', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'disputes', 'The gateway finds one when it compares with Polar.'),
  });
}
