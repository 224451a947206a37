import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { patternsOf, patternsOfFolders, slowPatterns } from './patterns.ts';

/*
 * Trust rule 11: a request may not hold the processor. `recheck` decides for each regular expression how its time grows
 * with the text, and makes the worst text for one that grows faster than the text does. Those of libraries: patterns-of-libraries.test.ts.
 */

const ROOT = path.resolve(import.meta.dirname, '../..');

describe('a regular expression', () => {
  it('takes time in proportion to its text: everywhere in the gateway and in the kit', async () => {
    const { patterns, unknown } = patternsOfFolders(ROOT, ['src', 'packages/kit']);
    expect(patterns.length).toBeGreaterThan(150);
    expect(unknown).toEqual([]);
    expect(await slowPatterns(patterns)).toEqual([]);
  }, 300_000);

  it('is found wherever it is written, and known when it is slow', async () => {
    const { patterns, unknown } = patternsOf(
      'x.ts',
      [
        'const a = (b as string).replace(/(x|x)*y/g, "");',
        'export const c = { d: [/[^@]+@[^@]+\\.[^@]+$/u] };',
        'new RegExp("\\\\s+$"); RegExp(`^${a}+b+c?b+$`, "i"); new RegExp(a);',
      ].join('\n'),
    );
    expect(patterns.map(({ where }) => where)).toEqual([
      'x.ts: /(x|x)*y/g',
      'x.ts: /[^@]+@[^@]+\\.[^@]+$/u',
      'x.ts: /\\s+$/',
      'x.ts: /^word+b+c?b+$/i',
    ]);
    expect(unknown).toEqual(['x.ts: new RegExp(a)']);
    expect(await slowPatterns(patterns)).toHaveLength(4);
  });
});
