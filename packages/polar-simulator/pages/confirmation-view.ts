/** After "Pay": waiting, thank you, still processing; and checkouts that are over. */

import { html } from 'hono/html';
import type { CheckoutRow } from '../state.ts';
import { totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { type Html, page } from './layout.ts';
import { money } from './money.ts';
import { sellerNames } from './seller.ts';

export function waitingPage(): Html {
  return page(
    'Confirming your order',
    html`<main class="card" aria-live="polite">
      <div class="wait" role="img" aria-label="Waiting"></div>
      <h1>Confirming your order</h1>
      <p class="soft">This takes a few seconds. You will be sent on by yourself.</p>
    </main>`,
  );
}

/** The bank has not decided yet; `nextUrl` leads to the seller, who says the same. */
export function processingPage(row: CheckoutRow, nextUrl: string | null): Html {
  return page(
    'Your payment is being processed',
    html`<main class="card" aria-live="polite">
      <div class="wait" role="img" aria-label="Waiting"></div>
      <h1>Your payment is being processed</h1>
      <p>
        Your bank takes a little longer to confirm ${money(row.total_amount, row.currency)}. You need not stay
        here: you will get an e-mail.
      </p>
      ${nextUrl ? html`<p><a href="${nextUrl}">Go on to the seller</a></p>` : ''}
    </main>`,
  );
}

export function thanksPage(
  world: World,
  row: CheckoutRow,
  links: { portal: string | null; seller: string | null },
): Html {
  const product = world.tables.products.get(row.product_id);
  const order = world.tables.orders.get(row.order_id);
  return page(
    'Thank you',
    html`<main class="card">
      <h1>Thank you</h1>
      <p>You have bought <strong>${product?.name}</strong> from ${sellerNames(world, row).shop}.</p>
      ${
        order
          ? html`<ul class="lines" aria-label="Your order">
              <li><span>Invoice</span><span class="mono">${order.invoice_number}</span></li>
              <li><span>Total</span><span>${money(totalAmount(order), order.currency)}</span></li>
              <li><span>For</span><span>${row.customer_email}</span></li>
            </ul>`
          : ''
      }
      ${
        links.seller
          ? html`<p>The seller has not answered yet. <a href="${links.seller}">Go on to the seller</a></p>`
          : ''
      }
      ${links.portal ? html`<p><a class="button" href="${links.portal}">See your purchases</a></p>` : ''}
    </main>`,
  );
}

/** Open too long, or failed for good: nothing was charged and nothing can be. */
export function overPage(world: World, row: CheckoutRow): Html {
  const { shop: seller } = sellerNames(world, row);
  const title = row.status === 'failed' ? 'This checkout has failed' : 'This checkout has expired';
  return page(
    title,
    html`<main class="card">
      <h1>${title}</h1>
      <p>Nothing was charged. Start again from ${seller}.</p>
      ${row.return_url ? html`<p><a href="${row.return_url}">Back to ${seller}</a></p>` : ''}
    </main>`,
  );
}

export function noSuchPage(): Html {
  return page(
    'Nothing here',
    html`<main class="card">
      <h1>There is no such checkout</h1>
      <p>The link may be incomplete. Open it again from the seller’s site.</p>
    </main>`,
  );
}
