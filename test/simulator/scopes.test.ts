import { expect, test } from 'vitest';
import { scopesFor } from '../../packages/polar-simulator/http/scopes.ts';
import { setUp } from './world.ts';

test('a token without the scope is refused, and Polar names those that would do', async () => {
  const setting = await setUp();
  const path = `/_sim/organizations/${setting.organization.id}/scopes`;
  await setting.api('POST', path, { scopes: ['products:write'] });
  expect((await setting.api('GET', '/v1/products/')).status).toBe(200);
  const refused = await setting.api('GET', '/v1/refunds/');
  expect([refused.status, refused.json]).toEqual([
    403,
    {
      error: 'insufficient_scope',
      error_description: expect.any(String),
      scope: 'refunds:read refunds:write',
    },
  ]);
  await setting.api('POST', path, { scopes: null });
  expect((await setting.api('GET', '/v1/refunds/')).status).toBe(200);
});

test.each([
  ['GET', 'orders/', 'orders:read'],
  ['POST', 'orders/', 'orders:write'],
  ['POST', 'orders/o1/invoice', 'orders:read'],
  ['PATCH', 'subscriptions/s1', 'subscriptions:write'],
  ['GET', 'benefit-grants/', 'benefits:read benefits:write'],
  ['GET', 'customers/c1', 'customers:read customers:write'],
  ['GET', 'customers/c1/members/m1', 'members:read members:write'],
  ['GET', 'customer-seats', 'customer_seats:read'],
  ['POST', 'customer-sessions/', 'customer_sessions:write'],
  ['GET', 'webhooks/endpoints', 'webhooks:read webhooks:write'],
])('%s /v1/%s needs %s', (method, path, scopes) => {
  expect(scopesFor(method, path).join(' ')).toBe(scopes);
});
