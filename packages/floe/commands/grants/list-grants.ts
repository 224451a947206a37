import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Colour } from '../../terminal/colours.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { type Grant, holderOf, type ListedGrant, whatIsGiven } from './describe-grant.ts';

interface Options extends ListOptions, AppOptions {
  customer?: string | undefined;
  member?: string | undefined;
  benefit?: string | undefined;
  type?: string | undefined;
  product?: string | undefined;
  state?: ListedGrant['state'] | undefined;
  fulfilment?: NonNullable<Grant['fulfilment']>['status'] | undefined;
  source?: ListedGrant['source'] | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLOURS: Readonly<Record<ListedGrant['state'], Colour>> = {
  granted: 'green',
  pending: 'yellow',
  pending_action: 'yellow',
  failed: 'red',
  revoked: 'dim',
  expired: 'dim',
};

const COLUMNS: readonly Column<ListedGrant>[] = [
  { title: 'grant', text: ({ id }) => id, keep: true },
  { title: 'state', text: stateOf, colour: ({ state }) => COLOURS[state] },
  { title: 'what', text: whatIsGiven },
  { title: 'customer', text: holderOf },
];

/** Prints grants: what Polar gave and what the app gave. */
export async function listGrants(context: Context, options: Options): Promise<void> {
  const call = (await openGateway(context)).asApp(options.app);
  const { customer, member, benefit, type, state, fulfilment, source } = options;
  const query = {
    ...given({
      customer,
      member,
      benefit,
      type,
      product: options.product === undefined ? undefined : await findProduct(call, options.product),
      state,
      fulfilment,
      source,
    }),
    ...createdRange(context, options),
  };
  await showPages(context, (page) => call('GET /v1/grants', { query: { ...query, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(query, 'grants', 'They come with a purchase, or with floe grants create.'),
  });
}

function stateOf(grant: ListedGrant): string {
  const isWork = grant.source === 'polar' && grant.fulfilment?.status === 'pending';
  return isWork ? `${grant.state}, to do` : grant.state;
}
