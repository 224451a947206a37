/** The form for a new product: what most products have. The API takes everything else. */

import { html } from 'hono/html';
import { type FormState, errorSummary, field } from '../pages/fields.ts';
import type { Html } from '../pages/layout.ts';
import { parseMoney } from '../pages/money.ts';
import type { OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';

type Values = Record<string, string>;

const INTERVALS: Record<string, string> = {
  once: 'Once',
  week: 'Every week',
  month: 'Every month',
  year: 'Every year',
};
const CURRENCIES = 'usd eur gbp cad aud chf sek jpy'.split(' ');
const benefitField = (id: string): string => `benefit_${id}`;

export function productForm(world: World, organization: OrganizationRow, state: FormState): Html {
  const { values, errors } = state;
  const main = organization.default_presentment_currency;
  const benefits = world.tables.benefits.by('organization', organization.id).filter((row) => !row.is_deleted);
  return html`<section class="panel" aria-labelledby="new-product">
    <h2 id="new-product">New product</h2>
    ${errorSummary(errors)}
    <form method="post" action="/_sim/o/${organization.slug}/products" novalidate>
      <div class="row many">
        <div>
          ${field('name', 'Name', {
            value: values['name'] ?? '',
            errors,
            attributes: { required: '', autocomplete: 'off', maxlength: '64' },
            hint: 'With several apps at one gateway: the app, a colon and the plan, such as quay:monthly.',
          })}
        </div>
        <div>
          ${field('price', `Price in ${main.toUpperCase()}`, {
            value: values['price'] ?? '',
            errors,
            attributes: { required: '', autocomplete: 'off', inputmode: 'decimal' },
            hint: 'Such as 12.50; 0 is free. Polar wants each product to have a price in the currency of its organization.',
          })}
        </div>
        <div>
          ${field('other_price', 'Price in another currency (optional)', {
            value: values['other_price'] ?? '',
            errors,
            attributes: { autocomplete: 'off', inputmode: 'decimal' },
          })}
        </div>
        <div>
          ${choice('other_currency', 'Other currency', currencies(main), values['other_currency'] ?? '')}
        </div>
        <div>${choice('interval', 'Paid', INTERVALS, values['interval'] ?? 'once')}</div>
      </div>
      ${field('description', 'Description (optional)', {
        value: values['description'] ?? '',
        errors,
        attributes: { autocomplete: 'off' },
      })}
      <fieldset>
        <legend>Benefits</legend>
        ${benefits.map(
          ({ id, description }) =>
            html`<label class="check" for="${benefitField(id)}">
              <input
                id="${benefitField(id)}"
                name="${benefitField(id)}"
                type="checkbox"
                value="yes"
                ${values[benefitField(id)] === 'yes' ? 'checked' : ''}
              />
              ${description}
            </label>`,
        )}
        ${field('new_benefit', 'A new benefit (optional)', {
          value: values['new_benefit'] ?? '',
          errors,
          attributes: { autocomplete: 'off' },
          hint: 'What buyers get, in words. It is a custom benefit.',
        })}
        ${field('content_id', 'Content that it opens at a gateway (optional)', {
          value: values['content_id'] ?? '',
          errors,
          attributes: { autocomplete: 'off' },
          hint: 'Such as blog/premium-article, or blog/* for all beneath it. It is the metadata content_id of the product.',
        })}
      </fieldset>
      <p><button type="submit">Make it</button></p>
    </form>
  </section>`;
}

const currencies = (main: string): Record<string, string> =>
  Object.fromEntries(CURRENCIES.filter((code) => code !== main).map((code) => [code, code.toUpperCase()]));

function choice(name: string, label: string, options: Record<string, string>, chosen: string): Html {
  return html`<label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${Object.entries(options).map(
        ([value, text]) =>
          html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${text}</option>`,
      )}
    </select>`;
}

/** What Polar's API is asked for. */
export interface WantedProduct {
  product: Record<string, unknown>;
  /** Ids of benefits that are there. */
  benefits: string[];
  /** The description of one that is to be made; null: none. */
  newBenefit: string | null;
}

/** What the form asks for, or what is wrong with it by field. `main`: the currency of the organization. */
export function readProductForm(values: Values, main: string): WantedProduct | { errors: Values } {
  const { name = '', interval = 'once', content_id, description } = values;
  const errors: Values = {};
  if (name.length < 3) errors['name'] = 'Enter a name of at least 3 characters.';
  const prices = [readPrice(values, 'price', main, errors)];
  if (values['other_price'])
    prices.push(readPrice(values, 'other_price', values['other_currency'] ?? 'eur', errors));
  if (Object.keys(errors).length > 0) return { errors };
  return {
    product: {
      name,
      description: description || null,
      recurring_interval: interval === 'once' ? null : interval,
      metadata: content_id ? { content_id } : {},
      prices,
    },
    benefits: Object.keys(values).flatMap((key) =>
      key.startsWith('benefit_') ? key.slice('benefit_'.length) : [],
    ),
    newBenefit: values['new_benefit'] || null,
  };
}

function readPrice(values: Values, name: string, currency: string, errors: Values) {
  const amount = parseMoney(values[name] ?? '', currency);
  if (amount === null) errors[name] = 'Enter an amount, like 12.50.';
  return { amount_type: 'fixed', price_amount: amount, price_currency: currency };
}
