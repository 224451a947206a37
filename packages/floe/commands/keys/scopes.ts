import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { CreateKeyRequest } from '../../gateway/operator-api.ts';

export type Scope = NonNullable<CreateKeyRequest['scopes']>[number];

/** What a secret key can be limited to. Its type makes it all of the gateway's scopes. */
const EVERY: Readonly<Record<Scope, true>> = {
  'access:read': true,
  'products:read': true,
  'payments:read': true,
  'payments:write': true,
  'refunds:read': true,
  'refunds:write': true,
  'discounts:read': true,
  'discounts:write': true,
  'disputes:read': true,
  'disputes:write': true,
  'subscriptions:read': true,
  'subscriptions:write': true,
  'grants:read': true,
  'grants:write': true,
  'customers:read': true,
  'customers:write': true,
  'downloads:read': true,
  'gifts:read': true,
  'gifts:write': true,
  'license_keys:read': true,
  'license_keys:write': true,
  'events:read': true,
  'webhooks:read': true,
  'webhooks:write': true,
  'sessions:read': true,
  'sessions:write': true,
};
export const SCOPES = Object.keys(EVERY) as Scope[];

/** One more scope, for `.argParser`. */
export function parseScope(text: string, before: Scope[] | undefined): Scope[] {
  const scope = SCOPES.find((each) => each === text);
  if (scope === undefined) throw new InvalidArgumentError(`It must be one of ${SCOPES.join(', ')}.`);
  return [...(before ?? []), scope];
}
