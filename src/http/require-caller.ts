import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type Caller, type Credential, identifyCaller, type Principal } from './identify-caller.ts';

const NAMES: Record<Credential, string> = {
  secret: 'a secret key',
  publishable: 'a publishable key',
  session: 'a session',
  operator: 'the operator’s token',
};

/**
 * Proves the caller from an `Authorization` header.
 * @throws {Problem} `unauthorized` when the credential is missing, unknown or revoked; `forbidden_key` when it is of
 * the wrong kind.
 */
export async function requireCaller<C extends Credential>(
  services: Services,
  authorization: string | undefined,
  accepted: readonly C[],
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
  return principal;
}

function isOneOf<C extends Credential>(principal: Principal, kinds: readonly C[]): principal is Caller<C> {
  return kinds.some((kind) => kind === principal.kind);
}
