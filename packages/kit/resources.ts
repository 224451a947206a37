import { toNormalForm } from './normal-form.ts';
import { isPlainSegment } from './plain-segments.ts';

/* What a resource name covers: one rule, for the gateway that decides and for sites that read its tokens. */

const CONTENT = 'content:';
const BENEATH = '/*';
/** The longest path that forward-auth reads (2,048), behind what a rule puts before it (900). */
const MAX_NAME_CHARS = 3_000;

/**
 * Whether having `entitlement` opens `resource`: the same name, or content at or beneath `content:<path>/*`. The star
 * stands for whole segments, so `content:courses/git/*` opens `content:courses/git` and `content:courses/git/intro`,
 * not `content:courses/github`. No other character is special, and names are case-sensitive; however a letter is written (`ü` as
 * one character, as `u` and two dots, or as `%C3%BC`), it is the same, and a slash at the end says nothing.
 */
export function covers(entitlement: string, resource: string): boolean {
  const name = spellName(entitlement);
  return name !== undefined && coveredBy(resource).includes(name);
}

/**
 * Every name that opens `resource`, each in its one spelling: its own, and the stars that it is beneath. So whoever has many names asks a
 * `Map` of them, and not each of them. None for what is no name.
 */
export function coveredBy(resource: string): readonly string[] {
  const name = spellName(resource);
  if (name === undefined) return [];
  if (!name.startsWith(CONTENT) || name.length === CONTENT.length) return [name];
  const names = [name, name + BENEATH];
  let end = name.length;
  for (;;) {
    const slash = name.lastIndexOf('/', end - 1);
    // A path that something behind the site may resolve to elsewhere is beneath nothing.
    if (slash <= CONTENT.length || !isPlainSegment(name.slice(slash + 1, end))) return names;
    names.push(name.slice(0, slash) + BENEATH);
    end = slash;
  }
}

/** Polar's ids, which it writes in lower case. */
const OF_ID = /^(?:product|benefit):/;
/** A percent sign that begins no escape. */
const LONE_PERCENT = /%(?![0-9a-f]{2})/gi;
/** The escapes of one character, by how many bytes its first one announces (RFC 3629), or one that is none. */
const ESCAPE =
  /%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}|%[0-9a-f]{2}/gi;
/** Escapes that are more than a way to write a character: of separators, dots, stars, control characters and further escapes. */
const MEANINGFUL = /^%(?:[01][0-9a-f]|7f|23|25|2a|2e|2f|3f|5c)$/i;

/**
 * A name in its one spelling: without white space around it and a slash at its end, composed (NFC), and without
 * percent-encoding, which a path in an address has and a name in metadata has not. An escape of what is more than a character, or of
 * what is no UTF-8, stays; each is looked at by itself. Undefined for what is no name: nothing, too long, or of marks without end.
 */
export function spellName(name: string): string | undefined {
  if (name.length > MAX_NAME_CHARS) return undefined;
  const decoded = decodePlain(name.trim());
  const text = toNormalForm(decoded.endsWith('/') ? decoded.slice(0, -1) : decoded, 'NFC');
  if (text === undefined || text === '') return undefined;
  return OF_ID.test(text) ? text.toLowerCase() : text;
}

function decodePlain(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(LONE_PERCENT, '%25').replaceAll(ESCAPE, (escape) => {
    if (MEANINGFUL.test(escape)) return escape.toUpperCase();
    try {
      return decodeURIComponent(escape);
    } catch {
      return escape.toUpperCase();
    }
  });
}
