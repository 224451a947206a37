import { expect, test } from 'vitest';
import { externalId, line, lines, metadata } from '../../src/http/shapes.ts';

/* What Polar's database cannot keep, over which Polar fails: it is refused before anybody is asked. */

const takes: Record<string, (text: string) => boolean> = {
  'a line': (text) => line(20).safeParse(text).success,
  'several lines': (text) => lines(20).safeParse(text).success,
  'an external id': (text) => externalId().safeParse(text).success,
  'a value of metadata': (text) => metadata().safeParse({ note: text }).success,
  'a key of metadata': (text) => metadata().safeParse({ [text]: 1 }).success,
};

test.each(Object.keys(takes))('%s has whole characters only', (name) => {
  for (const text of ['a\u0000b', 'a\ud83d', '\ude42b', 'a\u007fb'])
    expect([text, takes[name]?.(text)]).toEqual([text, false]);
  for (const text of ['ab', 'a🙂', 'ü']) expect([text, takes[name]?.(text)]).toEqual([text, true]);
});
