import { Checkout, CustomerPortal, Webhooks } from '@polar-sh/hono';
import { Hono } from 'hono';
import { afterEach, expect, test, vi } from 'vitest';
import { createSimulator } from '../../packages/polar-simulator/index.ts';

/*
 * Polar's own helper for Hono, unmodified: it brings an older SDK, which reads every answer and every webhook strictly
 * and knows only Polar's own addresses. It is given the simulator under Polar's sandbox address.
 */

const POLAR = 'https://sandbox-api.polar.sh';
const SECRET = 'polar-hono-helper-secret-0123456789abcdef';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('the checkout, portal and webhook helpers of @polar-sh/hono work against the simulator', async () => {
  const heard: string[] = [];
  const shop = new Hono();
  const refused: string[] = [];
  shop.onError((error, c) => {
    refused.push(String(error));
    return c.text('refused', 500);
  });
  const simulator = createSimulator({
    publicUrl: POLAR,
    jobs: 'manual',
    fetch: async (request) => shop.fetch(request),
  });
  const organization = simulator.createOrganization({ slug: 'helper' });
  const api = async <T>(path: string, body: unknown): Promise<T> => {
    const headers = {
      authorization: `Bearer ${organization.accessToken}`,
      'content-type': 'application/json',
    };
    const response = await simulator.fetch(
      new Request(`${POLAR}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
    return (await response.json()) as T;
  };
  vi.stubGlobal('fetch', (input: Request | string | URL, init?: RequestInit) =>
    simulator.fetch(new Request(input, init)),
  );

  let customerId = '';
  const settings = { accessToken: organization.accessToken, server: 'sandbox' as const };
  shop.get('/checkout', Checkout({ ...settings, successUrl: 'https://shop.example-site.dev/thanks' }));
  shop.get('/portal', CustomerPortal({ ...settings, getCustomerId: () => Promise.resolve(customerId) }));
  shop.post(
    '/webhooks',
    Webhooks({
      webhookSecret: SECRET,
      onPayload: (payload) => Promise.resolve(void heard.push(payload.type)),
      onOrderPaid: ({ data }) => Promise.resolve(void (customerId = data.customerId)),
    }),
  );

  const product = await api<{ id: string }>('/v1/products/', {
    name: 'A book',
    recurring_interval: null,
    prices: [{ amount_type: 'fixed', price_amount: 900, price_currency: 'usd' }],
  });
  await api('/v1/webhooks/endpoints', {
    url: 'https://shop.example-site.dev/webhooks',
    format: 'raw',
    secret: SECRET,
    events: ['checkout.updated', 'order.created', 'order.paid', 'customer.created', 'customer.state_changed'],
  });

  const redirected = await shop.request(`/checkout?products=${product.id}&customerEmail=ada@readers.dev`);
  expect(redirected.status).toBe(302);
  const checkoutUrl = redirected.headers.get('location') ?? '';
  expect(checkoutUrl).toMatch(/\/checkout\/polar_c_/);

  const secret = new URL(checkoutUrl).pathname.split('/').at(-1);
  const confirmed = await api<{ status: string; success_url: string }>(
    `/v1/checkouts/client/${secret}/confirm`,
    {
      customer_billing_address: { country: 'DE' },
      confirmation_token_id: 'ctoken_ok',
    },
  );
  expect(confirmed.status).toBe('confirmed');
  expect(confirmed.success_url).toMatch(/checkoutId=[0-9a-f-]{36}/);
  await simulator.settle();
  expect(refused).toEqual([]);
  expect(heard).toEqual(
    expect.arrayContaining([
      'checkout.updated',
      'order.created',
      'order.paid',
      'customer.created',
      'customer.state_changed',
    ]),
  );

  const portal = await shop.request('/portal');
  expect(portal.status).toBe(302);
  expect(portal.headers.get('location')).toContain('/helper/portal?customer_session_token=');
});
