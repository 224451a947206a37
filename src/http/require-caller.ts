import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { hasScope, type KeyLimits, type KeyScope } from './key-scopes.rules.ts';
import { type Caller, type Credential, identifyCaller, type Principal } from './identify-caller.ts';

const NAMES: Record<Credential, string> = {
  secret: 'a secret key',
  publishable: 'a publishable key',
  session: 'a session',
  operator: 'the operator’s token',
};

/** Who may call: one of these, and a secret key only if it has the scope. */
export interface Accepted<C extends Credential> {
  auth: readonly C[];
  scope?: KeyScope;
}

/**
 * Proves the caller from an `Authorization` header.
 * @throws {Problem} `unauthorized` when the credential is missing, unknown, revoked or ended; `forbidden_key` when it is of
 * the wrong kind or lacks the scope.
 */
export async function requireCaller<C extends Credential>(
  services: Services,
  authorization: string | undefined,
  { auth: accepted, scope }: Accepted<C>,
): Promise<Caller<C>> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (!token) throw new Problem('unauthorized');
  const principal = await identifyCaller(services, token);
  if (!principal) throw new Problem('unauthorized', { detail: 'The key is unknown, revoked or expired.' });
  if (!isOneOf(principal, accepted)) {
    throw new Problem('forbidden_key', {
      detail: `This needs ${accepted.map((kind) => NAMES[kind]).join(' or ')}, not ${NAMES[principal.kind]}.`,
    });
  }
  if (scope) requireScopeOfKey(principal, scope);
  return principal;
}

function requireScopeOfKey(principal: Principal, scope: KeyScope): void {
  if (principal.kind === 'secret') requireScope(principal, scope);
}

/**
 * `what`: what needs the scope.
 * @throws {Problem} `forbidden_key`, which names the scope, when the key is limited to others
 */
export function requireScope(key: KeyLimits, scope: KeyScope, what = 'This'): void {
  if (hasScope(key, scope)) return;
  throw new Problem('forbidden_key', {
    detail: `${what} needs the scope ${scope}, which this key does not have.`,
    requiredScope: scope,
  });
}

function isOneOf<C extends Credential>(principal: Principal, kinds: readonly C[]): principal is Caller<C> {
  return kinds.some((kind) => kind === principal.kind);
}
