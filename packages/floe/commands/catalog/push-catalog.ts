import { CliError } from '../../cli-error.ts';
import { lookThere, openCatalog } from '../../catalog/open-catalog.ts';
import { describeObstacle, describePlan } from '../../catalog/plan/describe-plan.rules.ts';
import { type Plan, planChanges } from '../../catalog/plan/plan.rules.ts';
import { withLease } from '../../catalog/push/lease.ts';
import { pushChanges } from '../../catalog/push/push-changes.ts';
import { uploadFile } from '../../catalog/push/upload-file.ts';
import { readSource } from '../../catalog/source/read-source.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { count } from '../../words/names.rules.ts';
import { type CatalogOptions, countSubscribers, presentPlan } from './plan-catalog.ts';

interface PushOptions extends CatalogOptions {
  dryRun: boolean;
}

/** Makes Polar sell what the source says. */
export async function pushCatalog(context: Context, options: PushOptions): Promise<void> {
  const { out } = context;
  const { mode } = options;
  const source = await readSource(context, options.config);
  const { product } = source.config;
  const polar = await openCatalog(context, product, mode);
  const first = planChanges(source.catalog, await lookThere(polar, source), options);
  const subscribers = await countSubscribers(polar.api, first);
  if (options.dryRun || first.changes.length === 0) {
    refuseObstacles(first);
    out.result(
      { ...presentPlan(mode, first, subscribers), pushed: 0 },
      describePlan(first, subscribers).join('\n'),
    );
    return;
  }
  refuseObstacles(first);
  if (mode === 'live') {
    for (const line of describePlan(first, subscribers)) out.note(line);
    await out.confirm(`Push ${count(first.changes.length, 'change')} to ${product}, live?`);
  }
  const done = await withLease(context, polar.api, product, async (lease) => {
    // Whoever pushed while this one waited may have done it.
    const there = await lookThere(polar, source);
    const plan = planChanges(source.catalog, there, options);
    refuseObstacles(plan);
    await out.step(`Pushing ${count(plan.changes.length, 'change')} to ${mode}`, () =>
      pushChanges(context, polar, there, plan.changes, {
        keep: () => lease.keep(),
        upload: (file) => uploadFile(context, polar, file, source.paths.get(file.key) ?? file.name),
      }),
    );
    return plan;
  });
  out.result(
    { ...presentPlan(mode, done, subscribers), pushed: done.changes.length },
    `Pushed ${count(done.changes.length, 'change')} to ${mode}; ${done.unchanged} stayed as they are.`,
  );
}

function refuseObstacles({ obstacles }: Plan): void {
  const [first] = obstacles;
  if (!first) return;
  throw new CliError(EXIT.failed, 'Nothing was pushed.', {
    code: first.code,
    errors: obstacles.map((each) => ({ path: each.name, message: describeObstacle(each) })),
  });
}
