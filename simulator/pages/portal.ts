/** The customer portal, as far as a link to it needs: what the customer has bought (facts §6). */

import { Hono } from 'hono';
import { html } from 'hono/html';
import type { SimulatorEnv } from '../http/app.ts';
import { totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { page } from './layout.ts';
import { money } from './money.ts';

export function portalPages(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();

  routes.get('/:slug/portal', (context) => {
    const token = context.req.query('customer_session_token') ?? '';
    const session = world.tables.customerSessions.by('token', token)[0];
    const customer = world.tables.customers.get(session?.customer_id);
    const organization = world.tables.organizations.by('slug', context.req.param('slug'))[0];
    const isValid =
      session !== undefined &&
      session.organization_id === organization?.id &&
      Date.parse(session.expires_at) > world.now();
    if (!customer || !isValid) {
      return context.html(
        page(
          'Session expired',
          html`<main class="card">
            <h1>This session has expired</h1>
            <p>Open the portal again from the seller’s site.</p>
          </main>`,
        ),
        401,
      );
    }
    const orders = world.tables.orders.by('customer', customer.id).toReversed();
    const subscriptions = world.tables.subscriptions.by('customer', customer.id).toReversed();
    const nameOf = (productId: string | null): string =>
      world.tables.products.get(productId)?.name ?? 'Order';
    return context.html(
      page(
        `${organization.name}: your purchases`,
        html`<main class="card">
          <p class="soft">${organization.name}</p>
          <h1>Your purchases</h1>
          <p>${customer.email}</p>
          <h2>Subscriptions</h2>
          <ul class="lines">
            ${subscriptions.length === 0 ? html`<li class="soft">None</li>` : ''}
            ${subscriptions.map(
              (row) =>
                html`<li>
                  <span>${nameOf(row.product_id)}</span>
                  <span>${row.status}, until ${row.current_period_end.slice(0, 10)}</span>
                </li>`,
            )}
          </ul>
          <h2>Orders</h2>
          <ul class="lines">
            ${orders.length === 0 ? html`<li class="soft">None</li>` : ''}
            ${orders.map(
              (row) =>
                html`<li>
                  <span>${nameOf(row.product_id)} · ${row.created_at.slice(0, 10)}</span>
                  <span>${money(totalAmount(row), row.currency)}, ${row.status.replaceAll('_', ' ')}</span>
                </li>`,
            )}
          </ul>
          ${session.return_url ? html`<p><a href="${session.return_url}">Back to ${organization.name}</a></p>` : ''}
        </main>`,
      ),
    );
  });

  return routes;
}
