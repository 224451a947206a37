import type { Context } from '../../context.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { day } from '../../words/times.rules.ts';
import { type Licence, usedOf } from './describe-licence.ts';

type Listed = Omit<Licence, 'key' | 'activations'>;

interface Options extends ListOptions, AppOptions {
  customer?: string | undefined;
  benefit?: string | undefined;
  status?: Licence['status'] | undefined;
}

const COLUMNS: readonly Column<Listed>[] = [
  { title: 'licence', text: ({ id }) => id, keep: true },
  { title: 'key', text: ({ display_key }) => display_key },
  {
    title: 'status',
    text: ({ status }) => status,
    colour: ({ status }) => (status === 'granted' ? 'green' : 'red'),
  },
  { title: 'used', text: usedOf },
  { title: 'ends', text: ({ expires_at }) => (expires_at === null ? 'never' : day(expires_at)) },
];

/** Prints licence keys, by their ends. */
export async function listLicences(context: Context, options: Options): Promise<void> {
  const { customer, benefit, status } = options;
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const query = given({ customer, benefit, status });
  await showPages(
    context,
    (page) => call('GET /v1/license-keys', { query: { ...query, ...page } }),
    COLUMNS,
    {
      ...options,
      empty: whenEmpty(
        query,
        'licence keys',
        'Polar makes them when a product with such a benefit is bought.',
      ),
    },
  );
}
