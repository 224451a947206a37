/** A text with what its braces name put in. A value is text, never markup: pages escape it. */
export function say(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** A day as people write it, `3 May 2027`. */
export function sayDay(iso: string, locale: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? '' : new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(at);
}

/** When a wait is over, `in 30 seconds`. */
export function sayWait(seconds: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale);
  return seconds < 60 ? format.format(seconds, 'second') : format.format(Math.ceil(seconds / 60), 'minute');
}
