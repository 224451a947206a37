import { array, assert, boolean, integer, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { mergeParts, type Part } from '../../src/use/grants/merge-parts.rules.ts';

/* A list of two sources: page by page it has everything once, in order, also when a source looks at few a page. */

interface Row {
  at: number;
  id: string;
  /** It is what was asked for. */
  fits: boolean;
}

const newest = (a: Row, b: Row) => b.at - a.at || (a.id < b.id ? 1 : -1);

/** As a source answers that looks at `most` rows behind the cursor. */
function partOf(
  rows: readonly Row[],
  after: { at: number; id: string } | null,
  limit: number,
  most: number,
): Part<string> {
  const behind = rows
    .toSorted(newest)
    .filter(({ at, id }) => after === null || at < after.at || (at === after.at && id < after.id));
  const looked = behind.slice(0, most);
  const last = looked.length === most ? looked.at(-1) : undefined;
  return {
    entries: looked
      .filter(({ fits }) => fits)
      .slice(0, limit + 1)
      .map(({ at, id }) => ({ at, id, entry: id })),
    lookedUntil: last && { at: last.at, id: last.id },
  };
}

it('has every entry once and in order, whatever the pages', () => {
  const rows = (prefix: string) =>
    array(record({ at: integer({ min: 0, max: 5 }), fits: boolean() }), { maxLength: 20 }).map((drawn) =>
      drawn.map((each, i): Row => ({ ...each, id: `${prefix}${i}` })),
    );
  const size = integer({ min: 1, max: 6 });
  assert(
    property(rows('a'), rows('b'), size, size, (a, b, limit, most) => {
      const found: string[] = [];
      let after: { at: number; id: string } | null = null;
      for (let pages = 0; pages < 100; pages++) {
        const page: ReturnType<typeof mergeParts<string>> = mergeParts(
          [partOf(a, after, limit, most), partOf(b, after, limit, Number.MAX_SAFE_INTEGER)],
          limit,
        );
        expect(page.data.length).toBeLessThanOrEqual(limit);
        found.push(...page.data);
        after = page.next;
        if (after === null) break;
      }
      expect(after).toBeNull();
      const wanted = [...a, ...b].filter(({ fits }) => fits).toSorted(newest);
      expect(found).toEqual(wanted.map(({ id }) => id));
    }),
  );
});
