import { sayBytes } from '../../../kit/elements/bytes.ts';
import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { minute } from '../../words/times.rules.ts';

type Row<Route extends keyof Routes> = Answer<Route>['data'][number];
type Routes = Record<'GET /v1/downloads' | 'GET /v1/files' | 'GET /v1/files/{id}/downloads', unknown>;

const DOWNLOADABLE: readonly Column<Row<'GET /v1/downloads'>>[] = [
  { title: 'file', text: ({ id }) => id, keep: true },
  { title: 'name', text: ({ name, is_archived }) => (is_archived ? `${name} (archived)` : name) },
  { title: 'version', text: ({ version }) => version },
  { title: 'size', text: ({ size }) => sayBytes(size, 'en'), align: 'right' },
];

/** Prints the files that a customer may download. */
export async function listDownloadable(
  context: Context,
  options: ListOptions & AppOptions & { customer: string; member?: string | undefined },
): Promise<void> {
  const { customer, member } = options;
  const call = (await openGateway(context)).asApp(options.app);
  await showPages(
    context,
    (page) => call('GET /v1/downloads', { query: { customer, ...given({ member }), ...page } }),
    DOWNLOADABLE,
    { ...options, empty: 'There is no file that this customer may download in this app now.' },
  );
}

const FILES: readonly Column<Row<'GET /v1/files'>>[] = [
  { title: 'file', text: ({ id }) => id, keep: true },
  { title: 'name', text: ({ name }) => name },
  { title: 'downloads', text: ({ downloads }) => downloads, align: 'right' },
  { title: 'last (UTC)', text: ({ last_downloaded_at }) => minute(last_downloaded_at), keep: true },
];

/** Prints how often each file was downloaded. */
export async function listFiles(context: Context, options: ListOptions & AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  await showPages(context, (query) => call('GET /v1/files', { query }), FILES, {
    ...options,
    empty: 'Nothing was downloaded yet.',
  });
}

const DOWNLOADS: readonly Column<Row<'GET /v1/files/{id}/downloads'>>[] = [
  { title: 'when (UTC)', text: ({ created_at }) => minute(created_at), keep: true },
  { title: 'customer', text: ({ customer_id }) => customer_id, keep: true },
  { title: 'member', text: ({ member_id }) => member_id },
];

/** Prints who downloaded a file. */
export async function listDownloads(
  context: Context,
  id: string,
  options: ListOptions & AppOptions,
): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  await showPages(
    context,
    (query) => call('GET /v1/files/{id}/downloads', { params: { id }, query }),
    DOWNLOADS,
    { ...options, empty: 'Nobody downloaded it in the last 90 days.' },
  );
}
