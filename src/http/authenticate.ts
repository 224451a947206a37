import type { Context } from 'hono';
import { requireRegisteredOrigin } from './browser-calls.ts';
import type { Caller, Credential, Principal } from './identify-caller.ts';
import { type Accepted, requireCaller } from './require-caller.ts';
import type { AppEnv } from './route.ts';

/**
 * Proves the caller from `Authorization: Bearer`. What a browser holds is taken from pages of registered origins only.
 * @throws {Problem} as `requireCaller`, and `forbidden_origin`.
 */
export async function authenticate<C extends Credential>(
  c: Context<AppEnv>,
  accepted: Accepted<C>,
): Promise<Caller<C>> {
  const principal = await requireCaller(c.get('services'), c.req.header('authorization'), accepted);
  c.set('principal', principal);
  refuseForeignPage(principal, c.req.header('origin'), c.get('services').config);
  return principal;
}

/** @throws {Problem} `forbidden_origin` */
function refuseForeignPage(
  principal: Principal,
  origin: string | undefined,
  { development }: { development: boolean },
): void {
  if (principal.kind !== 'publishable' && principal.kind !== 'session') return;
  const { slug, origins } = principal.app;
  requireRegisteredOrigin(origin, origins, { slug, development });
}
