import pc from 'picocolors';
import { printable, printableWithMarks } from './printable.rules.ts';

/*
 * A command colours with `paint`, and Output takes all control characters out of what it prints. So a colour is a mark first, which
 * becomes the terminal's sequence when all else has been taken out.
 */
const NAMES = ['reset', 'bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const;
export type Colour = Exclude<(typeof NAMES)[number], 'reset'>;
const FIRST_MARK = 0xfdd0;
const [END = ''] = NAMES.map((_, i) => String.fromCodePoint(FIRST_MARK + i));

/** Colours text of anybody's: `paint.red(name)`. */
export const paint = Object.fromEntries(
  NAMES.map((name, i) => [
    name,
    (text: string) => `${String.fromCodePoint(FIRST_MARK + i)}${printable(text)}${END}`,
  ]),
) as Record<Colour, (text: string) => string>;

/** Paints when the colour is known only by name. */
export const paintAs = (colour: Colour | undefined, text: string): string =>
  colour === undefined ? printable(text) : paint[colour](text);

const PAINTED = /([\ufdd1-\ufdef])([^\ufdd0-\ufdef]*)\ufdd0/g;

/** What is printed: no control characters, and marks as the terminal's colours, or none. */
export function finish(text: string, useColours: boolean): string {
  const colours = pc.createColors(useColours);
  return printableWithMarks(text).replaceAll(PAINTED, (_whole, mark: string, words: string) => {
    const name = NAMES[mark.charCodeAt(0) - FIRST_MARK];
    return name === undefined ? words : colours[name](words);
  });
}
