import type { Credential } from './http/identify-caller.ts';

/** How a route is called: its address and, if it takes one, its JSON. */
export interface Example {
  path: string;
  body?: unknown;
  /** Who calls, where it is not the first of those who may. */
  as?: Credential;
}

/** Ids that stand in examples. */
export const EXAMPLE_IDS = {
  event: 'evt_01kb3z8q4yf6dvkwm2t5n9cr7e',
  request: 'req_3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
} as const;

/** When examples happen. */
export const EXAMPLE_TIME = '2027-06-15T12:00:00.000Z';

/**
 * One call of every route, which `/openapi.json` shows. Each is made by a test, with ids, times and secrets of its own
 * (test/gateway/queries.test.ts): whoever adds a route drives it there (test/gateway/driving.ts) and says here how.
 */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  'GET /v1/access/forward-auth': {
    path: '/v1/access/forward-auth?app=quay-sandbox&resource=content:blog/one',
    as: 'session',
  },
  'POST /v1/payments': {
    path: '/v1/payments',
    body: {
      product_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      customer: { external_id: 'user-1' },
    },
  },
  'POST /v1/license-keys/offline': {
    path: '/v1/license-keys/offline',
    body: {
      key: '3FA1C2D4-5B6E-4F70-8A91-B2C3D4E5F607',
      activation_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      conditions: { major_version: 1 },
      fingerprint: '9b5d1c70e2f84a6f',
      days: 14,
    },
  },
  'GET /admin/doctor': { path: '/admin/doctor' },
  'POST /admin/doctor/fix': { path: '/admin/doctor/fix', body: { codes: ['polar_endpoint_disabled'] } },
  'GET /v1/payments': { path: '/v1/payments?status=succeeded&limit=1' },
  'GET /v1/payments/export': { path: '/v1/payments/export?format=ndjson&created_after=2027-06-01&limit=100' },
  'GET /v1/refunds/export': { path: '/v1/refunds/export?status=succeeded&limit=20' },
  'GET /v1/subscriptions/export': { path: '/v1/subscriptions/export?status=active&limit=20' },
  'GET /v1/customers/export': { path: '/v1/customers/export?limit=20' },
  'GET /v1/payments/:id': { path: '/v1/payments/pay_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /v1/payments/:id/refunds': {
    path: '/v1/payments/pay_01kb3z8q4yf6dvkwm2t5n9cr7e/refunds',
    body: { amount: 10 },
  },
  'GET /v1/payments/:id/refunds': { path: '/v1/payments/pay_01kb3z8q4yf6dvkwm2t5n9cr7e/refunds?limit=1' },
  'GET /v1/refunds': { path: '/v1/refunds?status=failed&limit=1' },
  'GET /v1/refunds/:id': { path: '/v1/refunds/ref_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /v1/discounts': {
    path: '/v1/discounts',
    body: { name: 'Launch', code: 'LAUNCH100', basis_points: 5000, max_redemptions: 100 },
  },
  'GET /v1/discounts': { path: '/v1/discounts?limit=1' },
  'GET /v1/discounts/:id': { path: '/v1/discounts/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'PATCH /v1/discounts/:id': {
    path: '/v1/discounts/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
    body: { max_redemptions: 200 },
  },
  'DELETE /v1/discounts/:id': { path: '/v1/discounts/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'GET /v1/discounts/:id/redemptions': {
    path: '/v1/discounts/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/redemptions?limit=1',
  },
  'GET /v1/discounts/:id/remaining': {
    path: '/v1/discounts/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/remaining',
  },
  'POST /v1/campaigns': {
    path: '/v1/campaigns',
    body: {
      name: 'Launch week',
      code: 'LAUNCH',
      rules: [{ discount_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' }],
    },
  },
  'GET /v1/campaigns': { path: '/v1/campaigns?limit=1' },
  'GET /v1/campaigns/:id': { path: '/v1/campaigns/cmp_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'GET /v1/campaigns/:id/remaining': { path: '/v1/campaigns/cmp_01kb3z8q4yf6dvkwm2t5n9cr7e/remaining' },
  'PATCH /v1/campaigns/:id': {
    path: '/v1/campaigns/cmp_01kb3z8q4yf6dvkwm2t5n9cr7e',
    body: { name: 'Launch month' },
  },
  'DELETE /v1/campaigns/:id': { path: '/v1/campaigns/cmp_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /v1/checkout-links': {
    path: '/v1/checkout-links',
    body: {
      label: 'Newsletter',
      settings: { product_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', locale: 'de' },
    },
  },
  'GET /v1/checkout-links': { path: '/v1/checkout-links?limit=1' },
  'GET /v1/checkout-links/:id': { path: '/v1/checkout-links/lnk_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'PATCH /v1/checkout-links/:id': {
    path: '/v1/checkout-links/lnk_01kb3z8q4yf6dvkwm2t5n9cr7e',
    body: { label: 'Newsletter of May' },
  },
  'DELETE /v1/checkout-links/:id': { path: '/v1/checkout-links/lnk_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'GET /checkout/:app/:link': { path: '/checkout/quay-sandbox/lnk_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'GET /v1/disputes': { path: '/v1/disputes?status=needs_response&limit=1' },
  'GET /v1/disputes/:id': { path: '/v1/disputes/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'POST /v1/disputes/:id/accept': { path: '/v1/disputes/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/accept' },
  'POST /v1/gifts': {
    path: '/v1/gifts',
    body: {
      product_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      from_name: 'Ada',
      message: 'Happy birthday',
    },
  },
  'GET /v1/gifts': { path: '/v1/gifts?limit=1' },
  'GET /v1/gifts/:id': { path: '/v1/gifts/gft_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /v1/gift-claims': {
    path: '/v1/gift-claims',
    body: {
      code: '2mQ0cVx6n8b1r5t9y3u7i2o6p0a4s8d1f5g9h3j7k2l',
      customer: 'external:user-2',
    },
  },
  'POST /v1/gifts/:id/resend': { path: '/v1/gifts/gft_01kb3z8q4yf6dvkwm2t5n9cr7e/resend', body: {} },
  'POST /v1/gifts/:id/cancel': { path: '/v1/gifts/gft_01kb3z8q4yf6dvkwm2t5n9cr7e/cancel', body: {} },
  'GET /gift/:app/:code': { path: '/gift/quay-sandbox/2mQ0cVx6n8b1r5t9y3u7i2o6p0a4s8d1f5g9h3j7k2l' },
  'POST /gift/:app/:code': { path: '/gift/quay-sandbox/2mQ0cVx6n8b1r5t9y3u7i2o6p0a4s8d1f5g9h3j7k2l' },
  'GET /v1/payments/:id/invoice': { path: '/v1/payments/pay_01kb3z8q4yf6dvkwm2t5n9cr7e/invoice' },
  'GET /v1/payments/:id/receipt': { path: '/v1/payments/pay_01kb3z8q4yf6dvkwm2t5n9cr7e/receipt' },
  'GET /v1/plans': { path: '/v1/plans' },
  'GET /v1/products': { path: '/v1/products?resource=content:blog/one' },
  'GET /v1/subscriptions': { path: '/v1/subscriptions?status=active&limit=1' },
  'GET /v1/subscriptions/:id': { path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'GET /v1/grants': { path: '/v1/grants?state=granted&limit=1' },
  'GET /v1/grants/:id': { path: '/v1/grants/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'GET /v1/grants/:id/note': { path: '/v1/grants/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/note' },
  'POST /v1/grants/:id/fulfilment': {
    path: '/v1/grants/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/fulfilment',
    body: { status: 'done', by: 'Ada' },
  },
  'POST /v1/subscriptions/:id/cancel': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/cancel',
    body: { at: 'period_end' },
  },
  'POST /v1/subscriptions/:id/uncancel': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/uncancel',
  },
  'POST /v1/subscriptions/:id/pause': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/pause',
  },
  'POST /v1/subscriptions/:id/resume': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/resume',
  },
  'POST /v1/subscriptions/:id/change': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/change',
    body: { product_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', proration: 'invoice' },
  },
  'POST /v1/subscriptions/:id/seats': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/seats',
    body: { seats: 2 },
  },
  'POST /v1/subscriptions/:id/units': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/units',
    body: { units: 2 },
  },
  'POST /v1/subscriptions/:id/discount': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/discount',
    body: { discount_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  },
  'POST /v1/subscriptions/:id/trial': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/trial',
    body: { trial_end: '2027-06-15T12:00:00Z' },
  },
  'POST /v1/subscriptions/:id/preview': {
    path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/preview',
    body: { product_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  },
  'DELETE /v1/subscriptions/:id': { path: '/v1/subscriptions/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'POST /v1/checkout': { path: '/v1/checkout', body: { product_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' } },
  'POST /v1/license-keys/validate': {
    path: '/v1/license-keys/validate',
    body: {
      key: '3FA1C2D4-5B6E-4F70-8A91-B2C3D4E5F607',
      activation_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      conditions: { major_version: 1 },
    },
  },
  'POST /v1/license-keys/activate': {
    path: '/v1/license-keys/activate',
    body: {
      key: '3FA1C2D4-5B6E-4F70-8A91-B2C3D4E5F607',
      label: 'Ada’s laptop',
      conditions: { major_version: 1 },
      meta: { os: 'Linux' },
    },
  },
  'POST /v1/license-keys/deactivate': {
    path: '/v1/license-keys/deactivate',
    body: {
      key: '3FA1C2D4-5B6E-4F70-8A91-B2C3D4E5F607',
      activation_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
    },
  },
  'GET /v1/license-keys': { path: '/v1/license-keys?status=granted&limit=1' },
  'GET /v1/license-keys/:id': { path: '/v1/license-keys/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'PATCH /v1/license-keys/:id': {
    path: '/v1/license-keys/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
    body: { limit_activations: 3, expires_at: '2028-01-01' },
  },
  'DELETE /v1/license-keys/:id/activations/:activation_id': {
    path: '/v1/license-keys/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/activations/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f608',
  },
  'POST /v1/sessions': { path: '/v1/sessions', body: { external_id: 'user-1' } },
  'POST /v1/sessions/exchange': {
    path: '/v1/sessions/exchange',
    body: {
      code: 'k2Jr0yXbLw8sVqTn5mZcE1uHdPa7gRf3iYo9tKx4QeM',
      callback_url: 'https://shop.example-site.dev/thanks',
      code_verifier: 'a-verifier-that-only-this-browser-has-0123456789',
    },
  },
  'GET /v1/sessions': {
    path: '/v1/sessions?customer=3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607&limit=1',
    as: 'secret',
  },
  'DELETE /v1/sessions': { path: '/v1/sessions?customer=external:user-1', as: 'secret' },
  'DELETE /v1/sessions/:id': { path: '/v1/sessions/ses_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'GET /v1/session': { path: '/v1/session' },
  'DELETE /v1/session': { path: '/v1/session' },
  'POST /v1/sign-in': { path: '/v1/sign-in', body: { email: 'ada@readers.dev' } },
  'POST /v1/sign-in/verify': {
    path: '/v1/sign-in/verify',
    body: {
      attempt: 'sia_01kb3z8q4yf6dvkwm2t5n9cr7e',
      browser_token: 'k2Jr0yXbLw8sVqTn5mZcE1uHdPa7gRf3iYo9tKx4QeM',
      code: '023360',
      session: 'floe_st_sandbox_k2Jr0yXbLw8sVqTn5mZcE1uHdPa7gRf3iYo9tKx4QeM',
    },
  },
  'GET /v1/downloads': {
    path: '/v1/downloads?customer=3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607&limit=1',
  },
  'GET /v1/downloads/:id': {
    path: '/v1/downloads/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607?customer=3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
  },
  'GET /v1/files': { path: '/v1/files?limit=1' },
  'GET /v1/files/:id/downloads': {
    path: '/v1/files/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/downloads?limit=1',
  },
  'GET /v1/access': { path: '/v1/access?resource=content:blog/one&max_age=0', as: 'session' },
  'GET /v1/access/explain': {
    path: '/v1/access/explain?customer=external:user-1&resource=content:blog/one',
  },
  'POST /v1/access/batch': {
    path: '/v1/access/batch',
    body: {
      customer: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      resources: ['content:blog/one', 'plan:quay:pro'],
    },
  },
  'GET /v1/customers': { path: '/v1/customers?q=ada&limit=1' },
  'GET /v1/customers/:id': { path: '/v1/customers/external:user-1' },
  'GET /v1/customers/:id/export': { path: '/v1/customers/external:user-1/export' },
  'POST /v1/customers': {
    path: '/v1/customers',
    body: { external_id: 'user-1', email: 'ada@readers.dev', name: 'Ada Lovelace' },
  },
  'PUT /v1/customers/:id/external-ids/:external_id': {
    path: '/v1/customers/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/external-ids/user-1',
  },
  'DELETE /v1/customers/:id/external-ids/:external_id': {
    path: '/v1/customers/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/external-ids/user-1',
  },
  'DELETE /v1/customers/:id': { path: '/v1/customers/external:user-1' },
  'DELETE /admin/customers/:id': {
    path: '/admin/customers/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607?mode=sandbox',
  },
  'GET /v1/customers/:id/timeline': {
    path: '/v1/customers/external:user-1/timeline?type=payment.*&limit=1',
  },
  'POST /v1/grants': {
    path: '/v1/grants',
    body: {
      customer: 'external:user-1',
      resources: ['content:blog/*', 'feature:early-access'],
      expires_at: '2028-06-15T12:00:00Z',
      reason: 'Press copy',
    },
  },
  'DELETE /v1/grants/:id': { path: '/v1/grants/grt_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'GET /.well-known/jwks.json': { path: '/.well-known/jwks.json' },
  'GET /live/.well-known/jwks.json': { path: '/live/.well-known/jwks.json' },
  'GET /sandbox/.well-known/jwks.json': { path: '/sandbox/.well-known/jwks.json' },
  'POST /v1/webhook-endpoints': {
    path: '/v1/webhook-endpoints',
    body: { url: 'https://receiver.example-site.dev/more', match: { 'payment.amount': { gte: 10000 } } },
  },
  'GET /v1/webhook-endpoints': { path: '/v1/webhook-endpoints?limit=1' },
  'GET /v1/webhook-endpoints/:id': { path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'PATCH /v1/webhook-endpoints/:id': {
    path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e',
    body: { enabled: false, rate_limit: 60 },
  },
  'DELETE /v1/webhook-endpoints/:id': { path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /v1/webhook-endpoints/:id/rotate-secret': {
    path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e/rotate-secret',
    body: { overlap_seconds: 600 },
  },
  'POST /v1/webhook-endpoints/:id/test': {
    path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e/test',
    body: { type: 'grant.created' },
  },
  'POST /v1/webhook-endpoints/:id/send-now': {
    path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e/send-now',
  },
  'GET /v1/webhook-endpoints/:id/metrics': {
    path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e/metrics',
  },
  'GET /v1/events': {
    path: '/v1/events?type=payment.succeeded&payment=pay_01kb3z8q4yf6dvkwm2t5n9cr7e&limit=1',
  },
  'GET /v1/cursors': { path: '/v1/cursors?limit=1' },
  'GET /v1/cursors/:name': { path: '/v1/cursors/orders' },
  'PUT /v1/cursors/:name': { path: '/v1/cursors/orders', body: { sequence: 1, expected: null } },
  'DELETE /v1/cursors/:name': { path: '/v1/cursors/orders' },
  'GET /v1/events/:id': { path: '/v1/events/evt_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'GET /v1/deliveries': { path: '/v1/deliveries?endpoint=ep_01kb3z8q4yf6dvkwm2t5n9cr7e&limit=1' },
  'GET /v1/deliveries/:id': { path: '/v1/deliveries/dlv_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /v1/deliveries/:id/replay': { path: '/v1/deliveries/dlv_01kb3z8q4yf6dvkwm2t5n9cr7e/replay' },
  'POST /v1/events/:id/replay': { path: '/v1/events/evt_01kb3z8q4yf6dvkwm2t5n9cr7e/replay' },
  'POST /v1/webhook-endpoints/:id/recover': {
    path: '/v1/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e/recover',
    body: { since: '2027-06-15T12:00:00Z' },
  },
  'POST /v1/replays': {
    path: '/v1/replays',
    body: { since: '2027-06-15T12:00:00Z', status: 'succeeded', types: ['payment.*'] },
  },
  'GET /health': { path: '/health' },
  'POST /admin/apps': {
    path: '/admin/apps',
    body: {
      product: 'kiosk',
      mode: 'sandbox',
      origins: ['https://shop.example-site.dev'],
      callback_urls: ['https://shop.example-site.dev/thanks'],
    },
  },
  'GET /admin/apps': { path: '/admin/apps' },
  'GET /admin/apps/:app': { path: '/admin/apps/quay-sandbox' },
  'PATCH /admin/apps/:app': {
    path: '/admin/apps/quay-sandbox',
    body: { name: 'Quay', owns_unclaimed: true },
  },
  'POST /admin/apps/:app/keys': {
    path: '/admin/apps/quay-sandbox/keys',
    body: {
      kind: 'secret',
      name: 'reader',
      scopes: ['access:read', 'sessions:write'],
      expires_at: '2027-12-31T00:00:00Z',
    },
  },
  'GET /admin/audit': { path: '/admin/audit?action=app.updated&limit=1' },
  'GET /admin/apps/:app/keys': { path: '/admin/apps/quay-sandbox/keys' },
  'PATCH /admin/apps/:app/keys/:key': {
    path: '/admin/apps/quay-sandbox/keys/key_01kb3z8q4yf6dvkwm2t5n9cr7e',
    body: { expires_at: '2027-06-16T12:00:00Z' },
  },
  'DELETE /admin/apps/:app/keys/:key': {
    path: '/admin/apps/quay-sandbox/keys/key_01kb3z8q4yf6dvkwm2t5n9cr7e',
  },
  'GET /admin/products': { path: '/admin/products' },
  'POST /admin/products/:id/owner': {
    path: '/admin/products/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/owner',
    body: { mode: 'sandbox', app: 'atlas-sandbox' },
  },
  'POST /admin/webhook-endpoints/:id/send-now': {
    path: '/admin/webhook-endpoints/ep_01kb3z8q4yf6dvkwm2t5n9cr7e/send-now',
  },
  'GET /admin/webhook-endpoints': { path: '/admin/webhook-endpoints?state=failing&limit=1' },
  'GET /admin/unrouted': { path: '/admin/unrouted?mode=sandbox&limit=1' },
  'POST /admin/unrouted/:kind/:id/adopt': {
    path: '/admin/unrouted/order/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/adopt',
    body: { app: 'quay-sandbox' },
  },
  'DELETE /admin/unrouted/:kind/:id': {
    path: '/admin/unrouted/order/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
  },
  'GET /admin/polar-events': { path: '/admin/polar-events?limit=1&status=applied' },
  'GET /admin/polar-events/:id': { path: '/admin/polar-events/pev_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /admin/polar-events/:id/reapply': {
    path: '/admin/polar-events/pev_01kb3z8q4yf6dvkwm2t5n9cr7e/reapply',
  },
  'POST /admin/reapply': { path: '/admin/reapply', body: { mode: 'sandbox' } },
  'GET /admin/secrets': { path: '/admin/secrets' },
  'POST /admin/secrets/reseal': { path: '/admin/secrets/reseal' },
  'POST /admin/secrets/withdraw': {
    path: '/admin/secrets/withdraw',
    body: { mode: 'sandbox', key: 'sandbox-1' },
  },
  'POST /admin/reconcile': {
    path: '/admin/reconcile',
    body: { mode: 'sandbox', scope: 'recent', grace_seconds: 0 },
  },
  'GET /admin/reconcile': { path: '/admin/reconcile?limit=1&mode=sandbox' },
  'GET /admin/reconcile/:id': { path: '/admin/reconcile/rec_01kb3z8q4yf6dvkwm2t5n9cr7e' },
  'POST /admin/reconcile/:id/cancel': { path: '/admin/reconcile/rec_01kb3z8q4yf6dvkwm2t5n9cr7e/cancel' },
  'GET /checkout/:app': { path: '/checkout/quay-sandbox?product=3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' },
  'GET /return': {
    path: '/return?payment=pay_01kb3z8q4yf6dvkwm2t5n9cr7e&nonce=k2Jr0yXbLw8sVqTn5mZcE1uHdPa7gRf3iYo9tKx4QeM',
  },
  'GET /sign-in': { path: '/sign-in?app=quay-sandbox' },
  'POST /sign-in': { path: '/sign-in' },
  'GET /sign-in/code': { path: '/sign-in/code?app=quay-sandbox' },
  'POST /sign-in/code': { path: '/sign-in/code' },
  'POST /sign-out': { path: '/sign-out' },
  'GET /portal': { path: '/portal?app=quay-sandbox' },
  'POST /webhooks/polar': { path: '/webhooks/polar' },
};
