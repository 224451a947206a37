import type { Example } from '../../../src/examples.docs.ts';
import type { Language } from './request.ts';

/** The variable that has the key, by who calls. */
const KEYS: Readonly<Record<string, string>> = {
  secret: 'FLOE_SECRET_KEY',
  publishable: 'FLOE_PUBLISHABLE_KEY',
  session: 'FLOE_SESSION',
  operator: 'FLOE_ADMIN_TOKEN',
};

/** The variable that has the key of an example's caller; undefined: it is called without one. `credentials`: who may call. */
export function keyVariable({ as }: Example, credentials: readonly string[]): string | undefined {
  return KEYS[as ?? credentials[0] ?? ''];
}

/*
 * How a sample says that a value comes from the environment. The pages' script looks for the same words, and puts in what it knows: the
 * gateway's address and, on the machine of a developer, the keys.
 */
const READ: Readonly<Record<Language, (name: string) => string>> = {
  curl: (name) => `$${name}`,
  typescript: (name) => `process.env['${name}'] ?? ''`,
  python: (name) => `os.environ["${name}"]`,
  go: (name) => `os.Getenv("${name}")`,
};

/** The expression of a variable of the environment. In a shell it stands between double quotes. */
export function readVariable(language: Language, name: string): string {
  return READ[language](name);
}

/** A value as the text that takes the place of that expression. */
export function writeValue(language: Language, value: string): string {
  if (language === 'curl') return value;
  return language === 'typescript' ? `'${value}'` : `"${value}"`;
}
