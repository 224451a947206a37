import { openCatalog, lookThere } from '../../catalog/open-catalog.ts';
import { describePlan } from '../../catalog/plan/describe-plan.rules.ts';
import { type Plan, planChanges } from '../../catalog/plan/plan.rules.ts';
import { ownerKeysOf } from '../../catalog/source/config-catalog.rules.ts';
import { openLock } from '../../catalog/lock/lock-file.ts';
import { describeBehind } from '../../catalog/lock/lock.rules.ts';
import { readSource } from '../../catalog/source/read-source.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';
import { inModes, type ModeOptions } from './in-modes.ts';

export interface CatalogOptions extends ModeOptions {
  archive: boolean;
  config?: string | undefined;
}

/** Prints what a push would change. */
export async function planCatalog(context: Context, options: CatalogOptions): Promise<ExitCode> {
  const source = await readSource(context, options.config);
  const lock = await openLock(context, source);
  return inModes(context, options, async (mode) => {
    const polar = await openCatalog(context, source.config.product, mode);
    const there = await lookThere(polar, source);
    const plan = planChanges(source.catalog, there, {
      archive: options.archive,
      ownerKeys: ownerKeysOf(source.config),
      isAtHand: (key) => source.paths.has(key),
    });
    const subscribers = await countSubscribers(polar.api, plan);
    const behind = lock.behind(mode, there);
    if (behind.length > 0) context.out.note(describeBehind(lock.file, behind, mode));
    const wouldChange = plan.changes.length + plan.obstacles.length + behind.length > 0;
    return {
      data: { ...presentPlan(mode, plan, subscribers), lock: { file: lock.file, behind } },
      text: describePlan(plan, subscribers).join('\n'),
      code: wouldChange ? EXIT.wouldChange : EXIT.done,
    };
  });
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
