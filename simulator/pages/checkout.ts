/** The hosted checkout and the page that waits for the payment to be known (facts §3). Works without JavaScript. */

import { Hono } from 'hono';
import type { SimulatorEnv } from '../http/app.ts';
import { isCountry } from '../http/countries.ts';
import { PolarProblem } from '../http/errors.ts';
import { emailField } from '../http/input.ts';
import { emitCheckout } from '../life/checkouts.ts';
import { confirmCheckout, isExpired } from '../life/confirmation.ts';
import { type CheckoutChange, changeCheckout } from '../resources/checkout-input.ts';
import type { Runner } from '../runner.ts';
import type { CheckoutRow } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import { checkoutUrl, successUrl } from '../wire/checkout.ts';
import type { World } from '../world.ts';
import { type FormErrors, checkoutForm, confirmationPage, expiredPage } from './checkout-view.ts';

/** Polar gives up waiting after this long and stays on its own page. */
const WAIT_MS = 15 * SECOND_MS;

/** Test cards and the confirmation token each of them stands for. */
const CARDS: Record<string, string> = {
  '4242424242424242': 'card_pays',
  '4000000000000002': 'card_declined',
  '4000000000000341': 'card_renewal_fails',
};

export function checkoutPages(world: World, runner: Runner): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  const find = (secret: string): CheckoutRow | undefined => world.tables.checkouts.by('secret', secret)[0];

  routes.get('/checkout/:secret', (context) => {
    const row = find(context.req.param('secret'));
    if (!row) return context.notFound();
    // Opened again after success: on to the seller, without a session.
    if (row.status === 'succeeded' && row.success_url) return context.redirect(successUrl(world, row), 303);
    if (row.status === 'confirmed' || row.status === 'succeeded') {
      return context.redirect(`${checkoutUrl(world, row)}/confirmation`, 303);
    }
    if (row.status !== 'open' || isExpired(world, row)) return context.html(expiredPage(world, row), 410);
    return context.html(checkoutForm(world, row, { errors: {}, values: {} }));
  });

  routes.post('/checkout/:secret', async (context) => {
    const row = find(context.req.param('secret'));
    if (!row) return context.notFound();
    if (row.status !== 'open') return context.redirect(checkoutUrl(world, row), 303);
    if (isExpired(world, row)) return context.html(expiredPage(world, row), 410);
    const form = new URLSearchParams(await context.req.text());
    const values = Object.fromEntries([...form].map(([name, value]) => [name, value.trim()]));
    const again = (errors: FormErrors) => context.html(checkoutForm(world, row, { errors, values }), 422);

    // Enter in the code's field presses "Pay": show the new total first.
    if (values['action'] === 'discount' || isNewCode(world, row, values['discount_code'])) {
      const errors = applyDiscount(world, row, values['discount_code'] ?? '');
      return errors ? again(errors) : context.html(checkoutForm(world, row, { errors: {}, values }));
    }
    const errors = checkFields(row, values);
    if (Object.keys(errors).length > 0) return again(errors);
    const tokenId = row.is_payment_form_required ? CARDS[digits(values['card_number'])] : null;
    let sessionToken: string | null;
    try {
      sessionToken = confirmCheckout(world, row, changeFrom(row, values), tokenId).customerSessionToken;
    } catch (error) {
      if (error instanceof PolarProblem) return again(problemToErrors(error));
      throw error;
    }
    // A refused card is known at once on the page, as it is with a real one.
    if (tokenId === 'card_declined') {
      runner.chargeNow(row.id);
      return again({ form: 'Your card was declined. Nothing was charged. Try another card.' });
    }
    const next = new URL(`${checkoutUrl(world, row)}/confirmation`);
    if (sessionToken) next.searchParams.set('customer_session_token', sessionToken);
    next.searchParams.set('since', String(Date.now()));
    return context.redirect(next.href, 303);
  });

  /** Reloads itself every second until the order exists and the seller has heard of it. */
  routes.get('/checkout/:secret/confirmation', (context) => {
    const row = find(context.req.param('secret'));
    if (!row) return context.notFound();
    if (row.status === 'open') return context.redirect(checkoutUrl(world, row), 303);
    const token = context.req.query('customer_session_token') ?? null;
    const since = Number(context.req.query('since') ?? Date.now());
    if (isKnown(world, row) && row.success_url) {
      const next = new URL(successUrl(world, row));
      if (token) next.searchParams.set('customer_session_token', token);
      return context.redirect(next.href, 303);
    }
    const gaveUp = !(Date.now() - since < WAIT_MS);
    return context.html(confirmationPage(world, row, { isWaiting: !isKnown(world, row) && !gaveUp, gaveUp }));
  });

  return routes;
}

/** Succeeded, ordered, and a raw endpoint (if one listens) has answered 2xx to `checkout.updated`. */
function isKnown(world: World, row: CheckoutRow): boolean {
  if (row.status !== 'succeeded' || !row.order_id) return false;
  const listening = world.tables.endpoints
    .by('organization', row.organization_id)
    .filter((each) => each.enabled && each.format === 'raw' && each.events.includes('checkout.updated'));
  if (listening.length === 0) return true;
  return listening.some((endpoint) =>
    world.tables.events
      .by('endpoint', endpoint.id)
      .some(
        (event) =>
          event.type === 'checkout.updated' &&
          event.succeeded === true &&
          event.body.includes(row.id) &&
          event.body.includes('"status":"succeeded"'),
      ),
  );
}

const digits = (text: string | undefined): string => (text ?? '').replaceAll(/\D/g, '');

function checkFields(row: CheckoutRow, values: Record<string, string>): FormErrors {
  const errors: FormErrors = {};
  if (!row.customer_id) {
    const email = emailField.safeParse(values['email'] ?? '');
    if (!email.success) {
      errors['email'] = /example|test|invalid|local/.test(values['email'] ?? '')
        ? 'This address cannot receive mail (example.com and .test are reserved). Try you@floe-mail.dev.'
        : 'Enter an e-mail address, like you@floe-mail.dev.';
    }
  }
  if (row.is_payment_form_required) {
    if (!CARDS[digits(values['card_number'])]) {
      errors['card_number'] = 'Use a test card: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined.';
    }
    if (!isCountry(values['country'])) errors['country'] = 'Choose a country.';
    if (values['country'] === 'US') {
      for (const field of ['line1', 'city', 'postal_code', 'state']) {
        if (!values[field]) errors[field] = 'Needed for an address in the United States.';
      }
    }
    if (values['country'] === 'CA' && !values['state']) errors['state'] = 'Needed for an address in Canada.';
  }
  return errors;
}

function changeFrom(row: CheckoutRow, values: Record<string, string>): CheckoutChange {
  const country = values['country'];
  const email = emailField.safeParse(values['email']);
  return {
    ...(email.success ? { customer_email: email.data } : {}),
    ...(values['name'] ? { customer_name: values['name'] } : {}),
    ...(values['amount'] ? { amount: Math.round(Number(values['amount']) * 100) } : {}),
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

function isNewCode(world: World, row: CheckoutRow, code: string | undefined): boolean {
  const applied = world.tables.discounts.get(row.discount_id)?.code ?? '';
  return code !== undefined && code !== '' && code.toLowerCase() !== applied.toLowerCase();
}

function applyDiscount(world: World, row: CheckoutRow, code: string): FormErrors | null {
  try {
    changeCheckout(world, row, { discount_code: code === '' ? null : code });
  } catch (error) {
    if (error instanceof PolarProblem)
      return { discount_code: 'This code does not exist or cannot be used here.' };
    throw error;
  }
  world.touch(row);
  emitCheckout(world, row, 'checkout.updated');
  return null;
}

/** Polar's words, beside the field they are about. */
function problemToErrors(problem: PolarProblem): FormErrors {
  const body = problem.body;
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : null;
  if (typeof detail === 'string') return { form: detail };
  if (!Array.isArray(detail)) return { form: 'The payment could not be started.' };
  const words = detail.map(
    (issue: { loc: unknown[]; msg: string }) => `${issue.loc.slice(1).join('.')}: ${issue.msg}`,
  );
  return { form: words.join(' ') };
}
