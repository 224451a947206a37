import { requireRegisteredOrigin } from './browser-calls.ts';
import { type Counted, countAddress } from './rate-limit.ts';
import { Problem } from '../base/problem.ts';
import type { AppContext } from './route.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { addressOf } from './navigation.ts';

/** The app that a proven caller speaks for. @throws {Problem} `forbidden_key` for the operator, who speaks for none. */
export function callerApp(c: AppContext): AppRow {
  const principal = c.get('principal');
  if (principal.kind === 'operator') throw new Problem('forbidden_key');
  return principal.app;
}

/**
 * Lets in who calls with a key: a browser must come from a registered origin and its visitor is counted; a server asks for
 * many visitors, and counts them itself. @throws {Problem} `forbidden_origin`, `rate_limited`
 */
export function admitBrowser(what: Counted): (c: AppContext) => Promise<undefined> {
  return async (c) => {
    if (c.get('principal').kind === 'secret') return undefined;
    requireRegisteredOrigin(c.req.header('origin'), callerApp(c).origins);
    return admitVisitor(c, what);
  };
}

/** Counts somebody of whom only the address is known. @throws {Problem} `rate_limited` */
export async function admitVisitor(c: AppContext, what: Counted): Promise<undefined> {
  await countAddress(c.get('services'), addressOf(c), what);
}

/**
 * The session that is calling; undefined for a secret key. @throws {Problem} `forbidden_origin` when a browser of an
 * origin that the app did not register sends it.
 */
export function callerSession(c: AppContext): SessionRow | undefined {
  const principal = c.get('principal');
  if (principal.kind !== 'session') return undefined;
  requireRegisteredOrigin(c.req.header('origin'), principal.app.origins);
  return principal.session;
}

/**
 * The visitor's User-Agent, for the name of a session in a list: a server says whose it is asking for, a browser is the
 * visitor's own.
 */
export function visitorAgent(c: AppContext, named: string | undefined): string | undefined {
  return c.get('principal').kind === 'secret' ? named : (named ?? c.req.header('user-agent'));
}
