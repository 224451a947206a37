import type { Options } from 'minisearch';

/** What the build writes into the index and the page reads out of it: both need the same. */
export const SEARCH: Options = {
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page', 'url'],
  // `payment.succeeded` and `next_cursor` are found whole and by their parts.
  tokenize: (text) => {
    const words = text
      .split(/[\s,;:!?()[\]{}"'`’“”/<>=|]+/)
      .map((word) => word.replace(/^[.\-–]+|[.\-–]+$/g, ''));
    return words
      .flatMap((word) => (/[._-]/.test(word) ? [word, ...word.split(/[._-]+/)] : [word]))
      .filter((word) => word !== '');
  },
  searchOptions: {
    boost: { title: 4, page: 1.5 },
    prefix: true,
    fuzzy: (word) => (word.length > 4 ? 0.2 : false),
    combineWith: 'AND',
  },
};
