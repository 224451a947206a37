import { CliError } from '../cli-error.ts';
import { openLock } from '../catalog/lock/lock-file.ts';
import { describeBehind } from '../catalog/lock/lock.rules.ts';
import { lookThere, openCatalog } from '../catalog/open-catalog.ts';
import { describePlan } from '../catalog/plan/describe-plan.rules.ts';
import { planChanges } from '../catalog/plan/plan.rules.ts';
import { ownerKeysOf } from '../catalog/source/config-catalog.rules.ts';
import type { Source } from '../catalog/source/read-source.ts';
import type { Context } from '../context.ts';
import type { Mode } from '../deployments/deployment-file.ts';
import { EXIT } from '../exit-codes.ts';
import type { ReadOptions } from './read-options.rules.ts';

/** Refuses a build whose catalogue is not what was pushed, as far as `check` asks. @throws {CliError} which says what differs */
export async function checkDrift(
  context: Context,
  source: Source,
  { check, mode }: Pick<ReadOptions, 'check' | 'mode'>,
): Promise<void> {
  if (check === 'files') return;
  const lock = await openLock(context, source);
  const missing = lock.missing(mode);
  if (missing.length > 0)
    throw new CliError(
      EXIT.failed,
      `${lock.file} lacks ids of ${mode}: what it does not have was not pushed.`,
      {
        code: 'catalog_drift',
        errors: missing.map((name) => ({ path: name, message: `has no id of ${mode}` })),
        hint: `${pushOf(mode)}, and commit ${lock.file}.`,
      },
    );
  if (check === 'lock') return;
  const polar = await openCatalog(context, source.config.product, mode);
  const there = await lookThere(polar, source).catch((error: unknown) => {
    if (!context.signal.aborted) throw error;
    throw new CliError(EXIT.unavailable, `Polar (${mode}) has not answered in time.`, {
      hint: 'Build again in a while, or without check: "polar".',
      cause: error,
    });
  });
  const plan = planChanges(source.catalog, there, {
    archive: false,
    ownerKeys: ownerKeysOf(source.config),
    isAtHand: (key) => source.paths.has(key),
  });
  const behind = lock.behind(mode, there);
  if (plan.changes.length + plan.obstacles.length + behind.length === 0) return;
  const lines = [
    ...(behind.length === 0 ? [] : [describeBehind(lock.file, behind, mode)]),
    ...(plan.changes.length + plan.obstacles.length === 0
      ? []
      : describePlan(plan, new Map(), source.config.currency)),
  ];
  throw new CliError(
    EXIT.failed,
    [`Polar (${mode}) does not sell what the catalogue says.`, ...lines.map((line) => `  ${line}`)].join(
      '\n',
    ),
    { code: 'catalog_drift', hint: `${pushOf(mode)}.` },
  );
}

const pushOf = (mode: Mode) => `floe catalog push${mode === 'live' ? ' --mode live' : ''}`;
