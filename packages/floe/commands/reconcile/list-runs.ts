import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import { whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { statusColour } from '../../words/names.rules.ts';
import { minute } from '../../words/times.rules.ts';
import { isWanting, outcomeOf, type Run } from './describe-run.ts';

const COLUMNS: readonly Column<Run>[] = [
  { title: 'run', text: ({ id }) => id, keep: true },
  { title: 'started (UTC)', text: ({ started_at }) => minute(started_at), keep: true },
  { title: 'compares', text: ({ mode, scope }) => `${mode} ${scope}` },
  {
    title: 'outcome',
    text: outcomeOf,
    colour: (run) => (isWanting(run.report) ? 'red' : statusColour(run.status)),
  },
];

/** Prints the comparisons with Polar. */
export async function listRuns(
  context: Context,
  options: ListOptions & { mode?: Run['mode'] | undefined },
): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const query = given({ mode: options.mode });
  await showPages(
    context,
    (page) => call('GET /admin/reconcile', { query: { ...query, ...page } }),
    COLUMNS,
    {
      ...options,
      empty: whenEmpty(
        query,
        'runs',
        'One begins every quarter of an hour, or now: floe reconcile start --help',
      ),
    },
  );
}
