import type { Kind } from '../model/catalog.rules.ts';

/* Names within a catalogue, for what has none yet: `All articles` is `all-articles`. */

/** What keys of a kind begin with, as in `plan:monthly`. */
export const PREFIXES = {
  meters: 'meter',
  files: 'file',
  fields: 'field',
  benefits: 'benefit',
  products: 'plan',
  discounts: 'discount',
} as const satisfies Record<Kind, string>;

const MOST = 48;

/** A text as a name of a configuration: lower case, divided by dashes, at most 48 characters. `otherwise`: for a text that has no letter of these. */
export function nameOfText(text: string, otherwise: string): string {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MOST)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? otherwise : plain;
}

const ID_CHARS = 6;

/** A name that is not taken; the second object of a name has some of its id behind it, so that no name depends on what comes later. */
export const freeName = (name: string, id: string, isTaken: (name: string) => boolean): string =>
  isTaken(name) ? `${name}-${id.replaceAll('-', '').slice(0, ID_CHARS)}` : name;
