import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { findProduct } from '../../gateway/find-product.ts';
import type { Column } from '../../terminal/table.ts';
import { every } from './every.rules.ts';

type Family = Answer<'GET /v1/plans'>['data'][number];
type Row = Family['plans'][number] & Pick<Family, 'family' | 'currency'>;

const COLUMNS: readonly Column<Row>[] = [
  { title: 'family', text: ({ family }) => family },
  { title: 'level', text: ({ level }) => (level === null ? null : `${level}`), align: 'right' },
  { title: 'name', text: ({ name }) => name },
  { title: 'every', text: every },
  { title: 'in', text: ({ currency }) => currency },
  { title: 'way', text: ({ direction }) => direction },
  { title: 'product', text: ({ product_id }) => product_id, keep: true },
];

/** Prints an app's plans by family, from the lowest up; from one of them, which way each is. */
export async function listPlans(
  context: Context,
  { from, app }: AppOptions & { from?: string | undefined },
): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const query = from === undefined ? {} : { from: await findProduct(call, from) };
  const answer = await call('GET /v1/plans', { query });
  const rows = answer.data.flatMap(({ family, currency, plans }) =>
    plans.map((plan) => ({ ...plan, family, currency })),
  );
  if (out.isJson) out.result(answer, '');
  else out.table(rows, COLUMNS, { empty: 'This app sells no plans yet.' });
}
