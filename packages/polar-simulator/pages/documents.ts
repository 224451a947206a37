/** Invoices and receipts, as plain pages: enough for a link to lead somewhere. */

import { Hono } from 'hono';
import { html } from 'hono/html';
import type { SimulatorEnv } from '../http/app.ts';
import { totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { page } from './layout.ts';
import { money } from './money.ts';

export function documentPages(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  routes.get('/documents/:id/:kind{invoice|receipt}', (context) => {
    const order = world.tables.orders.get(context.req.param('id'));
    const customer = world.tables.customers.get(order?.customer_id);
    const seller = world.tables.organizations.get(order?.organization_id)?.name;
    const isInvoice = context.req.param('kind') === 'invoice';
    const number = isInvoice ? order?.invoice_number : order?.receipt_number;
    if (!order || !customer || !number) return context.notFound();
    const title = `${isInvoice ? 'Invoice' : 'Receipt'} ${number}`;
    const line = (label: string, amount: number, tone = '') =>
      html`<li class="${tone}"><span>${label}</span><span>${money(amount, order.currency)}</span></li>`;
    return context.html(
      page(
        title,
        html`<main class="card">
          <p class="soft">${seller}</p>
          <h1>${title}</h1>
          <p>${order.created_at.slice(0, 10)} · ${order.billing_name ?? customer.email}</p>
          <ul class="lines">
            ${order.items.map((item) => line(item.label, item.amount))}
            ${order.discount_amount > 0 ? line('Discount', -order.discount_amount) : ''}
            ${line(order.tax_inclusive ? 'Tax (included)' : 'Tax', order.tax_amount)}
            ${line('Total', totalAmount(order), 'total')}
            ${order.refunded_amount > 0 ? line('Refunded', -(order.refunded_amount + order.refunded_tax_amount)) : ''}
          </ul>
        </main>`,
      ),
    );
  });
  return routes;
}
