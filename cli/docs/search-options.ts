import type MiniSearch from 'minisearch';
import type { Options, SearchResult } from 'minisearch';

/** Words that say nothing about what is looked for. */
const LITTLE = new Set(
  'a an and are as at be by can do does for from how i in is it its my of on or the to what when where which with'.split(
    ' ',
  ),
);

/** Endings that are cut, the longest first, with what takes their place. */
const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/(?<=.{4})ial(ly)?$/, ''],
  [/(?<=.{3})(ies|ied|ying)$/, 'y'],
  [/(?<=.{3})(ation|ations|ing|ed|es|ly)$/, ''],
  [/(?<=.{3})(?<!s)s$/, ''],
  [/(?<=.{3})e$/, ''],
];

/** `verify`, `verifies` and `verified` are one word. Names in code stay as they are. */
function stem(word: string): string {
  if (!/^[a-z]+$/.test(word)) return word;
  const [ending, instead] = ENDINGS.find(([ending]) => ending.test(word)) ?? [];
  return ending === undefined || instead === undefined ? word : word.replace(ending, instead);
}

/** What the build writes into the index and the page reads out of it: both need the same. */
export const SEARCH: Options = {
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page', 'url', 'said', 'weight'],
  // `payment.retry_scheduled` is found whole, as `retry_scheduled`, and by each of its words.
  tokenize: (text) => {
    const words = text
      .split(/[\s,;:!?()[\]{}"'`’“”<>=|]+/)
      .map((word) => word.replace(/^[./_\-–]+|[./_\-–]+$/g, ''));
    const parts = words.flatMap((word) => [word, ...word.split(/[./]+/), ...word.split(/[._/-]+/)]);
    return parts.filter((part, index) => part !== '' && parts[index - 1] !== part);
  },
  processTerm: (term) => {
    const word = term.toLowerCase();
    return LITTLE.has(word) ? null : stem(word);
  },
  searchOptions: {
    boost: { title: 4, page: 2 },
    boostDocument: (_, __, stored) => Number(stored?.['weight'] ?? 1),
    prefix: (word) => word.length > 2,
    fuzzy: (word) => (word.length > 4 ? 0.2 : false),
  },
};

/** What has all the words comes first, then what has some of them. */
export function findIn(index: MiniSearch, words: string): SearchResult[] {
  const all = index.search(words, { combineWith: 'AND' });
  const ids = new Set(all.map(({ id }) => id as unknown));
  return [...all, ...index.search(words).filter(({ id }) => !ids.has(id))];
}
