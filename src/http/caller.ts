import type { Caller } from './identify-caller.ts';
import { addressOf } from './navigation.ts';
import { type Counted, countAddress } from './rate-limit.ts';
import type { AppContext } from './route.ts';

/** A caller with a key: a site's page, or its server. */
export type KeyHolder = Caller<'secret' | 'publishable'>;

/** Counts the visitor of a browser that calls. A server asks for many visitors, and counts them itself. @throws {Problem} `rate_limited` */
export function admitBrowser(what: Counted): (c: AppContext, caller: KeyHolder) => Promise<undefined> {
  return async (c, caller) => (caller.kind === 'secret' ? undefined : admitVisitor(c, what));
}

/** Counts somebody of whom only the address is known. @throws {Problem} `rate_limited` */
export async function admitVisitor(c: AppContext, what: Counted): Promise<undefined> {
  await countAddress(c.get('services'), addressOf(c), what);
}

/**
 * The visitor's User-Agent, for the name of a session in a list: a server says whose it is asking for, a browser is the
 * visitor's own.
 */
export function visitorAgent(
  c: AppContext,
  caller: KeyHolder,
  named: string | undefined,
): string | undefined {
  return caller.kind === 'secret' ? named : (named ?? c.req.header('user-agent'));
}
