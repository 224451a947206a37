import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import { openLock } from '../../catalog/lock/lock-file.ts';
import { type CatalogFile, KINDS } from '../../catalog/model/catalog.rules.ts';
import { type CatalogPolar, openCatalog } from '../../catalog/open-catalog.ts';
import { describePlan, nameKind } from '../../catalog/plan/describe-plan.rules.ts';
import { allOf, type Plan, planChanges } from '../../catalog/plan/plan.rules.ts';
import { findStuck, notesOn, wantedElsewhere } from '../../catalog/promote/elsewhere.rules.ts';
import { chooseEntries, fitsOne } from '../../catalog/pull/choose-entries.rules.ts';
import { fetchFile } from '../../catalog/pull/fetch-file.ts';
import { findOwnerKeys, findOwners } from '../../catalog/pull/owners.rules.ts';
import { uploadFile } from '../../catalog/push/upload-file.ts';
import { ownerKeysOf } from '../../catalog/source/config-catalog.rules.ts';
import { findSource, type Source } from '../../catalog/source/read-source.ts';
import { listPolar } from '../../catalog/there/list-polar.ts';
import { fileKey } from '../../catalog/there/object-keys.rules.ts';
import type { Wire } from '../../catalog/there/polar-objects.rules.ts';
import { readThere, type There } from '../../catalog/there/there.rules.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { count } from '../../words/names.rules.ts';
import { countTouched, presentPlan } from './plan-catalog.ts';
import { pushPlan, refuseObstacles } from './push-plan.ts';
import { theOnlyProduct } from './pull-target.ts';

interface PromoteOptions {
  from: Mode;
  to: Mode;
  archive: boolean;
  dryRun: boolean;
  /** Whether the ids are kept in the lock file. */
  lock: boolean;
  config?: string | undefined;
}

/** Makes one of Polar's environments sell what the other one sells. `names`: of products, with `*`, or the slug that begins them. */
export async function promoteCatalog(
  context: Context,
  names: readonly string[],
  { from, to, archive, dryRun, lock: isKept, config }: PromoteOptions,
): Promise<void> {
  const { out } = context;
  if (from === to)
    throw new CliError(EXIT.usage, `It is promoted from one environment to the other, and both are ${from}.`);
  const source = await findSource(context, config);
  const slug = theOnlyProduct(names) ?? source?.config.product;
  const [before, after] = [await openCatalog(context, slug, from), await openCatalog(context, slug, to)];
  const wire = await out.step(`Reading what ${from} has`, () => listPolar(before));
  const ownerKeys = ownerKeysOf(source?.config ?? { ownerKeys: findOwnerKeys(wire) });
  const product = slug ?? theOnlyProduct(findOwners(wire, ownerKeys).slugs) ?? '';
  const lock = isKept && source?.config.product === product ? await openLock(context, source) : undefined;
  const globs = names.filter((each) => each.includes(':'));
  const isNamed = globs.length === 0 ? undefined : fitsOne(globs);
  const chosen = chooseEntries(readThere(wire, { product, ownerKeys, wanted: 'all' }), {
    isChosen: isNamed && (({ name }) => isNamed(name)),
  });
  if (KINDS.every((kind) => chosen[kind].length === 0))
    throw new CliError(EXIT.notFound, `Polar has nothing of ${names.join(' ') || product} in ${from}.`);
  refuseStuck(findStuck(chosen), to);
  const wanted = wantedElsewhere(chosen, product, ownerKeys);
  const look = async () => readThere(await listPolar(after), { product, ownerKeys, wanted });
  const plan = (there: There) => {
    const whole = planChanges(wanted, there, { archive, ownerKeys, isAtHand: () => true });
    return isNamed === undefined ? whole : withoutOthers(whole, isNamed);
  };
  const first = plan(await out.step(`Reading what ${to} has`, look));
  const subscribers = await countTouched(after.api, first);
  const present = (done: Plan, pushed: number) => ({ from, ...presentPlan(to, done, subscribers), pushed });
  const made = allOf(first).flatMap((each) => (each.action === 'create' ? [each.entry] : []));
  for (const note of notesOn(made)) out.note(note);
  refuseObstacles(first);
  if (dryRun || allOf(first).length === 0)
    return out.result(
      present(first, 0),
      describePlan(first, subscribers, source?.config.currency).join('\n'),
    );
  for (const line of describePlan(first, subscribers, source?.config.currency)) out.note(line);
  if (to === 'live')
    await out.confirm(`Promote ${count(allOf(first).length, 'change')} of ${product} to live?`);
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-promote-'));
  try {
    const paths = await fetchAll(context, before, { wire, source, plan: first, folder });
    const done = await pushPlan(context, after, {
      product,
      look,
      plan,
      shown: first,
      upload: (file, steps) => uploadFile(context, after, file, paths.get(file.key) ?? file.name, steps),
    });
    await lock?.keep(to, done.there, done.ids);
    const pushed = allOf(done.plan).length;
    out.result(
      present(done.plan, pushed),
      `Promoted ${count(pushed, 'change')} of ${product} to ${to}; ${done.plan.unchanged - done.plan.marks.length} stayed as they are.`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is not named is not asked about, so it has not left anything. */
const withoutOthers = (plan: Plan, isNamed: (name: string) => boolean): Plan => ({
  ...plan,
  changes: plan.changes.filter(({ action, name }) => action !== 'archive' || isNamed(name)),
  left: plan.left.filter(({ name }) => isNamed(name)),
});

function refuseStuck(stuck: ReturnType<typeof findStuck>, to: Mode): void {
  if (stuck.length === 0) return;
  throw new CliError(EXIT.failed, 'Nothing was promoted.', {
    code: 'not_promotable',
    errors: stuck.map(({ kind, name, why }) => ({
      path: name,
      message: `the ${nameKind(kind)} cannot be made in ${to}: ${why}`,
    })),
  });
}

interface Fetched {
  wire: Wire;
  source: Source | undefined;
  plan: Plan;
  folder: string;
}

/** Where each file that is to be uploaded is: in the repository, or fetched. @throws {CliError} with those that cannot be had, before anything is changed */
async function fetchAll(
  context: Context,
  polar: CatalogPolar,
  { wire, source, plan, folder }: Fetched,
): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const files = plan.changes.flatMap(({ kind, ...change }) =>
    kind === 'files' && change.action === 'create' ? [change.entry as CatalogFile] : [],
  );
  const missing: CatalogFile[] = [];
  for (const [i, file] of files.entries()) {
    const here = source?.paths.get(file.key);
    const whole = here ?? path.join(folder, String(i));
    const there = wire.files.find((each) => fileKey(each) === file.key);
    const fetch = () =>
      there
        ? fetchFile(context, polar, { file: there, benefits: wire.benefits }, whole)
        : Promise.resolve(false);
    if (here !== undefined || (await context.out.step(`Fetching ${file.name}`, fetch)))
      paths.set(file.key, whole);
    else missing.push(file);
  }
  if (missing.length > 0)
    throw new CliError(EXIT.failed, 'Nothing was promoted.', {
      code: 'file_not_here',
      errors: missing.map(({ name }) => ({
        path: name,
        message: 'Polar gives it to its buyers alone, and it is not in this repository',
      })),
      hint: 'Name it among files in the configuration, where it is on this machine; or buy it once in the sandbox, and it is fetched as its buyer.',
    });
  return paths;
}
