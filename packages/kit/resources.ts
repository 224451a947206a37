/*
 * The gateway's own rule of what a resource name covers (its `src/domain/resources.ts`), written once more because the
 * kit depends on nothing. A test compares the two over generated names.
 */

const CONTENT = 'content:';
const BENEATH = '/*';

/**
 * Whether having `entitlement` opens `resource`: the same name, or content at or beneath `content:<path>/*`. Whole
 * segments, case-sensitive; however a letter is written, composed or not, encoded or not, it is the same.
 */
export function covers(entitlement: string, resource: string): boolean {
  return entitlement === resource || standsFor(spell(entitlement), spell(resource));
}

/** Escapes that are more than a way to write a character: of separators, dots, stars, control characters and further escapes. */
const MEANINGFUL_ESCAPE = /%(?:[01][0-9a-f]|7f|23|25|2a|2e|2f|3f|5c)/i;

/**
 * A name in its one spelling: without white space around it, composed (NFC), and content without percent-encoding, which a
 * path in an address has and a name in metadata has not. What decodes to more than a character stays as it is written.
 */
function spell(name: string): string {
  const text = name.trim().normalize('NFC');
  if (!text.startsWith(CONTENT) || !text.includes('%') || MEANINGFUL_ESCAPE.test(text)) return text;
  try {
    return decodeURIComponent(text).normalize('NFC');
  } catch {
    return text;
  }
}

function standsFor(entitlement: string, resource: string): boolean {
  if (entitlement === resource) return true;
  if (!entitlement.startsWith(CONTENT) || !entitlement.endsWith(BENEATH)) return false;
  const base = entitlement.slice(0, -BENEATH.length);
  if (base.length <= CONTENT.length) return false;
  if (resource === base) return true;
  return resource.startsWith(`${base}/`) && isPlainPath(resource.slice(base.length + 1));
}

/** A path that something behind the site may resolve (`..`, however it is written) is beneath nothing. */
function isPlainPath(path: string): boolean {
  if (/\\|%2e|%2f|%5c/i.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
