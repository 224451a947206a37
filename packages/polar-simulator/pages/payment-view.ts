/** The card and the address, with the cards that can be used here. */

import { html } from 'hono/html';
import { COUNTRIES } from '../http/countries.ts';
import type { CheckoutRow } from '../state.ts';
import { TEST_CARDS } from './cards.ts';
import { type FormState, described, errorText, field } from './fields.ts';
import type { Html } from './layout.ts';

const countryNames = new Intl.DisplayNames('en', { type: 'region' });
const COUNTRY_OPTIONS = [...COUNTRIES]
  .map((code) => ({ code, name: countryNames.of(code) ?? code }))
  .toSorted((a, b) => a.name.localeCompare(b.name));

export function paymentFields(row: CheckoutRow, { values, errors }: FormState): Html {
  return html`${field('card_number', 'Card number', {
      value: values['card_number'] ?? '',
      placeholder: '4242 4242 4242 4242',
      errors,
      attributes: {
        inputmode: 'numeric',
        autocomplete: 'off',
        required: '',
        ...(values['fill'] ? { autofocus: '' } : {}),
      },
    })}
    <fieldset>
      <legend>Test cards: press one to fill it in</legend>
      <ul class="cards">
        ${TEST_CARDS.map(
          ({ number, name, outcome }) =>
            html`<li>
              <button type="submit" name="fill" value="${number}" data-name="${name}" formnovalidate>
                <span class="mono">${name}</span> <span class="outcome">${outcome}</span>
              </button>
            </li>`,
        )}
      </ul>
    </fieldset>
    ${address(row, { values, errors })}`;
}

function address(row: CheckoutRow, { values, errors }: FormState): Html {
  const known = row.customer_billing_address;
  const country = values['country'] ?? known?.country ?? 'FR';
  const typed = (name: 'line1' | 'city' | 'postal_code' | 'state') => values[name] ?? known?.[name] ?? '';
  const line = (name: 'line1' | 'city' | 'postal_code' | 'state', label: string, autocomplete: string) =>
    field(name, label, { value: typed(name), errors, attributes: { autocomplete } });
  const isNeeded = country === 'US' || country === 'CA' || row.require_billing_address;
  return html`<label for="country">Country</label>
    <select id="country" name="country" autocomplete="country" ${described('country', { errors })}>
      ${COUNTRY_OPTIONS.map(
        ({ code, name }) =>
          html`<option value="${code}" ${code === country ? 'selected' : ''}>${name}</option>`,
      )}
    </select>
    ${errorText('country', errors)}
    <noscript>
      <p>
        <button class="second" type="submit" name="action" value="update">Show tax for this country</button>
      </p>
    </noscript>
    <details id="address" ${isNeeded ? 'open' : ''}>
      <summary class="hint">Address (needed in the United States; the state in Canada)</summary>
      ${line('line1', 'Street', 'address-line1')}
      <div class="row">
        <div>${line('city', 'City', 'address-level2')}</div>
        <div>${line('postal_code', 'Postal code', 'postal-code')}</div>
      </div>
      ${line('state', 'State', 'address-level1')}
    </details>`;
}
