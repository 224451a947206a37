/**
 * The session in a `Cookie` header of an app's own site, as the kit keeps it there (kit/cookies.ts): a `__Host-` cookie,
 * which no other host and no network can plant. One that comes twice was planted by someone, and which one is unknown:
 * undefined.
 */
export function readSiteSession(header: string, app: string): string | undefined {
  const name = `__Host-floe_${app}_session`;
  let found: string | undefined;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    // Spaces only: a name behind some other white space passes at the browser as one without prefix.
    if (at < 0 || pair.slice(0, at).replace(/^ +/, '') !== name) continue;
    if (found !== undefined) return undefined;
    found = pair.slice(at + 1);
  }
  return found;
}
