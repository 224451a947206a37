import { lookThere, openCatalog } from '../../catalog/open-catalog.ts';
import { describePlan } from '../../catalog/plan/describe-plan.rules.ts';
import { allOf, planChanges } from '../../catalog/plan/plan.rules.ts';
import { uploadFile } from '../../catalog/push/upload-file.ts';
import { ownerKeysOf } from '../../catalog/source/config-catalog.rules.ts';
import { readSource } from '../../catalog/source/read-source.ts';
import type { There } from '../../catalog/there/there.rules.ts';
import type { Context } from '../../context.ts';
import { count } from '../../words/names.rules.ts';
import { type CatalogOptions, countSubscribers, presentPlan } from './plan-catalog.ts';
import { pushPlan, refuseObstacles } from './push-plan.ts';

interface PushOptions extends CatalogOptions {
  dryRun: boolean;
}

/** Makes Polar sell what the source says. */
export async function pushCatalog(context: Context, options: PushOptions): Promise<void> {
  const { out } = context;
  const { mode, archive } = options;
  const source = await readSource(context, options.config);
  const { product } = source.config;
  const polar = await openCatalog(context, product, mode);
  const plan = (there: There) =>
    planChanges(source.catalog, there, {
      archive,
      ownerKeys: ownerKeysOf(source.config),
      isAtHand: (key) => source.paths.has(key),
    });
  const first = plan(await lookThere(polar, source));
  const subscribers = await countSubscribers(polar.api, first);
  refuseObstacles(first);
  if (options.dryRun || allOf(first).length === 0) {
    out.result(
      { ...presentPlan(mode, first, subscribers), pushed: 0 },
      describePlan(first, subscribers).join('\n'),
    );
    return;
  }
  if (mode === 'live') {
    for (const line of describePlan(first, subscribers)) out.note(line);
    await out.confirm(`Push ${count(allOf(first).length, 'change')} to ${product}, live?`);
  }
  const done = await pushPlan(context, polar, {
    product,
    look: () => lookThere(polar, source),
    plan,
    upload: (file) => uploadFile(context, polar, file, source.paths.get(file.key) ?? file.name),
  });
  const pushed = allOf(done).length;
  out.result(
    { ...presentPlan(mode, done, subscribers), pushed },
    `Pushed ${count(pushed, 'change')} to ${mode}; ${done.unchanged - done.marks.length} stayed as they are.`,
  );
}
