/** What a buyer typed: checked, turned into a change of the checkout, and Polar's refusals put beside its fields. */

import { isCountry } from '../http/countries.ts';
import { PolarProblem } from '../http/errors.ts';
import { emailField } from '../http/input.ts';
import type { CheckoutChange } from '../resources/checkout-input.ts';
import type { CheckoutRow } from '../state.ts';
import type { World } from '../world.ts';
import { cardOf } from './cards.ts';
import type { FormErrors } from './fields.ts';
import { parseMoney } from './money.ts';
import { answersFrom, checkAnswers, questionName } from './questions.ts';

type Values = Record<string, string>;

/** Not when the seller has said who buys. */
export const canTypeEmail = (row: CheckoutRow): boolean =>
  row.customer_id === null || row.customer_is_typed === true;

export function checkFields(world: World, row: CheckoutRow, values: Values): FormErrors {
  const errors: FormErrors = {};
  if (values['amount'] !== undefined && parseMoney(values['amount'], row.currency) === null) {
    errors['amount'] = 'Enter an amount, like 12.50.';
  }
  if (values['seats'] !== undefined && !/^[1-9]\d{0,3}$/.test(values['seats'])) {
    errors['seats'] = 'Enter how many seats, like 3.';
  }
  if (canTypeEmail(row) && !emailField.safeParse(values['email'] ?? '').success) {
    errors['email'] = /[@.](example|test|invalid|localhost|local)\b/.test(values['email'] ?? '')
      ? 'This address cannot receive mail (example.com and .test are reserved). Try you@floe-mail.dev.'
      : 'Enter an e-mail address, like you@floe-mail.dev.';
  }
  Object.assign(errors, checkAnswers(world, row, values));
  return row.is_payment_form_required ? { ...errors, ...checkPayment(row, values) } : errors;
}

function checkPayment(row: CheckoutRow, values: Values): FormErrors {
  const errors: FormErrors = {};
  if (!cardOf(values['card_number'])) {
    errors['card_number'] = 'Enter one of the test cards, like 4242 4242 4242 4242.';
  }
  if (!isCountry(values['country'])) errors['country'] = 'Choose a country.';
  const isAmerican = values['country'] === 'US';
  const names = { line1: 'the street', city: 'the city', postal_code: 'the postal code' };
  if (isAmerican || row.require_billing_address) {
    for (const [name, what] of Object.entries(names)) if (!values[name]) errors[name] = `Enter ${what}.`;
  }
  if ((isAmerican || values['country'] === 'CA') && !values['state']) errors['state'] = 'Enter the state.';
  return errors;
}

/** What fits of the form; what does not is left as it was. */
export function changeFrom(world: World, row: CheckoutRow, values: Values): CheckoutChange {
  const { country } = values;
  const email = emailField.safeParse(values['email']);
  const amount = parseMoney(values['amount'] ?? '', row.currency);
  const seats = Number(values['seats']);
  return {
    ...(values['product_id'] && values['product_id'] !== row.product_id
      ? { product_id: values['product_id'] }
      : {}),
    custom_field_data: answersFrom(world, row, values),
    ...(email.success ? { customer_email: email.data } : {}),
    ...(values['name'] ? { customer_name: values['name'] } : {}),
    ...(amount === null ? {} : { amount }),
    ...(Number.isInteger(seats) && seats > 0 ? { seats } : {}),
    ...(row.is_payment_form_required && isCountry(country)
      ? {
          customer_billing_address: {
            country,
            line1: values['line1'] || null,
            line2: null,
            city: values['city'] || null,
            postal_code: values['postal_code'] || null,
            state: values['state'] || null,
          },
        }
      : {}),
  };
}

/** Which field of the form a field of Polar's API is. */
const FIELD_OF: Record<string, string> = {
  amount: 'amount',
  seats: 'seats',
  customer_email: 'email',
  customer_name: 'name',
  confirmation_token_id: 'card_number',
  country: 'country',
  line1: 'line1',
  city: 'city',
  postal_code: 'postal_code',
  state: 'state',
};

/** Polar's words beside the field they are about. Anything but a refusal by Polar is thrown on. */
export function errorsFrom(error: unknown): FormErrors {
  if (!(error instanceof PolarProblem)) throw error;
  const { body } = error;
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : null;
  if (typeof detail === 'string') return { form: detail };
  if (!Array.isArray(detail)) return { form: 'The payment could not be started.' };
  return Object.fromEntries(detail.map((issue: Issue) => [fieldOf(issue) ?? 'form', wordsOf(issue)]));
}

interface Issue {
  loc: unknown[];
  msg: string;
}

function fieldOf({ loc }: Issue): string | undefined {
  const name = String(loc.at(-1));
  return loc.at(-2) === 'custom_field_data' ? questionName(name) : FIELD_OF[name];
}

const wordsOf = (issue: Issue): string =>
  fieldOf(issue) ? issue.msg : `${issue.loc.slice(1).join('.')}: ${issue.msg}`;
