import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { statusColour } from '../../words/names.rules.ts';
import { minute } from '../../words/times.rules.ts';

export type Delivery = Answer<'POST /v1/deliveries/{id}/replay'>;

interface Options extends ListOptions, AppOptions {
  status?: Delivery['status'] | undefined;
  endpoint?: string | undefined;
  event?: string | undefined;
  type?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

export const DELIVERY_COLUMNS: readonly Column<Delivery>[] = [
  { title: 'delivery', text: ({ id }) => id, keep: true },
  { title: 'created (UTC)', text: ({ created_at }) => minute(created_at), keep: true },
  { title: 'status', text: ({ status }) => status, colour: ({ status }) => statusColour(status) },
  { title: 'tries', text: ({ attempts }) => attempts, align: 'right' },
  { title: 'answer', text: ({ last_status }) => last_status, align: 'right' },
];

/** Prints an app's deliveries: one event on its way to one endpoint each. */
export async function listDeliveries(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const { status, endpoint, event, type } = options;
  const query = { ...given({ status, endpoint, event, type }), ...createdRange(context, options) };
  await showPages(
    context,
    (page) => call('GET /v1/deliveries', { query: { ...query, ...page } }),
    DELIVERY_COLUMNS,
    {
      ...options,
      empty: whenEmpty(
        query,
        'deliveries',
        'An endpoint gets the app’s events: floe endpoints create --help',
      ),
    },
  );
}
