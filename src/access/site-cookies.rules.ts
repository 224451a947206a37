/** As many as the kit keeps (kit/gate-sessions.ts); each may cost a check. */
const MAX_SESSIONS = 6;

/**
 * The sessions in a `Cookie` header of an app's own site, as the kit keeps them there (kit/cookies.ts,
 * kit/gate-sessions.ts): a `__Host-` cookie, which no other host and no network can plant. When the name comes twice,
 * somebody has planted one of them, and neither counts.
 */
export function readSiteSessions(header: string, app: string): string[] {
  const name = `__Host-floe_${app}_session`;
  let found: string | undefined;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    // Only spaces are removed: browsers do not apply the rules of `__Host-` to a name behind other white space.
    if (at < 0 || pair.slice(0, at).replace(/^ +/, '') !== name) continue;
    if (found !== undefined) return [];
    found = pair.slice(at + 1);
  }
  const sessions = (found ?? '').split('~', MAX_SESSIONS).map((entry) => entry.split('.', 1)[0] ?? '');
  return [...new Set(sessions)];
}
