import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Pattern, patternsOfBundle, slowPatterns } from './patterns.ts';

/* Trust rule 11, as in patterns.test.ts, for what changes with an update only: deciding it takes long, so only CI does. */

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What libraries apply to nothing that a request says. */
const NOT_OF_REQUESTS = new Map([
  ['\\{[^}]+\\}', 'Hono: the paths of our own routes, when it prepares its router'],
  ['\\{(?:\\{[\\d,]+\\}|[^}])+\\}', 'Hono: the paths of our own routes'],
  ['%.+$', 'ipaddr.js: the zone of what is known to be an IPv6 address with one'],
  ['^-+|-+$', 'Zod: `slugify`, which no schema of ours uses'],
]);

describe('a regular expression', () => {
  it('of a library that is part of the Worker does too, where it meets a request', async () => {
    const { patterns } = await patternsOfBundle(ROOT);
    const isOfRequests = ({ source }: Pattern) => !NOT_OF_REQUESTS.has(source);
    expect(patterns.length).toBeGreaterThan(150);
    expect(await slowPatterns(patterns.filter(isOfRequests))).toEqual([]);
    // No exception outlives what it is for.
    const left = [...NOT_OF_REQUESTS.keys()].filter(
      (source) => !patterns.some((pattern) => pattern.source === source),
    );
    expect(left).toEqual([]);
  }, 300_000);

  it('of the parser that reads the texts that are sold does too', async () => {
    const { patterns, unknown } = await patternsOfBundle(ROOT, 'packages/kit/content/index.ts');
    expect(unknown).toEqual([]);
    expect(await slowPatterns(patterns)).toEqual([]);
  });
});
