import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { minute } from '../../words/times.rules.ts';

type Entry = Answer<'GET /v1/customers/{id}/timeline'>['data'][number];

interface Options extends ListOptions, AppOptions {
  type?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** A sentence takes most of a line, so ids are left to `--json`. */
const COLUMNS: readonly Column<Entry>[] = [
  { title: 'known (UTC)', text: ({ at }) => minute(at), keep: true },
  { title: 'what happened', text: ({ summary }) => summary },
];

/** Prints what happened between a customer and the app. */
export async function showTimeline(context: Context, id: string, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = { ...given({ type: options.type }), ...createdRange(context, options) };
  await showPages(
    context,
    (page) => call('GET /v1/customers/{id}/timeline', { params: { id }, query: { ...query, ...page } }),
    COLUMNS,
    { ...options, empty: whenEmpty(query, 'entries', 'They come with the first checkout.') },
  );
}
