import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { count } from '../../words/names.rules.ts';
import type { Campaign } from './describe-campaign.ts';

const COLUMNS: readonly Column<Campaign>[] = [
  { title: 'campaign', text: ({ id }) => id, keep: true },
  { title: 'code', text: ({ code }) => code, keep: true },
  { title: 'name', text: ({ name }) => name },
  { title: 'of', text: ({ rules }) => count(rules.length, 'discount') },
];

/** Prints an app's campaigns. */
export async function listCampaigns(context: Context, options: ListOptions & AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  await showPages(context, (query) => call('GET /v1/campaigns', { query }), COLUMNS, {
    ...options,
    empty: 'There are no campaigns yet. To make one: floe campaigns create --help',
  });
}
