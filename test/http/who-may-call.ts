import type { Credential } from '../../src/http/identify-caller.ts';

/**
 * Who may call each address of the gateway. A secret key that is limited needs the scope in its column; one without scopes may do
 * all of that column. A new route needs a row: `test/http/authorization.test.ts` says so, and tries every row with every credential.
 */
const MATRIX = `
| route                                            | secret key          | publishable | session | operator |
| ------------------------------------------------ | ------------------- | ----------- | ------- | -------- |
| GET    /v1/access                                | access:read         |             | yes     |          |
| POST   /v1/access/batch                          | access:read         |             | yes     |          |
| GET    /v1/access/explain                        | access:read         |             |         |          |
| GET    /v1/products                              | products:read       | yes         |         |          |
| GET    /v1/plans                                 | products:read       |             |         |          |
| POST   /v1/checkout                              |                     | yes         |         |          |
| POST   /v1/payments                              | payments:write      |             |         |          |
| GET    /v1/payments                              | payments:read       |             |         |          |
| GET    /v1/payments/export                       | payments:read       |             |         |          |
| GET    /v1/payments/:id                          | payments:read       |             |         |          |
| GET    /v1/payments/:id/invoice                  | payments:read       |             |         |          |
| GET    /v1/payments/:id/receipt                  | payments:read       |             |         |          |
| POST   /v1/payments/:id/refunds                  | refunds:write       |             |         |          |
| GET    /v1/payments/:id/refunds                  | refunds:read        |             |         |          |
| GET    /v1/refunds                               | refunds:read        |             |         |          |
| GET    /v1/refunds/export                        | refunds:read        |             |         |          |
| GET    /v1/refunds/:id                           | refunds:read        |             |         |          |
| POST   /v1/discounts                             | discounts:write     |             |         |          |
| GET    /v1/discounts                             | discounts:read      |             |         |          |
| GET    /v1/discounts/:id                         | discounts:read      |             |         |          |
| PATCH  /v1/discounts/:id                         | discounts:write     |             |         |          |
| DELETE /v1/discounts/:id                         | discounts:write     |             |         |          |
| GET    /v1/discounts/:id/redemptions             | discounts:read      |             |         |          |
| GET    /v1/discounts/:id/remaining               | discounts:read      | yes         |         |          |
| POST   /v1/campaigns                             | discounts:write     |             |         |          |
| GET    /v1/campaigns                             | discounts:read      |             |         |          |
| GET    /v1/campaigns/:id                         | discounts:read      |             |         |          |
| GET    /v1/campaigns/:id/remaining               | discounts:read      | yes         |         |          |
| PATCH  /v1/campaigns/:id                         | discounts:write     |             |         |          |
| DELETE /v1/campaigns/:id                         | discounts:write     |             |         |          |
| POST   /v1/checkout-links                        | payments:write      |             |         |          |
| GET    /v1/checkout-links                        | payments:read       |             |         |          |
| GET    /v1/checkout-links/:id                    | payments:read       |             |         |          |
| PATCH  /v1/checkout-links/:id                    | payments:write      |             |         |          |
| DELETE /v1/checkout-links/:id                    | payments:write      |             |         |          |
| GET    /v1/disputes                              | disputes:read       |             |         |          |
| GET    /v1/disputes/:id                          | disputes:read       |             |         |          |
| POST   /v1/disputes/:id/accept                   | disputes:write      |             |         |          |
| POST   /v1/gifts                                 | gifts:write         |             |         |          |
| GET    /v1/gifts                                 | gifts:read          |             |         |          |
| GET    /v1/gifts/:id                             | gifts:read          |             |         |          |
| POST   /v1/gift-claims                           | gifts:write         |             |         |          |
| POST   /v1/gifts/:id/resend                      | gifts:write         |             |         |          |
| POST   /v1/gifts/:id/cancel                      | gifts:write         |             |         |          |
| GET    /v1/subscriptions                         | subscriptions:read  |             |         |          |
| GET    /v1/subscriptions/export                  | subscriptions:read  |             |         |          |
| GET    /v1/subscriptions/:id                     | subscriptions:read  |             |         |          |
| POST   /v1/subscriptions/:id/preview             | subscriptions:read  |             |         |          |
| POST   /v1/subscriptions/:id/cancel              | subscriptions:write |             |         |          |
| POST   /v1/subscriptions/:id/uncancel            | subscriptions:write |             |         |          |
| POST   /v1/subscriptions/:id/pause               | subscriptions:write |             |         |          |
| POST   /v1/subscriptions/:id/resume              | subscriptions:write |             |         |          |
| POST   /v1/subscriptions/:id/change              | subscriptions:write |             |         |          |
| POST   /v1/subscriptions/:id/seats               | subscriptions:write |             |         |          |
| POST   /v1/subscriptions/:id/units               | subscriptions:write |             |         |          |
| GET    /v1/grants                                | grants:read         |             |         |          |
| GET    /v1/grants/:id                            | grants:read         |             |         |          |
| GET    /v1/grants/:id/note                       | grants:read         |             |         |          |
| POST   /v1/grants/:id/fulfilment                 | grants:write        |             |         |          |
| POST   /v1/subscriptions/:id/discount            | subscriptions:write |             |         |          |
| POST   /v1/subscriptions/:id/trial               | subscriptions:write |             |         |          |
| DELETE /v1/subscriptions/:id                     | subscriptions:write |             |         |          |
| GET    /v1/customers                             | customers:read      |             |         |          |
| POST   /v1/customers                             | customers:write     |             |         |          |
| GET    /v1/customers/:id                         | customers:read      |             |         |          |
| PUT    /v1/customers/:id/external-ids/:external_id | customers:write   |             |         |          |
| DELETE /v1/customers/:id/external-ids/:external_id | customers:write   |             |         |          |
| DELETE /v1/customers/:id                         | customers:write     |             |         |          |
| GET    /v1/customers/:id/export                  | customers:read      |             |         |          |
| GET    /v1/customers/export                      | customers:read      |             |         |          |
| GET    /v1/customers/:id/timeline                | customers:read      |             |         |          |
| POST   /v1/grants                                | grants:write        |             |         |          |
| DELETE /v1/grants/:id                            | grants:write        |             |         |          |
| GET    /v1/downloads                             | downloads:read      |             | yes     |          |
| GET    /v1/downloads/:id                         | downloads:read      |             | yes     |          |
| GET    /v1/files                                 | downloads:read      |             |         |          |
| GET    /v1/files/:id/downloads                   | downloads:read      |             |         |          |
| POST   /v1/license-keys/validate                 | license_keys:read   | yes         |         |          |
| POST   /v1/license-keys/activate                 | license_keys:write  | yes         |         |          |
| POST   /v1/license-keys/deactivate               | license_keys:write  | yes         |         |          |
| GET    /v1/license-keys                          | license_keys:read   |             | yes     |          |
| GET    /v1/license-keys/:id                      | license_keys:read   |             | yes     |          |
| PATCH  /v1/license-keys/:id                      | license_keys:write  |             |         |          |
| DELETE /v1/license-keys/:id/activations/:activation_id | license_keys:write |   | yes     |          |
| GET    /v1/events                                | events:read         |             |         |          |
| GET    /v1/events/:id                            | events:read         |             |         |          |
| GET    /v1/cursors                               | events:read         |             |         |          |
| GET    /v1/cursors/:name                         | events:read         |             |         |          |
| PUT    /v1/cursors/:name                         | events:read         |             |         |          |
| DELETE /v1/cursors/:name                         | events:read         |             |         |          |
| GET    /v1/deliveries                            | webhooks:read       |             |         |          |
| GET    /v1/deliveries/:id                        | webhooks:read       |             |         |          |
| POST   /v1/deliveries/:id/replay                 | webhooks:write      |             |         |          |
| POST   /v1/events/:id/replay                     | webhooks:write      |             |         |          |
| POST   /v1/replays                               | webhooks:write      |             |         |          |
| GET    /v1/webhook-endpoints                     | webhooks:read       |             |         |          |
| GET    /v1/webhook-endpoints/:id                 | webhooks:read       |             |         |          |
| GET    /v1/webhook-endpoints/:id/metrics         | webhooks:read       |             |         |          |
| POST   /v1/webhook-endpoints                     | webhooks:write      |             |         |          |
| PATCH  /v1/webhook-endpoints/:id                 | webhooks:write      |             |         |          |
| DELETE /v1/webhook-endpoints/:id                 | webhooks:write      |             |         |          |
| POST   /v1/webhook-endpoints/:id/rotate-secret   | webhooks:write      |             |         |          |
| POST   /v1/webhook-endpoints/:id/test            | webhooks:write      |             |         |          |
| POST   /v1/webhook-endpoints/:id/send-now        | webhooks:write      |             |         |          |
| POST   /v1/webhook-endpoints/:id/recover         | webhooks:write      |             |         |          |
| GET    /v1/sessions                              | sessions:read       |             | yes     |          |
| POST   /v1/sessions                              | sessions:write      |             |         |          |
| POST   /v1/sessions/exchange                     | sessions:write      | yes         |         |          |
| DELETE /v1/sessions                              | sessions:write      |             | yes     |          |
| DELETE /v1/sessions/:id                          | sessions:write      |             | yes     |          |
| POST   /v1/sign-in                               | sessions:write      | yes         |         |          |
| POST   /v1/sign-in/verify                        | sessions:write      | yes         |         |          |
| GET    /v1/session                               |                     |             | yes     |          |
| DELETE /v1/session                               |                     |             | yes     |          |
| POST   /v1/license-keys/offline                  | license_keys:read   | yes         |         |          |
| POST   /admin/apps                               |                     |             |         | yes      |
| GET    /admin/apps                               |                     |             |         | yes      |
| GET    /admin/apps/:app                          |                     |             |         | yes      |
| PATCH  /admin/apps/:app                          |                     |             |         | yes      |
| POST   /admin/apps/:app/keys                     |                     |             |         | yes      |
| GET    /admin/apps/:app/keys                     |                     |             |         | yes      |
| PATCH  /admin/apps/:app/keys/:key                |                     |             |         | yes      |
| DELETE /admin/apps/:app/keys/:key                |                     |             |         | yes      |
| GET    /admin/doctor                             |                     |             |         | yes      |
| POST   /admin/doctor/fix                         |                     |             |         | yes      |
| GET    /admin/secrets                            |                     |             |         | yes      |
| POST   /admin/secrets/reseal                     |                     |             |         | yes      |
| POST   /admin/secrets/withdraw                   |                     |             |         | yes      |
| GET    /admin/audit                              |                     |             |         | yes      |
| GET    /admin/products                           |                     |             |         | yes      |
| POST   /admin/products/:id/owner                 |                     |             |         | yes      |
| GET    /admin/unrouted                           |                     |             |         | yes      |
| POST   /admin/unrouted/:kind/:id/adopt           |                     |             |         | yes      |
| DELETE /admin/unrouted/:kind/:id                 |                     |             |         | yes      |
| GET    /admin/polar-events                       |                     |             |         | yes      |
| GET    /admin/polar-events/:id                   |                     |             |         | yes      |
| POST   /admin/polar-events/:id/reapply           |                     |             |         | yes      |
| POST   /admin/reapply                            |                     |             |         | yes      |
| POST   /admin/reconcile                          |                     |             |         | yes      |
| GET    /admin/reconcile                          |                     |             |         | yes      |
| GET    /admin/reconcile/:id                      |                     |             |         | yes      |
| POST   /admin/reconcile/:id/cancel               |                     |             |         | yes      |
| DELETE /admin/customers/:id                      |                     |             |         | yes      |
| GET    /admin/webhook-endpoints                  |                     |             |         | yes      |
| POST   /admin/webhook-endpoints/:id/send-now     |                     |             |         | yes      |
`;

/**
 * Anybody may call these: what tells nothing about anybody, pages of the gateway's own with proofs of their own (a nonce, a cookie,
 * a form's token), and what Polar signs.
 */
const OPEN = `
GET  /health
GET  /.well-known/jwks.json
GET  /live/.well-known/jwks.json
GET  /sandbox/.well-known/jwks.json
GET  /v1/access/forward-auth
GET  /checkout/:app
GET  /checkout/:app/:link
GET  /return
GET  /gift/:app/:code
POST /gift/:app/:code
GET  /sign-in
GET  /sign-in/code
POST /sign-in
POST /sign-in/code
POST /sign-out
GET  /portal
POST /webhooks/polar
`;

export interface Row {
  method: string;
  path: string;
  /** Of a secret key; undefined: none may call. */
  scope: string | undefined;
  /** Who may call, secret keys among them. */
  callers: readonly Credential[];
}

/** The rows of the matrix. */
export function readMatrix(): Row[] {
  const [header = [], , ...rows] = MATRIX.trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expectColumns(header);
  return rows.map(([route = '', secret = '', publishable, session, operator]) => {
    const [method = '', path = ''] = route.split(/ +/);
    const others = { publishable, session, operator };
    return {
      method,
      path,
      scope: secret === '' ? undefined : secret,
      callers: [
        ...(secret === '' ? [] : (['secret'] as const)),
        ...(['publishable', 'session', 'operator'] as const).filter((kind) => others[kind] === 'yes'),
      ],
    };
  });
}

function expectColumns(header: readonly string[]): void {
  if (header.join() !== 'route,secret key,publishable,session,operator') throw new Error(header.join());
}

/** The routes that anybody may call. */
export const openRoutes = OPEN.trim()
  .split('\n')
  .map((line) => line.replace(/ +/, ' '));
