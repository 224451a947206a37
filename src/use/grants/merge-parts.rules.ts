import type { Cursor } from '../../base/db/cursor.ts';

/** What one source has for a page of a list, newest first. */
export interface Part<Entry> {
  entries: readonly (Cursor & { entry: Entry })[];
  /** It looked no further; undefined: it has no more. */
  lookedUntil: Cursor | undefined;
}

/**
 * One page of several sources. `limit`: how many entries it has at most; each source gives one more, if it has it, so that
 * the page knows whether there is a next one. No entry is shown behind what a source has not looked at yet, so that none is
 * left out.
 */
export function mergeParts<Entry>(
  parts: readonly Part<Entry>[],
  limit: number,
): { data: Entry[]; next: Cursor | null } {
  const ends = parts.flatMap(({ entries, lookedUntil }) => {
    const end = entries.length > limit ? entries.at(-1) : lookedUntil;
    return end ? [end] : [];
  });
  const [end] = ends.toSorted(newestFirst);
  const all = parts.flatMap(({ entries }) => entries).toSorted(newestFirst);
  const shown = end ? all.filter((each) => newestFirst(each, end) <= 0) : all;
  const page = shown.slice(0, limit);
  const last = shown.length > limit ? page.at(-1) : end;
  return { data: page.map(({ entry }) => entry), next: last ? { at: last.at, id: last.id } : null };
}

function newestFirst(a: Cursor, b: Cursor): number {
  if (a.at !== b.at) return b.at - a.at;
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1;
}
