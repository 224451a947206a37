/* Codes as they stand in a file: one a line. */

/** Without those that people take for one another: no I, O, 0 or 1. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** Some 10¹² to guess among. */
const LENGTH = 8;

/**
 * A code that nobody can guess. `random`: bytes, eight at least.
 * @param prefix letters and digits
 */
export function makeCode(prefix: string, random: Uint8Array): string {
  const letters = [...random.subarray(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]);
  return `${prefix.toUpperCase()}${letters.join('')}`;
}

/** Whether Polar takes it for a code. */
export const isCode = (text: string): boolean => /^[a-z0-9]{3,256}$/i.test(text);

/** The codes of a file, each once; or the line that is none. */
export function readCodes(text: string): { codes: string[] } | { odd: string; line: number } {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const at = lines.findIndex((line) => line !== '' && !isCode(line));
  if (at >= 0) return { odd: lines[at] ?? '', line: at + 1 };
  const codes = new Map<string, string>();
  for (const code of lines.filter((line) => line !== ''))
    if (!codes.has(code.toUpperCase())) codes.set(code.toUpperCase(), code);
  return { codes: [...codes.values()] };
}
