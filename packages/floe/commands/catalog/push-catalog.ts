import { checkBeforePush } from '../../catalog/audit/check-before-push.ts';
import { lookThere, openCatalog } from '../../catalog/open-catalog.ts';
import { type LockFile, openLock } from '../../catalog/lock/lock-file.ts';
import { describeBehind } from '../../catalog/lock/lock.rules.ts';
import { describePlan } from '../../catalog/plan/describe-plan.rules.ts';
import { allOf, type Plan, planChanges } from '../../catalog/plan/plan.rules.ts';
import { uploadFile } from '../../catalog/push/upload-file.ts';
import { ownerKeysOf } from '../../catalog/source/config-catalog.rules.ts';
import { readSource, type Source } from '../../catalog/source/read-source.ts';
import type { There } from '../../catalog/there/there.rules.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { count } from '../../words/names.rules.ts';
import { inModes, type Told } from './in-modes.ts';
import { type CatalogOptions, countTouched, presentPlan } from './plan-catalog.ts';
import { refuseUnmatched, sayUnmatched } from './check-pages.ts';
import { pushPlan, refuseObstacles } from './push-plan.ts';

interface PushOptions extends CatalogOptions {
  dryRun: boolean;
  /** Whether the ids are kept in the lock file. */
  lock: boolean;
  gateway?: string | undefined;
}

/** Makes Polar sell what the source says, and keeps the ids in the lock file, unless told not to. */
export async function pushCatalog(context: Context, options: PushOptions): Promise<ExitCode> {
  const source = await readSource(context, options.config);
  const lock = options.lock ? await openLock(context, source) : undefined;
  sayUnmatched(context, source);
  return inModes(context, options, async (mode) => {
    await checkBeforePush(context, source, { ...options, mode });
    return pushMode(context, { source, lock, mode }, options);
  });
}

interface Pushed {
  source: Source;
  lock: LockFile | undefined;
  mode: Mode;
}

async function pushMode(
  context: Context,
  { source, lock, mode }: Pushed,
  { archive, dryRun }: PushOptions,
): Promise<Told> {
  const { out } = context;
  const { product } = source.config;
  const polar = await openCatalog(context, product, mode);
  const plan = (there: There) =>
    planChanges(source.catalog, there, {
      archive,
      ownerKeys: ownerKeysOf(source.config),
      isAtHand: (key) => source.paths.has(key),
    });
  const there = await lookThere(polar, source);
  const first = plan(there);
  const subscribers = await countTouched(polar.api, first);
  refuseObstacles(first);
  refuseUnmatched(source, first);
  const told = (done: Plan, pushed: number, isWritten: boolean) => ({
    ...presentPlan(mode, done, subscribers),
    pushed,
    lock: lock ? { file: lock.file, written: isWritten } : null,
  });
  if (dryRun || allOf(first).length === 0) {
    const behind = lock?.behind(mode, there) ?? [];
    if (lock && dryRun && behind.length > 0) out.note(describeBehind(lock.file, behind, mode));
    const isWritten = !dryRun && ((await lock?.keep(mode, there)) ?? false);
    const lines = describePlan(first, subscribers, source.config.currency);
    return {
      data: told(first, 0, isWritten),
      text: [...lines, ...(lock && isWritten ? [`${lock.file} is written.`] : [])].join('\n'),
    };
  }
  const say = (done: Plan) => {
    for (const line of describePlan(done, subscribers, source.config.currency)) out.note(line);
  };
  if (mode === 'live') {
    say(first);
    await out.confirm(`Push ${count(allOf(first).length, 'change')} to ${product}, live?`);
  }
  const done = await pushPlan(context, polar, {
    product,
    look: () => lookThere(polar, source),
    plan,
    shown: first,
    // Of live it was said before the question. As JSON the result has it.
    ...(mode === 'live' || out.isJson ? {} : { say }),
    upload: (file, steps) => uploadFile(context, polar, file, source.paths.get(file.key) ?? file.name, steps),
  });
  const isWritten = (await lock?.keep(mode, done.there, done.ids)) ?? false;
  const pushed = allOf(done.plan).length;
  const stayed = done.plan.unchanged - done.plan.marks.length;
  const ids = lock && isWritten ? ` ${lock.file} has their ids.` : '';
  return {
    data: told(done.plan, pushed, isWritten),
    text: `Pushed ${count(pushed, 'change')} to ${mode}; ${stayed} stayed as they are.${ids}`,
  };
}
