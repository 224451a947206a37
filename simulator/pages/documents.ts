/** Invoices and receipts, as plain pages: enough for a link to lead somewhere. */

import { Hono } from 'hono';
import { html } from 'hono/html';
import type { SimulatorEnv } from '../http/app.ts';
import { money } from './money.ts';
import { totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { page } from './layout.ts';

export function documentPages(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  routes.get('/documents/:id/:kind{invoice|receipt}', (context) => {
    const order = world.tables.orders.get(context.req.param('id'));
    const customer = world.tables.customers.get(order?.customer_id);
    if (!order || !customer) return context.notFound();
    const isInvoice = context.req.param('kind') === 'invoice';
    const number = isInvoice ? order.invoice_number : order.receipt_number;
    const title = `${isInvoice ? 'Invoice' : 'Receipt'} ${number}`;
    return context.html(
      page(
        title,
        html`<main class="card">
          <h1>${title}</h1>
          <p>${order.billing_name ?? customer.email}</p>
          <ul class="lines">
            ${order.items.map(
              (item) =>
                html`<li><span>${item.label}</span><span>${money(item.amount, order.currency)}</span></li>`,
            )}
            <li><span>Tax</span><span>${money(order.tax_amount, order.currency)}</span></li>
            <li class="total"><span>Total</span><span>${money(totalAmount(order), order.currency)}</span></li>
          </ul>
        </main>`,
      ),
    );
  });
  return routes;
}
