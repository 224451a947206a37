import type { Happening, NewHappening } from './happenings.ts';

/** A happening with its number and its text, which is made once for all readers. */
interface Entry {
  number: number;
  happening: Happening;
  json: string;
}

/** The one list of what has happened. It keeps the newest and forgets the rest. */
export interface Stream {
  add(happening: NewHappening): Happening;
  /** The first that is kept with a number above this one. */
  after(number: number): Entry | undefined;
  /** The number of the newest; 0 before there is one. */
  readonly last: number;
  /** The number in an id of this start; undefined for any other text. */
  numberOf(id: string): number | undefined;
  /** Calls `listener` for each from now on, until the returned function is called. */
  subscribe(listener: (entry: Entry) => void): () => void;
}

const MAX_COUNT = 800;
const MAX_CHARACTERS = 6_000_000;

/**
 * `link`: the page that shows steps. `mask`: takes secrets out of a text. What comes from outside, such as the type of a webhook or a
 * resource, can hold some, so each line is masked here; payloads come masked. `maxCount` and `maxCharacters`: how much is kept.
 */
export function createStream(
  link: string,
  mask: (text: string) => string,
  { maxCount = MAX_COUNT, maxCharacters = MAX_CHARACTERS } = {},
): Stream {
  // An id of an earlier start is of no use to this one, so it has to look different.
  const run = Date.now().toString(36);
  const listeners = new Set<(entry: Entry) => void>();
  const kept: Entry[] = [];
  let characters = 0;
  let last = 0;
  return {
    add({ at, ...rest }) {
      last += 1;
      const id = `${run}-${last}`;
      const happening = {
        id,
        at: new Date(at).toISOString(),
        ...rest,
        what: mask(rest.what),
        whom: rest.whom === null ? null : mask(rest.whom),
        result: mask(rest.result),
        link: `${link}#${id}`,
      };
      const entry = { number: last, happening, json: JSON.stringify(happening) };
      kept.push(entry);
      characters += entry.json.length;
      while (kept.length > 1 && (kept.length > maxCount || characters > maxCharacters))
        characters -= kept.shift()?.json.length ?? 0;
      for (const listener of listeners) listener(entry);
      return happening;
    },
    after(number) {
      const first = kept[0]?.number ?? 0;
      return kept[Math.max(0, number + 1 - first)];
    },
    get last() {
      return last;
    },
    numberOf(id) {
      const [start, number] = id.split('-');
      return start === run && /^\d{1,15}$/.test(number ?? '') ? Number(number) : undefined;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
