import { expect, test } from 'vitest';
import { findUnexplained } from '../../cli/size-ceiling.rules.ts';

const file = (ceiling: number) => `export const MAX_START_GZIP_KB = ${ceiling};`;

test('a commit that raises the ceiling has to say why, one that lowers it or makes it does not', () => {
  const made = { commit: 'a', before: '', after: file(75), message: 'perf: a ceiling' };
  const lowered = { commit: 'b', before: file(75), after: file(70), message: 'perf: less' };
  const raised = { commit: 'c', before: file(70), after: file(71), message: 'feat: more' };
  const explained = {
    ...raised,
    commit: 'd',
    message: 'feat: more\n\nCeiling: licences are checked at once',
  };
  const empty = { ...raised, commit: 'e', message: 'feat: more\n\nCeiling:  ' };
  const gone = { commit: 'f', before: file(70), after: '', message: 'refactor: no ceiling' };
  const found = findUnexplained([made, lowered, raised, explained, empty, gone]);
  expect(found.map(({ commit }) => commit)).toEqual(['c', 'e', 'f']);
});
