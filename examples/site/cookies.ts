import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Attempt } from './gateway-sign-in.ts';
import type { TenantName } from './tenants.ts';

/*
 * First-party cookies that scripts cannot read. On https they would be Secure and could carry the __Host- prefix; this
 * site only ever runs on the machine it is started on.
 */
const COMMON = { httpOnly: true, sameSite: 'Lax' } as const;
/** A checkout may be left open over lunch. */
const PURCHASE_SECONDS = 60 * 60;

/** The gateway's session of this reader, one for each tenant. */
export function readSession(c: Context, tenant: TenantName): string | undefined {
  return getCookie(c, `site_${tenant}_session`);
}

export function keepSession(c: Context, tenant: TenantName, token: string, expires: Date): void {
  setCookie(c, `site_${tenant}_session`, token, { ...COMMON, path: '/', expires });
}

export function forgetSession(c: Context, tenant: TenantName): void {
  deleteCookie(c, `site_${tenant}_session`, { path: '/' });
}

/** What proves that the browser that comes back is the one that went to pay. One for each purchase under way. */
export function keepVerifier(c: Context, purchase: string, path: string, verifier: string): void {
  setCookie(c, `site_buy_${purchase}`, verifier, { ...COMMON, path, maxAge: PURCHASE_SECONDS });
}

/** The verifier of a purchase, if this browser began it. `purchase` comes from the address: anything may be in it. */
export function readVerifier(c: Context, purchase: string | undefined): string | undefined {
  return purchase !== undefined && /^[\w-]{1,32}$/.test(purchase)
    ? getCookie(c, `site_buy_${purchase}`)
    : undefined;
}

export function forgetVerifier(c: Context, purchase: string, path: string): void {
  deleteCookie(c, `site_buy_${purchase}`, { path });
}

/** A code that was asked for; the browser that asked is the one that may type it. */
export function keepAttempt(
  c: Context,
  tenant: TenantName,
  { id, browserToken }: Attempt,
  expires: Date,
): void {
  setCookie(c, `site_${tenant}_attempt`, `${id}.${browserToken}`, { ...COMMON, path: '/account', expires });
}

export function readAttempt(c: Context, tenant: TenantName): Attempt | undefined {
  const [id, browserToken] = getCookie(c, `site_${tenant}_attempt`)?.split('.') ?? [];
  return id === undefined || browserToken === undefined ? undefined : { id, browserToken };
}

export function forgetAttempt(c: Context, tenant: TenantName): void {
  deleteCookie(c, `site_${tenant}_attempt`, { path: '/account' });
}
