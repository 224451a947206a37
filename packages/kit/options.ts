/**
 * An option that is text. Most come from the environment, and are undefined or empty when nobody has set them there.
 * @throws {TypeError} which names the option, and says whether it is empty or not set
 */
export function requireText(who: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  const state = value === '' ? 'is empty' : 'is not set';
  throw new TypeError(`${who}: ${name} ${state}. Is its environment variable?`);
}
