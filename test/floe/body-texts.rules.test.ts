import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBodyTexts } from '../../packages/floe/commands/listen/body-texts.rules.ts';

/** Keys and texts that are also those of a page, or end what they stand in. */
const awkward = fc.constantFrom(
  'data',
  'body',
  'deleted',
  '"body":',
  '}',
  ']}',
  '\\',
  '\\"',
  '{"data":[{"body":{',
  ' : ',
  '\u2028',
);
const word = fc.oneof(awkward, fc.string());
const { body } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('body'),
  ),
  body: fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));
const page = fc.array(fc.record({ before: word, body, after: body }), { maxLength: 4 });

test('the bodies of a page are found as they are written, whatever stands in them', () => {
  fc.assert(
    fc.property(page, fc.constantFrom(undefined, 1), (events, indent) => {
      const answer = {
        deleted: [{ from: 1, to: 2, body: {} }],
        data: events.map(({ before, body, after }, i) => ({
          id: before,
          polar: after,
          body,
          sequence: i,
          data: [after],
        })),
        next_after: 9,
        more: { data: [{ body: {} }] },
      };
      const found = readBodyTexts(JSON.stringify(answer, null, indent));
      expect(found.map((text) => JSON.parse(text) as unknown)).toEqual(
        events.map(({ body }) => JSON.parse(JSON.stringify(body))),
      );
      if (indent === undefined) expect(found).toEqual(events.map(({ body }) => JSON.stringify(body)));
    }),
    { numRuns: 300 },
  );
});

test('numbers keep their digits, and spaces their places', () => {
  const text = '{ "n" : 653247040368672769, "x":1.0 ,"e":1e400, "z":-0 }';
  expect(readBodyTexts(`{"data":[{"body": ${text} ,"id":"evt_1"}]}`)).toEqual([text]);
});

test('what is no page has none', () => {
  for (const text of [
    '',
    '[]',
    'null',
    '{"data":{}}',
    '{"data":[]}',
    '{"body":{}}',
    '{"data":[{"body":null}]}',
    '"body"',
  ])
    expect(readBodyTexts(text), text).toEqual([]);
});
