import type { Context } from '../../context.ts';
import { type Answer, openGateway } from '../../gateway/client.ts';
import type { OperatorApi } from '../../gateway/operator-api.ts';
import { createdRange, whenEmpty } from '../../gateway/filters.ts';
import { type ListOptions, showPages } from '../../gateway/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { given } from '../../words/given.rules.ts';
import { minute } from '../../words/times.rules.ts';

type Query = NonNullable<OperatorApi['GET /admin/audit']['query']>;
type Entry = Answer<'GET /admin/audit'>['data'][number];

interface Options extends ListOptions {
  actor?: 'operator' | 'app' | 'gateway' | 'schedule' | undefined;
  action?: string | undefined;
  app?: string | undefined;
  target?: string | undefined;
  key?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

const COLUMNS: readonly Column<Entry>[] = [
  {
    title: 'when (UTC)',
    text: ({ created_at }) => minute(created_at),
    keep: true,
  },
  { title: 'who', text: ({ actor, key }) => key ?? actor },
  { title: 'what', text: ({ action }) => action },
  { title: 'app', text: ({ app }) => app },
  { title: 'change', text: describeChange },
];

/** Prints lines of the audit log. */
export async function listAudit(context: Context, options: Options): Promise<void> {
  const { actor, action, app, target, key } = options;
  const filters = {
    // The gateway knows which there are, and says it.
    ...given({ actor, action: action as Query['action'], app, target, key }),
    ...createdRange(context, options),
  };
  const call = (await openGateway(context)).asOperator();
  await showPages(context, (page) => call('GET /admin/audit', { query: { ...filters, ...page } }), COLUMNS, {
    ...options,
    empty: whenEmpty(filters, 'changes', 'They are noted from the first one on.'),
  });
}

/** `name: Quay → Quay & Co`, and what it was done to where that is not the app. */
function describeChange({ app, target, before, after, detail }: Entry): string | null {
  const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const changes = Object.entries(after ?? detail ?? {}).flatMap(([name, value]) => {
    if (before && name in before) return [`${name}: ${shown(before[name])} → ${shown(value)}`];
    // What a new thing does not have.
    return value === null ? [] : [`${name}: ${shown(value)}`];
  });
  if (changes.length === 0) return target;
  return target === null || target === app ? changes.join(', ') : `${changes.join(', ')} (${target})`;
}
