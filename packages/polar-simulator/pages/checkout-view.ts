/** The markup of the hosted checkout: what is bought on one side, who pays and how on the other. */

import { html } from 'hono/html';
import { pricesFor } from '../life/pricing.ts';
import type { CheckoutRow } from '../state.ts';
import type { World } from '../world.ts';
import { type FormState, described, errorSummary, errorText, field } from './fields.ts';
import { type Html, page } from './layout.ts';
import { asTyped, money } from './money.ts';
import { paymentFields } from './payment-view.ts';
import { canTypeEmail } from './checkout-input.ts';
import { questionFields } from './questions.ts';
import { checkoutScript } from './script.ts';
import { sellerNames } from './seller.ts';

export function checkoutForm(world: World, row: CheckoutRow, state: FormState): Html {
  const product = world.tables.products.get(row.product_id);
  const { shop, organization } = sellerNames(world, row);
  const title = product?.name ?? 'Checkout';
  return page(
    `${title} · ${shop}`,
    html`<main>
        <form class="checkout" method="post" novalidate>
          <button class="hidden" type="submit" name="action" value="pay" tabindex="-1" aria-hidden="true">
            Default
          </button>
          <section class="what" aria-label="What you buy">
            ${row.return_url ? html`<p><a href="${row.return_url}">Back to ${shop}</a></p>` : ''}
            <p class="shop">${shop}</p>
            <h1>${title}</h1>
            <p class="price" id="big-price">${bigPrice(world, row)}</p>
            ${product?.description ? html`<p>${product.description}</p>` : ''} ${choices(world, row)}
            ${amountField(world, row, state)} ${seatsField(world, row, state)} ${totals(world, row)}
            ${discountField(world, row, state)}
            ${
              shop === organization
                ? ''
                : html`<p class="hint">Sold by ${organization}, for ${shop}. Polar takes the payment.</p>`
            }
          </section>
          <section aria-label="Your details">
            ${errorSummary(state.errors)} ${contact(row, state)} ${questionFields(world, row, state)}
            ${row.is_payment_form_required ? paymentFields(row, state) : ''}
            <button class="wide" type="submit" name="action" value="pay">
              <span id="pay-label">${payLabel(row)}</span>
            </button>
            <p class="hint">
              ${
                row.is_payment_form_required
                  ? 'Nothing is charged: this is a simulation of Polar’s checkout.'
                  : 'No card is needed.'
              }
            </p>
          </section>
        </form>
      </main>
      ${checkoutScript()}`,
  );
}

function payLabel(row: CheckoutRow): string {
  if (row.trial_end) return 'Start trial';
  if (row.is_payment_required) return `Pay ${money(row.total_amount, row.currency)}`;
  return row.is_payment_setup_required ? 'Subscribe' : 'Get it for free';
}

function bigPrice(world: World, row: CheckoutRow): string {
  if (row.trial_end) return 'Free trial';
  return row.total_amount === 0 ? 'Free' : money(row.total_amount, row.currency) + every(world, row, ' / ');
}

function every(world: World, row: CheckoutRow, prefix: string): string {
  const product = world.tables.products.get(row.product_id);
  if (!product?.recurring_interval) return '';
  const count = product.recurring_interval_count ?? 1;
  return prefix + (count === 1 ? product.recurring_interval : `${count} ${product.recurring_interval}s`);
}

/** A seller may offer several products in one checkout. */
function choices(world: World, row: CheckoutRow): Html | '' {
  if (row.product_ids.length < 2) return '';
  return html`<fieldset>
    <legend>Choose</legend>
    ${row.product_ids.map((id) => {
      const isChosen = id === row.product_id;
      return html`<label class="choice">
        <span
          ><input type="radio" name="product_id" value="${id}" ${isChosen ? 'checked' : ''} />
          ${world.tables.products.get(id)?.name}</span
        >
      </label>`;
    })}
    <p><button class="second" type="submit" name="action" value="update">Choose</button></p>
  </fieldset>`;
}

function amountField(world: World, row: CheckoutRow, { values, errors }: FormState): Html | '' {
  if (!pricesFor(world, row).some((price) => price.amount_type === 'custom')) return '';
  const value = values['amount'] ?? asTyped(row.amount, row.currency);
  return field('amount', `Amount you want to pay (${row.currency.toUpperCase()})`, {
    value,
    errors,
    attributes: { inputmode: 'decimal', autocomplete: 'off' },
  });
}

function seatsField(world: World, row: CheckoutRow, { values, errors }: FormState): Html | '' {
  if (!pricesFor(world, row).some((price) => price.amount_type === 'seat_based')) return '';
  const value = values['seats'] ?? String(row.seats ?? 1);
  return html`${field('seats', 'Seats', { value, errors, attributes: { inputmode: 'numeric', autocomplete: 'off' } })}
    <p><button class="second" type="submit" name="action" value="update">Update seats</button></p>`;
}

function totals(world: World, row: CheckoutRow): Html {
  const discount = world.tables.discounts.get(row.discount_id);
  const isIncluded = row.tax_behavior === 'inclusive';
  return html`<ul class="lines" id="totals" aria-label="Summary">
    <li>
      <span>Price, ${every(world, row, 'every ') || 'once'}</span
      ><span>${money(row.amount, row.currency)}</span>
    </li>
    ${
      discount
        ? html`<li>
            <span>${discount.name}</span><span>−${money(row.discount_amount, row.currency)}</span>
          </li>`
        : ''
    }
    ${
      row.tax_amount
        ? html`<li>
            <span>Tax${isIncluded ? ' (included)' : ''}</span
            ><span>${money(row.tax_amount, row.currency)}</span>
          </li>`
        : ''
    }
    ${row.trial_end ? html`<li><span>Trial until</span><span>${row.trial_end.slice(0, 10)}</span></li>` : ''}
    <li class="total">
      <span>${row.trial_end ? 'Due today' : 'Total'}</span
      ><span>${money(row.trial_end ? 0 : row.total_amount, row.currency)}</span>
    </li>
  </ul>`;
}

function discountField(world: World, row: CheckoutRow, { values, errors }: FormState): Html | '' {
  if (!row.allow_discount_codes || !row.is_discount_applicable) return '';
  const applied = world.tables.discounts.get(row.discount_id);
  if (applied?.code) {
    return html`<p class="inline">
      <span>Code <strong class="mono">${applied.code}</strong> is applied.</span>
      <button class="second" type="submit" name="action" value="remove_discount">Remove</button>
    </p>`;
  }
  return html`<label for="discount_code">Discount code</label>
    <div class="inline">
      <input
        id="discount_code"
        name="discount_code"
        value="${values['discount_code'] ?? ''}"
        autocomplete="off"
        ${described('discount_code', { errors })}
      />
      <button class="second" type="submit" name="action" value="discount">Apply</button>
    </div>
    ${errorText('discount_code', errors)}`;
}

function contact(row: CheckoutRow, { values, errors }: FormState): Html {
  const name = values['name'] ?? row.customer_name ?? '';
  return html`${
    !canTypeEmail(row)
      ? html`<p>Buying as <strong>${row.customer_email}</strong></p>`
      : field('email', 'E-mail', {
          value: values['email'] ?? row.customer_email ?? '',
          errors,
          placeholder: 'you@floe-mail.dev',
          attributes: { type: 'email', autocomplete: 'email', required: '' },
        })
  }
  ${field('name', 'Name (optional)', { value: name, errors, attributes: { autocomplete: 'name' } })}`;
}
