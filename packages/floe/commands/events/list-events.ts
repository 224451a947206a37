import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { minute } from '../../words/times.rules.ts';
import type { Event } from './describe-event.ts';

interface Options extends ListOptions, AppOptions {
  type?: string | undefined;
  payment?: string | undefined;
}

const COLUMNS: readonly Column<Event>[] = [
  { title: 'event', text: ({ id }) => id, keep: true },
  { title: 'number', text: ({ sequence }) => sequence, align: 'right', keep: true },
  { title: 'told (UTC)', text: ({ created_at }) => minute(created_at), keep: true },
  { title: 'type', text: ({ type }) => type },
];

/** Prints what an app was told. */
export async function listEvents(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const query = given({ type: options.type, payment: options.payment });
  await showPages(context, (page) => call('GET /v1/events', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'events', 'They come with the first sale: floe payments create --help'),
  });
}
