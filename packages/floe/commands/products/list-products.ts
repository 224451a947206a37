import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import type { ProductOwner } from '../../gateway/operator-api.ts';
import type { Column } from '../../terminal/table.ts';

const COLUMNS: readonly Column<ProductOwner>[] = [
  { title: 'product', text: ({ id }) => id, keep: true },
  { title: 'name', text: ({ name }) => name },
  { title: 'mode', text: ({ mode }) => mode },
  {
    title: 'app',
    text: ({ app }) => app ?? 'nobody',
    colour: ({ app }) => (app === null ? 'red' : undefined),
  },
  { title: 'by', text: ({ assigned }) => (assigned ? 'you' : null) },
];

/** Prints the products that the gateway knows, with the app that owns each. */
export async function listProducts(
  context: Context,
  { mode }: { mode?: 'live' | 'sandbox' | undefined },
): Promise<void> {
  const gateway = await openGateway(context);
  const query = mode === undefined ? {} : { mode };
  const { data } = await gateway.asOperator()('GET /admin/products', { query });
  context.out.table(data, COLUMNS, { empty: 'The gateway has heard of no product yet.' });
}
