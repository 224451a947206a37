import { openCatalog, lookThere } from '../../catalog/open-catalog.ts';
import { describePlan } from '../../catalog/plan/describe-plan.rules.ts';
import { type Plan, planChanges } from '../../catalog/plan/plan.rules.ts';
import { ownerKeysOf } from '../../catalog/source/config-catalog.rules.ts';
import { readSource } from '../../catalog/source/read-source.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';

export interface CatalogOptions {
  mode: Mode;
  archive: boolean;
  config?: string | undefined;
}

/** Prints what a push would change. */
export async function planCatalog(context: Context, options: CatalogOptions): Promise<ExitCode> {
  const { out } = context;
  const source = await readSource(context, options.config);
  const polar = await openCatalog(context, source.config.product, options.mode);
  const plan = planChanges(source.catalog, await lookThere(polar, source), {
    archive: options.archive,
    ownerKeys: ownerKeysOf(source.config),
    isAtHand: (key) => source.paths.has(key),
  });
  const subscribers = await countSubscribers(polar.api, plan);
  out.result(presentPlan(options.mode, plan, subscribers), describePlan(plan, subscribers).join('\n'));
  return plan.changes.length + plan.obstacles.length === 0 ? EXIT.done : EXIT.wouldChange;
}

/** The plan as JSON. */
export function presentPlan(mode: Mode, plan: Plan, subscribers: ReadonlyMap<string, number>) {
  return {
    mode,
    changes: plan.changes.map((change) => ({
      action: change.action,
      kind: change.kind,
      key: change.key,
      name: change.name,
      id: change.action === 'create' ? null : change.held.id,
      differences: change.action === 'update' ? change.differences : [],
      subscribers: subscribers.get(change.key) ?? null,
    })),
    marks: plan.marks.map(({ kind, key, name }) => ({ kind, key, name })),
    obstacles: plan.obstacles,
    left: plan.left.map(({ kind, key, name }) => ({ kind, key, name })),
    unchanged: plan.unchanged,
  };
}

/** How many subscribe to products whose price would change: one request each. Nobody's price changes by it, and people should know that. */
export async function countSubscribers(polar: PolarApi, { changes }: Plan): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const change of changes) {
    if (change.kind !== 'products' || change.action !== 'update') continue;
    const isRecurring = 'recurring_interval' in change.entry && change.entry.recurring_interval !== null;
    if (!isRecurring || !change.differences.some(({ field }) => field === 'prices')) continue;
    const { status, body } = await polar.call(
      'GET',
      `/v1/subscriptions/?active=true&limit=1&product_id=${change.held.id}`,
    );
    const { pagination } = Object(body) as { pagination?: { total_count: number } };
    // A token that may not read subscriptions pushes a catalogue all the same.
    if (status === 200 && pagination) counts.set(change.key, pagination.total_count);
  }
  return counts;
}
