/** Which scopes of an access token a request needs (facts §10). */

import { PolarProblem } from './errors.ts';

/** The collections whose scopes are not named as they are. */
const NAMES: Record<string, string> = {
  'benefit-grants': 'benefits',
  'event-types': 'events',
};

/** Their scope for writing does not include reading. */
const READ_APART = new Set(['orders', 'metrics', 'customer_seats', 'customer_meters', 'payments']);

/** The scopes of which one is needed. `path` is below `/v1/`. */
export function scopesFor(method: string, path: string): string[] {
  const [collection = '', ...rest] = path.split('/').filter((part) => part !== '');
  const isOfMembers = collection === 'customers' && rest.includes('members');
  const name = isOfMembers ? 'members' : (NAMES[collection] ?? collection.replaceAll('-', '_'));
  // An invoice is made by whoever may read the order.
  const reads = method === 'GET' || (name === 'orders' && rest[1] === 'invoice');
  if (!reads) return [`${name}:write`];
  return READ_APART.has(name) ? [`${name}:read`] : [`${name}:read`, `${name}:write`];
}

/** @throws {PolarProblem} 403 `insufficient_scope` */
export function requireScope(owned: readonly string[], needed: readonly string[]): void {
  if (needed.some((scope) => owned.includes(scope))) return;
  throw new PolarProblem(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: needed.join(' '),
  });
}
