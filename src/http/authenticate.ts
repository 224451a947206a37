import type { Context } from 'hono';
import { requireRegisteredOrigin } from './browser-calls.ts';
import { type Caller, type Credential, identifyCaller, type Principal } from './identify-caller.ts';
import { Problem } from '../base/problem.ts';
import type { AppEnv } from './route.ts';

const NAMES: Record<Credential, string> = {
  secret: 'a secret key',
  publishable: 'a publishable key',
  session: 'a session',
  operator: 'the operator’s token',
};

/**
 * Proves the caller from `Authorization: Bearer`. What a browser holds is taken from pages of registered origins only.
 * @throws {Problem} `unauthorized` when the credential is missing, unknown or revoked; `forbidden_key` when it is of
 * the wrong kind; `forbidden_origin`.
 */
export async function authenticate<C extends Credential>(
  c: Context<AppEnv>,
  accepted: readonly C[],
): Promise<Caller<C>> {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (!token) throw new Problem('unauthorized');
  const principal = await identifyCaller(c.get('services'), token);
  if (!principal) throw new Problem('unauthorized', { detail: 'The key is unknown, revoked or expired.' });
  if (!isOneOf(principal, accepted)) {
    throw new Problem('forbidden_key', {
      detail: `This needs ${accepted.map((kind) => NAMES[kind]).join(' or ')}, not ${NAMES[principal.kind]}.`,
    });
  }
  c.set('principal', principal);
  refuseForeignPage(principal, c.req.header('origin'));
  return principal;
}

/** @throws {Problem} `forbidden_origin` */
function refuseForeignPage(principal: Principal, origin: string | undefined): void {
  if (principal.kind === 'publishable' || principal.kind === 'session')
    requireRegisteredOrigin(origin, principal.app.origins);
}

function isOneOf<C extends Credential>(principal: Principal, kinds: readonly C[]): principal is Caller<C> {
  return kinds.some((kind) => kind === principal.kind);
}
