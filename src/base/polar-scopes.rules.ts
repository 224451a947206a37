/*
 * What the gateway does at Polar, and the scopes of the access token that it needs (`security` in Polar's OpenAPI). A
 * scope for writing includes the one for reading, except of orders and seats.
 */
export const POLAR_SCOPES = {
  payments: [
    'products:read',
    'checkouts:write',
    'orders:read',
    'subscriptions:read',
    'benefits:read',
    'organizations:read',
  ],
  discount_codes: ['discounts:read'],
  discounts: ['discounts:write'],
  refunds: ['refunds:write', 'orders:read'],
  disputes: ['disputes:write'],
  subscriptions: ['subscriptions:write', 'orders:read', 'discounts:read'],
  license_keys: ['license_keys:write', 'benefits:read'],
  documents: ['orders:read'],
  portal: ['customer_sessions:write'],
  reconcile: [
    'products:read',
    'benefits:read',
    'customers:read',
    'members:read',
    'checkouts:read',
    'orders:read',
    'subscriptions:read',
    'refunds:read',
    'disputes:read',
    'customer_seats:read',
    'webhooks:read',
    'organizations:read',
  ],
  webhook_repair: ['webhooks:write'],
  customer_deletion: ['customers:write'],
} as const satisfies Record<string, readonly string[]>;

/** In place of a scope that Polar did not name. */
export const UNNAMED_SCOPE = 'unnamed';

/** Whether a text has the form of a scope, `refunds:write`. */
export function isScope(text: string): boolean {
  return /^[a-z][a-z_]{0,40}:(read|write)$/.test(text);
}

/**
 * The scopes of `needed` that the token is known to lack. A token that was refused for reading may not write either.
 */
export function missingOf(needed: readonly string[], lacking: ReadonlySet<string>): string[] {
  return needed.filter((scope) => lacking.has(scope) || lacking.has(scope.replace(/:write$/, ':read')));
}
