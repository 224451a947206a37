import type { Context } from '../../context.ts';
import { type Answer, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { statusColour } from '../../words/names.rules.ts';
import { minute } from '../../words/times.rules.ts';

export type PolarEvent = Answer<'POST /admin/polar-events/{id}/reapply'>;

interface Options extends ListOptions {
  mode?: PolarEvent['mode'] | undefined;
  status?: PolarEvent['status'] | undefined;
  type?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<PolarEvent>[] = [
  { title: 'Polar event', text: ({ id }) => id, keep: true },
  { title: 'received (UTC)', text: ({ received_at }) => minute(received_at), keep: true },
  {
    title: 'status',
    text: ({ status }) => status,
    colour: ({ status }) => statusColour(status),
    keep: true,
  },
  { title: 'type', text: ({ type }) => type },
];

/** Prints what Polar has sent. */
export async function listPolarEvents(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const { mode, status, type } = options;
  const query = { ...given({ mode, status, type }), ...createdRange(context, options) };
  await showPages(
    context,
    (page) => call('GET /admin/polar-events', { query: { ...query, ...page } }),
    COLUMNS,
    {
      ...options,
      empty: whenEmpty(query, 'Polar events', 'If Polar should have sent some: floe doctor'),
    },
  );
}
