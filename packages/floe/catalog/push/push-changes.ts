import { updateBenefitsProducts } from '@polar-sh/sdk/2026-10/services/products';
import type { Context } from '../../context.ts';
import { type CatalogFile, type Kind, placeOf, type Product } from '../model/catalog.rules.ts';
import { BY_ID } from '../model/references.rules.ts';
import type { Change } from '../plan/plan.rules.ts';
import { isSame } from '../plan/differences.rules.ts';
import type { CatalogPolar } from '../open-catalog.ts';
import { asking, SERVICES } from '../there/services.ts';
import type { There } from '../there/there.rules.ts';
import { bodyOf } from './bodies.rules.ts';

export interface PushSteps {
  /** Called before each change: how many are done. */
  next: (done: number) => Promise<void>;
  /** @returns the id of the file */
  upload: (file: CatalogFile) => Promise<string>;
}

/**
 * Does what a plan says, change by change. Whatever ends it, the next run looks at what is there and does the rest: an object carries its key
 * from the request that makes it. @returns the ids of all that is there now, by `placeOf`
 * @throws {CliError} when Polar refuses one; those before it are done
 */
export async function pushChanges(
  context: Pick<Context, 'now'>,
  { core, api }: CatalogPolar,
  there: There,
  changes: readonly Change[],
  { next, upload }: PushSteps,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map([...there.held].map(([place, { id }]) => [place, id]));
  const idOf = (kind: Kind, key: string): string => {
    if (key.startsWith(BY_ID)) return key.slice(BY_ID.length);
    const id = ids.get(placeOf(kind, key));
    if (id === undefined) throw new Error(`${kind} ${key} is used before it is there.`);
    return id;
  };
  for (const [done, change] of changes.entries()) {
    await next(done);
    const { kind, key } = change;
    if (kind === 'files') {
      if (change.action === 'create') ids.set(placeOf(kind, key), await upload(change.entry as CatalogFile));
      continue;
    }
    const { update, create } = SERVICES[kind];
    const write = <Result>(call: () => Promise<Result>) =>
      asking({ api, kind, verb: 'write', about: `Polar refuses ${change.name}` }, call);
    if (change.action === 'archive') {
      await write(() => update(core, change.held.id, { is_archived: true }));
      continue;
    }
    const held = change.action === 'update' ? change.held : undefined;
    const before = there.catalog[kind].find((each) => each.key === key);
    const prices = held && before && 'prices' in before ? before.prices : [];
    const properties = held && before && 'properties' in before ? before.properties : {};
    const differences = change.action === 'update' ? change.differences : [];
    const body = bodyOf(kind, change.entry, {
      idOf,
      held,
      prices,
      properties,
      differences,
      now: context.now(),
    });
    if (held === undefined) ids.set(placeOf(kind, key), (await write(() => create(core, body))).id);
    else if (hasMoreThanBenefits(change)) await write(() => update(core, held.id, body));
    if (kind !== 'products') continue;
    // The benefits of a product are a list of its own at Polar. Who has bought the product meanwhile gets those that come later.
    const { benefits } = change.entry as Product;
    const had = held && before && 'benefits' in before ? before.benefits : [];
    if (isSame(had, benefits)) continue;
    const list = benefits.map((each) => idOf('benefits', each));
    await write(() => updateBenefitsProducts(core)(idOf('products', key), { benefits: list }));
  }
  return ids;
}

const hasMoreThanBenefits = (change: Change) =>
  change.action === 'update' && change.differences.some(({ field }) => field !== 'benefits');
