import { describeRefused, findRefused } from '../../catalog/audit/check-before-push.ts';
import { openCatalog, lookThere } from '../../catalog/open-catalog.ts';
import type { Finding } from '../../catalog/audit/rule.rules.ts';
import { describePlan } from '../../catalog/plan/describe-plan.rules.ts';
import { type Plan, planChanges } from '../../catalog/plan/plan.rules.ts';
import { changedPrices } from '../../catalog/plan/price-changes.rules.ts';
import { ownerKeysOf } from '../../catalog/source/config-catalog.rules.ts';
import { openLock } from '../../catalog/lock/lock-file.ts';
import { describeBehind } from '../../catalog/lock/lock.rules.ts';
import { readSource } from '../../catalog/source/read-source.ts';
import { countSubscribers } from '../../catalog/there/count-subscribers.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';
import { sayUnmatched } from './check-pages.ts';
import { inModes, type ModeOptions } from './in-modes.ts';

export interface CatalogOptions extends ModeOptions {
  archive: boolean;
  config?: string | undefined;
}

/** Prints what a push would change. */
export async function planCatalog(context: Context, options: CatalogOptions): Promise<ExitCode> {
  const source = await readSource(context, options.config);
  const lock = await openLock(context, source);
  sayUnmatched(context, source);
  const refused = findRefused(source);
  for (const finding of refused) context.out.note(describeRefused(finding));
  return inModes(context, options, async (mode) => {
    const polar = await openCatalog(context, source.config.product, mode);
    const there = await lookThere(polar, source);
    const plan = planChanges(source.catalog, there, {
      archive: options.archive,
      ownerKeys: ownerKeysOf(source.config),
      isAtHand: (key) => source.paths.has(key),
    });
    const subscribers = await countTouched(polar.api, plan);
    const behind = lock.behind(mode, there);
    if (behind.length > 0) context.out.note(describeBehind(lock.file, behind, mode));
    const wouldChange = plan.changes.length + plan.obstacles.length + behind.length > 0;
    return {
      data: {
        ...presentPlan(mode, plan, subscribers),
        refused: refused.map(presentRefused),
        lock: { file: lock.file, behind },
      },
      text: describePlan(plan, subscribers, source.config.currency).join('\n'),
      code: wouldChange ? EXIT.wouldChange : EXIT.done,
    };
  });
}

const presentRefused = ({ code, about, message, mend, file, line }: Finding) => ({
  code,
  about,
  message,
  mend,
  file,
  line: line ?? null,
});

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

/** How many subscribe to products whose price would change, by their keys; none where the token may not read subscriptions. */
export async function countTouched(polar: PolarApi, plan: Plan): Promise<Map<string, number>> {
  const touched = changedPrices(plan);
  const counts = await countSubscribers(
    polar,
    touched.map(({ id }) => id),
  );
  return new Map(counts && touched.map(({ key, id }) => [key, counts.get(id) ?? 0]));
}
