import { stripVTControlCharacters } from 'node:util';

/*
 * What others wrote (names at Polar, customers, other servers) is shown in a terminal, where control characters move the cursor, set the
 * title or make text look like another one.
 */

/** Control characters but line breaks and tabs, and those that change the direction of text (Unicode TR36, section 2.3). */
const CONTROLS =
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
/** Of those, what JSON writes as it is. */
const LEFT_BY_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
/** Colours on their way to the output (colours.ts). Unicode keeps these for programs' own use: no text has them. */
const MARKS = /[\ufdd0-\ufdef]/g;

/** Text without what a terminal would obey. Line breaks stay. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(CONTROLS, '').replaceAll(MARKS, '');
}

/** The same for text whose colours are still marks. */
export function printableWithMarks(text: string): string {
  return stripVTControlCharacters(text).replaceAll(CONTROLS, '');
}

/** On one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim();
}

/** JSON that says the same, with what JSON leaves as it is written `\u009b`. */
export function printableJson(json: string): string {
  return json.replaceAll(LEFT_BY_JSON, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
