/** `text` without the `char`s at its end. Not with `/\\/+$/`: that pattern takes the square of the time. */
export function withoutEnd(text: string, char: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === char) end -= 1;
  return text.slice(0, end);
}
