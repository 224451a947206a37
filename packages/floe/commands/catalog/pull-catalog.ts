import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import { KINDS } from '../../catalog/model/catalog.rules.ts';
import { openCatalog } from '../../catalog/open-catalog.ts';
import { nameKind } from '../../catalog/plan/describe-plan.rules.ts';
import { settingsOf } from '../../catalog/pull/config-of-catalog.rules.ts';
import { findOwnerKeys, findOwners } from '../../catalog/pull/owners.rules.ts';
import { type PulledProduct, pullProduct } from '../../catalog/pull/pull-product.ts';
import { ownerKeysOf } from '../../catalog/source/config-catalog.rules.ts';
import { listPolar } from '../../catalog/there/list-polar.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { count } from '../../words/names.rules.ts';
import { findTarget, theOnlyProduct, writeTarget } from './pull-target.ts';

interface PullOptions {
  mode: Mode;
  config?: string | undefined;
  all: boolean;
  take: readonly string[];
  files: boolean;
  force: boolean;
  dryRun: boolean;
}

/** Writes what Polar has as a configuration. `patterns`: names of products, with `*`, or the slug that begins them. */
export async function pullCatalog(
  context: Context,
  patterns: readonly string[],
  options: PullOptions,
): Promise<void> {
  const { mode, all } = options;
  if (all && (patterns.length > 0 || options.config !== undefined || options.take.length > 0))
    throw new CliError(EXIT.usage, '--all stands alone: each product gets a folder of its own.');
  const target = all ? undefined : await findTarget(context, theOnlyProduct(patterns), options);
  const polar = await openCatalog(context, target?.product, mode);
  const wire = await context.out.step(`Reading what ${mode} has`, () => listPolar(polar));
  const ownerKeys = target?.config?.ownerKeys ?? findOwnerKeys(wire);
  const owners = findOwners(wire, ownerKeysOf({ ownerKeys }));
  const single = target && { ...target, product: target.product ?? ofNothing(theOnlyProduct(owners.slugs)) };
  const targets = single ? [single] : await targetsOfAll(context, owners.slugs, options);
  const pulled = [];
  for (const each of targets) {
    const done = await pullProduct(context, polar, {
      wire,
      mode,
      product: each.product ?? '',
      folder: each.folder,
      ownerKeys,
      settings: each.config && settingsOf(each.config),
      patterns,
      take: options.take,
      isFetched: options.files && !options.dryRun,
    });
    if (!options.dryRun) await writeTarget(each, done.text, options.force);
    pulled.push({ ...done, file: each.file });
  }
  if (!single?.config && owners.unclaimed.length > 0 && options.take.length === 0)
    context.out.note(
      `Nobody claims ${owners.unclaimed.map((name) => `"${name}"`).join(', ')}. --take '<name>' takes what is called so, with * for anything.`,
    );
  report(context, options, pulled);
}

function ofNothing(slug: string | undefined): string {
  if (slug !== undefined) return slug;
  throw new CliError(EXIT.usage, 'Nothing at Polar says which product it is of: name the product.', {
    hint: 'floe catalog pull quay',
  });
}

const targetsOfAll = (context: Context, slugs: readonly string[], options: PullOptions) =>
  Promise.all(
    slugs.map((slug) =>
      findTarget(context, slug, { ...options, config: path.join(slug, 'floe.config.yaml') }),
    ),
  );

function report(
  { out }: Context,
  { mode, dryRun }: PullOptions,
  pulled: readonly (PulledProduct & { file: string })[],
): void {
  for (const each of pulled) {
    const { product, file, text, catalog, pages, leftOut, archived, missingFiles } = each;
    const counts = Object.fromEntries(KINDS.map((kind) => [kind, catalog[kind].length]));
    const data = {
      mode,
      product,
      file,
      written: !dryRun,
      counts,
      pages,
      left_out: leftOut,
      archived,
      missing_files: missingFiles,
      text,
    };
    const said = KINDS.flatMap((kind) =>
      catalog[kind].length === 0 ? [] : [count(catalog[kind].length, nameKind(kind))],
    );
    if (pages > 0) said.push(`${count(pages, 'page')} sold by frontmatter`);
    out.item(data, dryRun ? text.trimEnd() : `Wrote ${file}: ${said.join(', ')}.`);
    for (const { kind, name, why } of leftOut) out.warn(`${nameKind(kind)} ${name} cannot be said: ${why}`);
    for (const name of missingFiles)
      out.warn(`${name} is at Polar, and not here: it is known by its SHA-256.`);
  }
}
