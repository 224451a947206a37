/*
 * Unicode's normal forms, for texts that strangers send. Normalizing sorts the marks of one letter, in time that grows
 * with the square of their number: sixty thousand take seconds (ADR 57). Unicode's stream-safe text format (UAX 15,
 * section 13) therefore has at most thirty in a row, and no language comes near that.
 */

/** Marks, and the two half-width sound marks of katakana, which become marks in the compatibility forms. */
const TOO_MANY_MARKS = /[\p{M}\uff9e\uff9f]{31}/u;

/** The text in a normal form; undefined when it has more marks in a row than any writing has. */
export function toNormalForm(text: string, form: 'NFC' | 'NFKC' | 'NFKD'): string | undefined {
  return TOO_MANY_MARKS.test(text) ? undefined : text.normalize(form);
}
