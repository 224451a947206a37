/* What a resource name covers: one rule, for the gateway that decides and for sites that read its tokens. */

const CONTENT = 'content:';
const BENEATH = '/*';

/**
 * Whether having `entitlement` opens `resource`: the same name, or content at or beneath `content:<path>/*`. The star
 * stands for whole segments, so `content:courses/git/*` opens `content:courses/git` and `content:courses/git/intro`,
 * not `content:courses/github`. No other character is special, and names are case-sensitive; however a letter is written (`ü` as
 * one character, as `u` and two dots, or in content as `%C3%BC`), it is the same.
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

/**
 * A site may hand us a path that something behind it resolves: `courses/git/../finance` must not count as beneath
 * `courses/git`, whichever way the dots and slashes are written.
 */
function isPlainPath(path: string): boolean {
  if (/\\|%2e|%2f|%5c/i.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
