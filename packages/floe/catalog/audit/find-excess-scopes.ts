import type { PolarApi } from '../../polar/api.ts';

/** Nothing has it. What would be done to it is refused after Polar has looked at the scope. */
const NOBODY = '00000000-0000-4000-8000-000000000000';

/**
 * What no catalogue takes, and how it is found out without changing anything: Polar does not say what a token may. What reads asks for one entry;
 * what writes names an object that is not there, or says too little to make one.
 */
const TRIALS: readonly (readonly [scope: string, method: string, path: string])[] = [
  ['customers:write', 'PATCH', `/v1/customers/${NOBODY}`],
  ['customers:read', 'GET', '/v1/customers/?limit=1'],
  ['customer_sessions:write', 'POST', '/v1/customer-sessions/'],
  ['orders:read', 'GET', '/v1/orders/?limit=1'],
  ['payments:read', 'GET', '/v1/payments/?limit=1'],
  ['refunds:write', 'POST', '/v1/refunds/'],
  ['subscriptions:write', 'PATCH', `/v1/subscriptions/${NOBODY}`],
  ['checkouts:write', 'PATCH', `/v1/checkouts/${NOBODY}`],
  ['license_keys:read', 'GET', '/v1/license-keys/?limit=1'],
  ['webhooks:write', 'PATCH', `/v1/webhooks/endpoints/${NOBODY}`],
  ['organizations:write', 'PATCH', `/v1/organizations/${NOBODY}`],
];

/** The scopes of the token that let somebody read customers, move money or change settings. One that writes includes the one that reads. */
export async function findExcessScopes(api: PolarApi): Promise<string[]> {
  const found: string[] = [];
  for (const [scope, method, path] of TRIALS) {
    if (found.includes(scope.replace(/:read$/, ':write'))) continue;
    const { status } = await api.call(method, path, method === 'GET' ? undefined : {});
    // 404, 422: Polar would have done it. A token that is refused otherwise may not.
    if (status !== 401 && status !== 403) found.push(scope);
  }
  return found;
}
