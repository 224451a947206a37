/**
 * An option that is text. Most come from the environment, and are undefined or empty when nobody has set them there.
 * @throws {TypeError} which names the option
 */
export function requireText(who: string, name: string, value: unknown): string {
  if (value === undefined || value === null || value === '')
    throw new TypeError(`${who}: ${name} is not set. Is the environment variable that it comes from?`);
  if (typeof value !== 'string') throw new TypeError(`${who}: ${name} must be text.`);
  return value;
}
