import { type Catalog, type Entry, type Kind, KINDS, placeOf } from '../model/catalog.rules.ts';
import type { OwnerKeys } from '../model/metadata.rules.ts';
import { BY_ID, mapReferences } from '../model/references.rules.ts';
import type { Held, There } from '../there/there.rules.ts';
import { cannotChange, type Difference, differencesOf } from './differences.rules.ts';
import { isMark } from './marks.rules.ts';
import { todoBefore } from './by-hand.rules.ts';
import { type Obstacle, obstaclesOf } from './obstacles.rules.ts';

/* What a push would do, as data. */

export type Change =
  | { action: 'create'; kind: Kind; key: string; name: string; entry: Entry }
  | {
      action: 'update';
      kind: Kind;
      key: string;
      name: string;
      entry: Entry;
      held: Held;
      differences: Difference[];
    }
  /** It left the source, and is archived with --archive. */
  | { action: 'archive'; kind: Kind; key: string; name: string; held: Held; why: 'left' | 'duplicate' };

export interface Plan {
  /** In the order in which they are done. */
  changes: Change[];
  /** What was made by hand and is as it is wanted: a push writes whose it is into its metadata, and changes nothing that anybody sees. */
  marks: Change[];
  /** What a push refuses, before it does anything. */
  obstacles: Obstacle[];
  /** What left the source. It stays as it is unless it is asked to be archived. */
  left: Change[];
  /** Marks among them. */
  unchanged: number;
  /** What people know an entry by, of the source and of Polar, by `placeOf`. */
  names: ReadonlyMap<string, string>;
}

export interface PlanOptions {
  archive: boolean;
  /** Under these an object says whose it is. */
  ownerKeys: OwnerKeys;
  /** Whether a file, by its key, can be uploaded from here. */
  isAtHand: (key: string) => boolean;
}

/** All that a push does. */
export const allOf = ({ marks, changes }: Plan): Change[] => [...marks, ...changes];

export function planChanges(
  wanted: Catalog,
  there: There,
  { archive, ownerKeys, isAtHand }: PlanOptions,
): Plan {
  const changes: Change[] = [];
  const marks: Change[] = [];
  const keysById = new Map([...there.held.values()].map(({ id, key }) => [`${BY_ID}${id}`, key]));
  const obstacles = obstaclesOf(wanted, there);
  let unchanged = 0;
  for (const kind of KINDS) {
    const before = new Map(there.catalog[kind].map((entry) => [entry.key, entry]));
    for (const each of wanted[kind]) {
      const entry = mapReferences(kind, each, (_of, key) => keysById.get(key) ?? key);
      const { key } = entry;
      const name = nameOf(entry);
      const found = before.get(key);
      const held = there.held.get(placeOf(kind, key));
      if (!found || !held) {
        const todo = kind === 'files' && !isAtHand(key) ? LACKING : todoBefore(entry);
        if (todo !== undefined) obstacles.push({ code: 'by_hand', kind, key, name, todo });
        changes.push({ action: 'create', kind, key, name, entry });
        continue;
      }
      const differences = differencesOf(kind, found, entry);
      const fixed = cannotChange(kind, differences, held.isUsed);
      if (fixed.length > 0)
        obstacles.push({ code: 'needs_new', kind, key, name, fields: fixed.map(({ field }) => field) });
      if (held.isArchived) differences.push({ field: 'is_archived', from: true, to: false });
      const change: Change = { action: 'update', kind, key, name, entry, held, differences };
      const isMarked = differences.every((difference) => isMark(difference, ownerKeys));
      if (!isMarked) changes.push(change);
      else unchanged++;
      if (isMarked && differences.length > 0) marks.push(change);
    }
  }
  const left = whatLeft(wanted, there);
  const names = new Map([there.catalog, wanted].flatMap(namesOf));
  return { changes: archive ? [...changes, ...left] : changes, marks, obstacles, left, unchanged, names };
}

const namesOf = (catalog: Catalog): [string, string][] =>
  KINDS.flatMap((kind) =>
    catalog[kind].map((each): [string, string] => [placeOf(kind, each.key), nameOf(each)]),
  );

const LACKING = 'neither Polar nor this machine has it, so put it where the configuration says';

/** What Polar has and the source has not: first what buyers can buy, so that nothing is sold without what it gives. Files are never taken away. */
function whatLeft(wanted: Catalog, there: There): Change[] {
  const kinds = KINDS.toReversed().filter((kind) => kind === 'products' || kind === 'meters');
  const gone = kinds.flatMap((kind) => {
    const keys = new Set(wanted[kind].map(({ key }) => key));
    return there.catalog[kind].flatMap((entry): Change[] => {
      const held = there.held.get(placeOf(kind, entry.key));
      if (!held || held.isArchived || keys.has(entry.key) || there.counted.has(held.id)) return [];
      return [{ action: 'archive', kind, key: entry.key, name: nameOf(entry), held, why: 'left' }];
    });
  });
  const twice = there.duplicates.flatMap((held): Change[] =>
    held.isArchived || (held.kind !== 'products' && held.kind !== 'meters') || there.counted.has(held.id)
      ? []
      : [{ action: 'archive', kind: held.kind, key: held.key, name: held.name, held, why: 'duplicate' }],
  );
  return [...gone, ...twice];
}

/** What people know an entry by. */
const nameOf = (entry: Entry): string => ('name' in entry ? entry.name : entry.description);
