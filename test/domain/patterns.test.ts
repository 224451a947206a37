import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Pattern, patternsOf, patternsOfBundle, patternsOfFolders, slowPatterns } from './patterns.ts';

/*
 * Trust rule 11: a request may not hold the processor. `recheck` decides for each regular expression how its time grows
 * with the text, and makes the worst text for one that grows faster than the text does.
 */

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What libraries apply to nothing that a request says. */
const NOT_OF_REQUESTS = new Map([
  ['\\{[^}]+\\}', 'Hono: the paths of our own routes, when it prepares its router'],
  ['\\{(?:\\{[\\d,]+\\}|[^}])+\\}', 'Hono: the paths of our own routes'],
  ['%.+$', 'ipaddr.js: the zone of what is known to be an IPv6 address with one'],
  ['^-+|-+$', 'Zod: `slugify`, which no schema of ours uses'],
]);

describe('a regular expression', () => {
  it('takes time in proportion to its text: everywhere in the gateway and in the kit', () => {
    const { patterns, unknown } = patternsOfFolders(ROOT, ['src', 'packages/kit']);
    expect(patterns.length).toBeGreaterThan(150);
    expect(unknown).toEqual([]);
    expect(slowPatterns(patterns)).toEqual([]);
  }, 120_000);

  it('of a library that is part of the Worker does too, where it meets a request', async () => {
    const { patterns } = await patternsOfBundle(ROOT);
    const isOfRequests = ({ source }: Pattern) => !NOT_OF_REQUESTS.has(source);
    expect(patterns.length).toBeGreaterThan(150);
    expect(slowPatterns(patterns.filter(isOfRequests))).toEqual([]);
    // No exception outlives what it is for.
    const left = [...NOT_OF_REQUESTS.keys()].filter(
      (source) => !patterns.some((pattern) => pattern.source === source),
    );
    expect(left).toEqual([]);
  }, 120_000);

  it('of the parser that reads the texts that are sold does too', async () => {
    const { patterns, unknown } = await patternsOfBundle(ROOT, 'packages/kit/content/index.ts');
    expect(unknown).toEqual([]);
    expect(slowPatterns(patterns)).toEqual([]);
  });

  it('is found wherever it is written, and known when it is slow', () => {
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
    expect(slowPatterns(patterns)).toHaveLength(4);
  });
});
