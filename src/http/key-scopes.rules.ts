/**
 * What a secret key may be limited to (ADR 89). A route that secret keys may call has exactly one of these, and none holds another:
 * a key that may refund does not read refunds unless it has `refunds:read` too. A scope keeps its name and its routes for good, since
 * keys that people have made hold it.
 */
export const KEY_SCOPES = [
  'access:read',
  'products:read',
  'payments:read',
  'payments:write',
  'refunds:read',
  'refunds:write',
  'discounts:read',
  'discounts:write',
  'disputes:read',
  'disputes:write',
  'subscriptions:read',
  'subscriptions:write',
  'grants:read',
  'grants:write',
  'customers:read',
  'customers:write',
  'downloads:read',
  'gifts:read',
  'gifts:write',
  'license_keys:read',
  'license_keys:write',
  'events:read',
  'webhooks:read',
  'webhooks:write',
  'sessions:read',
  'sessions:write',
] as const;

export type KeyScope = (typeof KEY_SCOPES)[number];

/** What of a key limits it. */
export interface KeyLimits {
  /** Undefined: everything of its app. A name that is not known here opens nothing. */
  scopes: readonly string[] | undefined;
  /** When it ends, milliseconds; undefined: never. */
  expiresAt: number | undefined;
}

/** Whether a key may do what needs this scope. */
export function hasScope({ scopes }: Pick<KeyLimits, 'scopes'>, scope: KeyScope): boolean {
  return scopes === undefined || scopes.includes(scope);
}

/** Whether a key has ended. The moment of its end is no longer part of its life. `now`: milliseconds. */
export function hasEnded({ expiresAt }: Partial<KeyLimits>, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}
