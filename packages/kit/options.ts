/**
 * An option that is text. Most come from the environment, and are undefined or empty when nobody has set them there.
 * @throws {TypeError} which names the option, and says whether it is empty or not set
 */
export function requireText(who: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  const state = value === '' ? 'is empty' : 'is not set';
  throw new TypeError(`${who}: ${name} ${state}. Is its environment variable?`);
}

/**
 * An option that is a number, and not negative. No time is before or after `NaN`, as text that is no number becomes: what ends by it
 * would never end.
 * @throws {TypeError} which names the option
 */
export function requireNumber(who: string, name: string, value: number): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new TypeError(`${who}: ${name} is ${String(value)}. It must be a number, 0 or more.`);
}
