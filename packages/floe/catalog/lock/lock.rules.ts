import * as z from 'zod';
import type { Mode } from '../../deployments/deployment-file.ts';
import type { Catalog, Entry } from '../model/catalog.rules.ts';

/* The lock file: ids at Polar by name, of both modes. Apps import it (`@floe/kit/catalog`); of these commands none reads an id from it. */

/** What an app asks Polar or the gateway for by its id. */
const LOCKED = ['products', 'benefits', 'discounts', 'meters'] as const;
type Locked = (typeof LOCKED)[number];

const id = z.guid('must be an id of Polar’s');
const names = z.record(z.string(), z.strictObject({ sandbox: id, live: id }).partial()).default({});
export const lockModel = z.strictObject({
  /** The slug. */
  product: z.string(),
  products: names,
  benefits: names,
  discounts: names,
  meters: names,
});
export type Lock = z.output<typeof lockModel>;

const emptyLock = (product: string): Lock => ({
  product,
  products: {},
  benefits: {},
  discounts: {},
  meters: {},
});

/** `quay:monthly` of a product, `all` of the benefit `benefit:all`; a page's benefit keeps its key, `page:blog/tides`. */
const nameOf = (kind: Locked, entry: Entry): string =>
  kind === 'products' && 'name' in entry ? entry.name : entry.key.replace(/^(?:benefit|discount|meter):/, '');

export interface IdsThere {
  product: string;
  mode: Mode;
  /** The source: what left it leaves the file. */
  wanted: Catalog;
  /** Undefined: it is not at Polar. */
  idOf: (kind: Locked, key: string) => string | undefined;
}

/** The lock file with the ids of one mode as they are; those of the other one stay, also under a name that the source has no more. */
export function withIds(before: Lock | undefined, { product, mode, wanted, idOf }: IdsThere): Lock {
  const lock = emptyLock(product);
  for (const kind of LOCKED) {
    const own = new Map(wanted[kind].map((entry) => [nameOf(kind, entry), idOf(kind, entry.key)]));
    const had = before?.[kind] ?? {};
    const all = [...new Set([...Object.keys(had), ...own.keys()])].toSorted();
    for (const name of all) {
      const { [mode]: _, ...others } = had[name] ?? {};
      const found = own.get(name);
      const ids = found === undefined ? others : { ...others, [mode]: found };
      if (Object.keys(ids).length > 0) lock[kind][name] = ids;
    }
  }
  return lock;
}

/** Whether the file has an id of a product. Own names alone: `constructor` is no product. */
export const isLocked = ({ products }: Lock, name: string, mode: Mode): boolean =>
  Object.hasOwn(products, name) && products[name]?.[mode] !== undefined;

/** Names of what is at Polar whose id of `mode` the file lacks, or has wrong. What is not there, or left the source, waits for a push anyway. */
export function whatIsBehind(lock: Lock, now: Lock, mode: Mode, { wanted, nameThere }: NamesThere): string[] {
  const renamed = new Set(
    wanted.products.filter(({ key, name }) => nameThere(key) !== name).map(({ name }) => name),
  );
  return LOCKED.flatMap((kind) =>
    Object.keys(now[kind]).filter((name) => {
      const id = now[kind][name]?.[mode];
      const has = Object.hasOwn(lock[kind], name) ? lock[kind][name]?.[mode] : undefined;
      return id !== undefined && id !== has && !(kind === 'products' && renamed.has(name));
    }),
  ).toSorted();
}

interface NamesThere {
  wanted: Catalog;
  /** What a product of this key is called at Polar: by another name, a push renames it. */
  nameThere: (key: string) => string | undefined;
}

/** Of a lock file that was not committed, or that somebody else's push has left behind. */
export function describeBehind(file: string, behind: readonly string[], mode: Mode): string {
  const [first = '', ...others] = behind;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${file} is behind ${mode}: ${first}${more}. A push writes it; commit it.`;
}

/** The file's text: an id a line, in the order of names, so that the changes of two branches merge. */
export function printLock(lock: Lock): string {
  const sorted = (ids: Record<string, object>) =>
    Object.fromEntries(
      Object.keys(ids)
        .toSorted()
        .map((name) => [name, Object.fromEntries(Object.entries(ids[name] ?? {}).toSorted())]),
    );
  const { product, ...kinds } = lock;
  const ordered = Object.fromEntries(LOCKED.map((kind) => [kind, sorted(kinds[kind])]));
  return `${JSON.stringify({ product, ...ordered }, null, 2)}\n`;
}

/** `floe.config.yaml` → `floe.lock.json`: beside the configuration, so that two of them in one folder have one each. */
export const lockNameOf = (config: string): string =>
  `${config.replace(/\.[cm]?[jt]s$|\.ya?ml$/i, '').replace(/\.config$/, '')}.lock.json`;
