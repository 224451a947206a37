import { requireRegisteredOrigin } from '../middleware/browser-calls.ts';
import { Problem } from '../problem.ts';
import type { AppContext } from '../route.ts';
import type { AppRow, SessionRow } from '../storage/schema.ts';

/** The app that a proven caller speaks for. @throws {Problem} `forbidden_key` for the operator, who speaks for none. */
export function callerApp(c: AppContext): AppRow {
  const principal = c.get('principal');
  if (principal.kind === 'operator') throw new Problem('forbidden_key');
  return principal.app;
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
