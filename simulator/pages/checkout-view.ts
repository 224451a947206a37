/** The markup of the hosted checkout. */

import { html, raw } from 'hono/html';
import { COUNTRIES } from '../http/countries.ts';
import { pricesFor } from '../life/pricing.ts';
import type { CheckoutRow } from '../state.ts';
import { successUrl } from '../wire/checkout.ts';
import type { World } from '../world.ts';
import { type Html, page } from './layout.ts';
import { money } from './money.ts';

/** What is wrong, by field; `form` is about the whole. */
export type FormErrors = Record<string, string>;

export interface FormState {
  errors: FormErrors;
  values: Record<string, string>;
}

const countryNames = new Intl.DisplayNames('en', { type: 'region' });

export function checkoutForm(world: World, row: CheckoutRow, state: FormState): Html {
  const product = world.tables.products.get(row.product_id);
  const organization = world.tables.organizations.get(row.organization_id);
  const { errors, values } = state;
  const total = money(row.total_amount, row.currency);
  const title = product?.name ?? 'Checkout';
  return page(
    `${title} · ${organization?.name}`,
    html`<main class="card">
      <p class="soft">${organization?.name}</p>
      <h1>${title}</h1>
      ${product?.description ? html`<p>${product.description}</p>` : ''} ${summary(world, row)}
      ${errors['form'] ? html`<div class="alert" role="alert" id="form-error">${errors['form']}</div>` : ''}
      <form method="post" novalidate>
        ${customAmount(world, row, state)} ${contact(row, state)}
        ${row.is_payment_form_required ? payment(row, state) : ''}
        <button type="submit" name="action" value="pay">${buttonText(row, total)}</button>
        ${
          row.allow_discount_codes && row.is_discount_applicable
            ? html`<h2>Discount code</h2>
                <div class="inline">
                  <input
                    id="discount_code"
                    name="discount_code"
                    aria-label="Discount code"
                    value="${values['discount_code'] ?? ''}"
                    autocomplete="off"
                    ${described('discount_code', errors)}
                  />
                  <button class="second" type="submit" name="action" value="discount">Apply</button>
                </div>
                ${errorText('discount_code', errors)}`
            : ''
        }
      </form>
      ${row.return_url ? html`<p><a href="${row.return_url}">Back to ${organization?.name}</a></p>` : ''}
    </main>`,
  );
}

function buttonText(row: CheckoutRow, total: string): string {
  if (row.trial_end) return 'Start trial';
  if (row.is_payment_required) return `Pay ${total}`;
  return row.is_payment_setup_required ? 'Subscribe' : 'Get it for free';
}

function summary(world: World, row: CheckoutRow): Html {
  const product = world.tables.products.get(row.product_id);
  const discount = world.tables.discounts.get(row.discount_id);
  const count = product?.recurring_interval_count ?? 1;
  const every = product?.recurring_interval
    ? `every ${count === 1 ? product.recurring_interval : `${count} ${product.recurring_interval}s`}`
    : 'once';
  return html`<ul class="lines" aria-label="Summary">
    <li><span>Price, ${every}</span><span>${money(row.amount, row.currency)}</span></li>
    ${
      discount
        ? html`<li>
            <span>Discount: ${discount.name}</span><span>−${money(row.discount_amount, row.currency)}</span>
          </li>`
        : ''
    }
    ${
      row.tax_amount
        ? html`<li>
            <span>Tax${row.tax_behavior === 'inclusive' ? ' (included)' : ''}</span
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

function customAmount(world: World, row: CheckoutRow, { values, errors }: FormState): Html | '' {
  const custom = pricesFor(world, row).find((price) => price.amount_type === 'custom');
  if (!custom) return '';
  return field('amount', 'Amount you want to pay', values['amount'] ?? String(row.amount / 100), errors, {
    inputmode: 'decimal',
  });
}

function contact(row: CheckoutRow, { values, errors }: FormState): Html {
  const email = values['email'] ?? row.customer_email ?? '';
  return html`${
    row.customer_id
      ? html`<p>Buying as <strong>${row.customer_email}</strong></p>`
      : field('email', 'E-mail', email, errors, { type: 'email', autocomplete: 'email', required: '' })
  }
  ${field('name', 'Name', values['name'] ?? row.customer_name ?? '', errors, { autocomplete: 'name' })}`;
}

function payment(row: CheckoutRow, { values, errors }: FormState): Html {
  const country = values['country'] ?? row.customer_billing_address?.country ?? 'FR';
  const options = [...COUNTRIES]
    .map((code) => ({ code, name: countryNames.of(code) ?? code }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  return html`${field('card_number', 'Card number', values['card_number'] ?? '', errors, {
      inputmode: 'numeric',
      autocomplete: 'off',
      placeholder: '4242 4242 4242 4242',
      required: '',
    })}
    <p class="hint">
      Test cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined, 4000 0000 0000 0341 pays now and
      fails at renewal.
    </p>
    <label for="country">Country</label>
    <select id="country" name="country" ${described('country', errors)}>
      ${options.map(
        ({ code, name }) =>
          html`<option value="${code}" ${code === country ? 'selected' : ''}>${name}</option>`,
      )}
    </select>
    ${errorText('country', errors)}
    <details ${country === 'US' || country === 'CA' ? 'open' : ''}>
      <summary class="hint">Address (needed in the United States; the state in Canada)</summary>
      ${field('line1', 'Street', values['line1'] ?? '', errors, { autocomplete: 'address-line1' })}
      <div class="row">
        <div>${field('city', 'City', values['city'] ?? '', errors, { autocomplete: 'address-level2' })}</div>
        <div>
          ${field('postal_code', 'Postal code', values['postal_code'] ?? '', errors, { autocomplete: 'postal-code' })}
        </div>
      </div>
      ${field('state', 'State', values['state'] ?? '', errors, { autocomplete: 'address-level1' })}
    </details>`;
}

function field(
  name: string,
  label: string,
  value: string,
  errors: FormErrors,
  attributes: Record<string, string>,
): Html {
  const extra = Object.entries(attributes)
    .map(([key, text]) => `${key}="${text}"`)
    .join(' ');
  return html`<label for="${name}">${label}</label>
    <input id="${name}" name="${name}" value="${value}" ${raw(extra)} ${described(name, errors)} />
    ${errorText(name, errors)}`;
}

const described = (name: string, errors: FormErrors) =>
  errors[name] ? raw(`aria-invalid="true" aria-describedby="${name}-error"`) : '';

const errorText = (name: string, errors: FormErrors): Html | '' =>
  errors[name] ? html`<p class="error" id="${name}-error" role="alert">${errors[name]}</p>` : '';

export function confirmationPage(
  world: World,
  row: CheckoutRow,
  state: { isWaiting: boolean; gaveUp: boolean },
): Html {
  const product = world.tables.products.get(row.product_id);
  if (state.isWaiting) {
    return page(
      'Confirming your order',
      html`<main class="card" aria-live="polite">
        <div class="wait" role="img" aria-label="Waiting"></div>
        <h1>Confirming your order</h1>
        <p class="soft">This takes a few seconds. You will be sent on by yourself.</p>
      </main>`,
      html`<meta http-equiv="refresh" content="1" />`,
    );
  }
  return page(
    'Thank you',
    html`<main class="card">
      <h1>${row.status === 'succeeded' ? 'Thank you' : 'Still confirming'}</h1>
      <p>
        ${
          row.status === 'succeeded'
            ? html`You have bought <strong>${product?.name}</strong>.`
            : 'The payment is still being confirmed. You will get an e-mail.'
        }
      </p>
      ${
        state.gaveUp && row.success_url
          ? html`<p>
              The seller has not answered yet.
              <a href="${successUrl(world, row)}">Go on to the seller</a>
            </p>`
          : ''
      }
    </main>`,
  );
}

export function expiredPage(world: World, row: CheckoutRow): Html {
  const organization = world.tables.organizations.get(row.organization_id);
  return page(
    'This checkout has expired',
    html`<main class="card">
      <h1>This checkout has expired</h1>
      <p>Start again from ${organization?.name}. Nothing was charged.</p>
      ${row.return_url ? html`<p><a href="${row.return_url}">Back to ${organization?.name}</a></p>` : ''}
    </main>`,
  );
}
