import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';

type Endpoint = Answer<'GET /v1/webhook-endpoints'>['data'][number];

const COLUMNS: readonly Column<Endpoint>[] = [
  { title: 'endpoint', text: ({ id }) => id, keep: true },
  { title: 'url', text: ({ url }) => url },
  { title: 'events', text: ({ events }) => events.join(', ') },
  {
    title: 'enabled',
    text: ({ enabled }) => (enabled ? 'yes' : 'no'),
    colour: ({ enabled }) => (enabled ? undefined : 'red'),
  },
];

/** Prints the endpoints of an app. */
export async function listEndpoints(context: Context, options: ListOptions & AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  await showPages(context, (query) => call('GET /v1/webhook-endpoints', { query }), COLUMNS, {
    ...options,
    empty: 'This app has no endpoint yet.',
  });
}
