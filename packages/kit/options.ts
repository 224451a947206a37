/**
 * An option that is text. Most come from the environment, and are undefined or empty when nobody has set them there.
 * @throws {TypeError} which names the option
 */
export function requireText(who: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(`${who}: ${name} is not set. Is its environment variable?`);
}
