/**
 * `text` without the `char`s at its end. It uses no pattern like `/\\/+$/`, whose time grows with the square of the
 * length (ADR 57).
 */
export function withoutEnd(text: string, char: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === char) end -= 1;
  return text.slice(0, end);
}
