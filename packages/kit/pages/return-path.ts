/** The longest way back that is kept; one that is longer leads to the site's first page. */
const MAX_CHARS = 1_000;
/** What browsers leave out or read as a slash, so that the text would mean another address than it seems to. */
const AMBIGUOUS = /[\\\p{Cc}\p{Zl}\p{Zp}\s]/u;

/**
 * A way back to a page of the site: a path, with its query. Undefined for everything else: another site, a path that is read as
 * one (`//evil.example`, `/\evil.example`), a page of the gate's own.
 */
export function readReturnPath(value: string | null | undefined, ownPath: string): string | undefined {
  if (value === null || value === undefined || value.length > MAX_CHARS) return undefined;
  if (!/^\/(?!\/)/.test(value) || AMBIGUOUS.test(value)) return undefined;
  // A host that no site has: whatever is resolved to another one leads away.
  const base = 'http://site.invalid';
  const url = URL.canParse(value, base) ? new URL(value, base) : undefined;
  if (url?.origin !== base || url.pathname.startsWith('//') || url.pathname.startsWith(ownPath))
    return undefined;
  return `${url.pathname}${url.search}`;
}
