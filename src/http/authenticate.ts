import type { Context } from 'hono';
import { type Credential, identifyCaller, type Principal } from './identify-caller.ts';
import { Problem } from '../base/problem.ts';
import type { AppEnv } from './route.ts';

const NAMES: Record<Credential, string> = {
  secret: 'a secret key',
  publishable: 'a publishable key',
  session: 'a session',
  operator: 'the operator’s token',
};

/**
 * Proves the caller from `Authorization: Bearer`.
 * @throws {Problem} `unauthorized` when the credential is missing, unknown or revoked; `forbidden_key` when it is of
 * the wrong kind.
 */
export async function authenticate(c: Context<AppEnv>, accepted: readonly Credential[]): Promise<Principal> {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (!token) throw new Problem('unauthorized');
  const principal = await identifyCaller(c.get('services'), token);
  if (!principal) throw new Problem('unauthorized', { detail: 'The key is unknown, revoked or expired.' });
  if (!accepted.includes(principal.kind)) {
    throw new Problem('forbidden_key', {
      detail: `This needs ${accepted.map((kind) => NAMES[kind]).join(' or ')}, not ${NAMES[principal.kind]}.`,
    });
  }
  return principal;
}
