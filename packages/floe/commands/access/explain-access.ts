import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { toSecond } from '../../words/times.rules.ts';
import { describeExplanation, type Explanation } from './describe-explanation.rules.ts';

interface Options extends AppOptions {
  resource: string;
  customer?: string | undefined;
  member?: string | undefined;
  payment?: string | undefined;
  at?: string | undefined;
  maxAge?: number | undefined;
}

const CAUSES: readonly Column<Explanation['because'][number]>[] = [
  { title: 'known (UTC)', text: ({ at }) => toSecond(at), keep: true },
  { title: 'what', text: ({ type }) => type, keep: true },
  {
    title: 'event, or what was changed',
    text: ({ event_id, object }) => event_id ?? (object && `${object.kind} ${object.id}`),
  },
];

/** Prints why a customer may use something, or not, now or at a time: the decision, what it rests on, what led there. */
export async function explainAccess(context: Context, options: Options): Promise<void> {
  const { out } = context;
  const { resource, customer, member, payment } = options;
  const at = timeOf(context, '--at', options.at);
  const call = (await openGateway(context)).asApp(options.app);
  const explanation = await call('GET /v1/access/explain', {
    query: { resource, ...given({ customer, member, payment, at, max_age: options.maxAge }) },
  });
  out.details(explanation, describeExplanation(explanation));
  if (out.isJson || explanation.because.length === 0) return;
  out.item(undefined, '\nWhat led there, oldest first:');
  out.table(explanation.because, CAUSES);
  if (explanation.because.some(({ event_id }) => event_id !== null))
    out.note('floe events show says what your app was told.');
}
