import { columnOf } from '../base/db/columns.rules.ts';
import { keepOfSnapshot } from '../record/kept.rules.ts';
import { digestContent } from '../polar/versions.rules.ts';
import type { Snapshot } from '../polar/snapshots.rules.ts';

/* Which fields of an object differ: their names and never their values, which may be of a person. */

type Fields = Readonly<Record<string, unknown>>;

/** What is no content: how new the object is, and where its whole is kept. */
const NOT_COMPARED = new Set(['id', 'kind', 'version', 'seenVersion', 'digest', 'data', 'details']);

/**
 * The names of the fields whose stored values differ from what Polar shows, sorted. Empty when only fields differ of which the
 * gateway keeps no value. `stored`: the row, its JSON read.
 */
export function namesOfDifferences({ kind, row }: Snapshot, stored: Fields): string[] {
  const shown: Fields = { ...row };
  const columns = Object.entries(shown)
    .filter(([name]) => !NOT_COMPARED.has(name) && Object.hasOwn(stored, columnOf(name)))
    .filter(([name, value]) => isOther(value, stored[columnOf(name)]))
    .map(([name]) => columnOf(name));
  return [...new Set([...columns, ...namesInside(kind, shown, stored)])].toSorted();
}

/** Of what is kept as JSON the fields in it. */
function namesInside(kind: Snapshot['kind'], shown: Fields, stored: Fields): string[] {
  if (kind === 'other') {
    const data = asFields(shown['data']);
    return data ? differing(keepOfSnapshot(String(shown['kind']), data), asFields(stored['data']) ?? {}) : [];
  }
  if (kind === 'product') return differing(asFields(shown['data']), asFields(stored['data']));
  return differing(asFields(shown['details']), asFields(stored['details'])).map(columnOf);
}

function differing(a: Fields | undefined, b: Fields | undefined): string[] {
  if (!a || !b) return [];
  return Object.keys(a).filter((name) => isOther(a[name], b[name]));
}

/** SQLite has no booleans. */
function isOther(shown: unknown, stored: unknown): boolean {
  const plain = typeof shown === 'boolean' && typeof stored === 'number' ? Number(shown) : shown;
  return digestContent(plain ?? null) !== digestContent(stored ?? null);
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}
