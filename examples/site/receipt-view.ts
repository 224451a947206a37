import { html } from 'hono/html';
import { formatAmount } from '../../packages/kit/amounts.ts';
import type { DocumentKind, Payment } from './gateway-payments.ts';
import { type Html, layout } from './layout.ts';
import { planName } from './plans.ts';
import type { Shelf } from './tenants.ts';

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** `$9.00`, or nothing while it is not known. */
export function amountText(amount: number | null, currency: string | null): string {
  return amount === null || currency === null ? '' : formatAmount(amount, currency, 'en');
}

export const dateText = (iso: string): string => DATE.format(new Date(iso));

/** Whether Polar has made the order, so that nothing on the receipt is still to come. */
export function isWhole({ status, invoice_number }: Payment): boolean {
  return status !== 'pending' && invoice_number !== null;
}

/** Right after a purchase: it is open, this was paid, and this is where to look. */
export function thanksPage(shelf: Shelf, payment: Payment): Html {
  const isPaid = payment.status !== 'pending';
  return layout({
    title: `Thank you · ${shelf.title}`,
    current: '',
    body: html`<main id="main" class="page">
      <p class="kicker">${shelf.title}</p>
      <h1>${isPaid ? 'Thank you' : 'We are confirming your payment'}</h1>
      <p class="lead">
        ${
          isPaid
            ? html`“${shelf.article.title}” is open on this device.`
            : 'This takes a few seconds. This page goes on by itself.'
        }
      </p>
      ${isPaid ? html`<p><a class="button" href="${shelf.path}">Read it now</a></p>` : ''}
      ${receipt(shelf, payment)}
      <section class="after" aria-labelledby="after">
        <h2 id="after">Where to look</h2>
        <ul class="places">
          <li><a href="/events">Events</a>: what the shop’s backend was just told</li>
          <li><a href="/account">Account</a>: your purchases; sign in with your address on any device</li>
          <li><a href="/">Shop</a>: the other product</li>
        </ul>
      </section>
    </main>`,
  });
}

function receipt(shelf: Shelf, payment: Payment): Html {
  const { product, currency, net_amount, tax_amount, amount, invoice_number, customer } = payment;
  const line = (label: string, value: string | Html, tone = '') =>
    html`<div class="${tone}">
      <dt>${label}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<section class="receipt" aria-labelledby="receipt">
    <h2 id="receipt">Your receipt</h2>
    <dl>
      ${line('Bought', `${shelf.title}, ${planName(product.name ?? '').toLowerCase()}`)}
      ${line('Paid on', dateText(payment.succeeded_at ?? payment.created_at))}
      ${customer.email === null ? '' : line('For', customer.email)}
      ${line('Number', invoice_number ?? 'Follows in a moment')}
      ${line('Price', amountText(net_amount, currency), 'sum')}
      ${line('Tax', amountText(tax_amount, currency))} ${line('Total', amountText(amount, currency), 'total')}
    </dl>
    ${isWhole(payment) ? html`<p>From Polar, who sold it to you: ${documentLinks(shelf, payment)}</p>` : ''}
  </section>`;
}

/** To what Polar makes of a payment that is whole. */
export function documentLinks({ tenant }: Shelf, { id, invoice_number }: Payment): Html {
  const link = (kind: DocumentKind, label: string) =>
    html`<a href="/documents/${tenant}/${id}/${kind}"
      >${label}<span class="hidden"> ${invoice_number}</span></a
    >`;
  return html`${link('receipt', 'Receipt')}, ${link('invoice', 'Invoice')}`;
}
