/** The hosted checkout and the page that waits for the payment to be known (facts §3). Works without JavaScript. */

import { type Context, Hono } from 'hono';
import { readForm } from '../control/input.ts';
import { settlesLaterAt } from '../control/settling.ts';
import type { SimulatorEnv } from '../http/app.ts';
import { emitCheckout } from '../life/checkouts.ts';
import { confirmCheckout, forgetTypedBuyer, isExpired } from '../life/confirmation.ts';
import { type CheckoutChange, changeCheckout } from '../resources/checkout-input.ts';
import type { Runner } from '../runner.ts';
import type { CheckoutRow } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import { checkoutUrl, successUrl } from '../wire/checkout.ts';
import type { World } from '../world.ts';
import { TEST_CARDS, cardOf } from './cards.ts';
import { changeFrom, checkFields, errorsFrom } from './checkout-input.ts';
import { checkoutForm } from './checkout-view.ts';
import { noSuchPage, overPage, processingPage, thanksPage, waitingPage } from './confirmation-view.ts';
import type { FormErrors } from './fields.ts';
import { presetFor } from './preset.ts';

/** Polar gives up waiting after this long and stays on its own page. */
const WAIT_MS = 15 * SECOND_MS;

type Values = Record<string, string>;

export function checkoutPages(world: World, runner: Runner): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  const find = (secret: string): CheckoutRow | undefined => world.tables.checkouts.by('secret', secret)[0];

  routes.get('/checkout/:secret', (context) => {
    const row = find(context.req.param('secret'));
    if (!row) return context.html(noSuchPage(), 404);
    // Opened again after success: on to the seller, without a session.
    if (row.status === 'succeeded' && row.success_url) return context.redirect(successUrl(world, row), 303);
    if (row.status === 'confirmed' || row.status === 'succeeded') {
      return context.redirect(`${checkoutUrl(world, row)}/confirmation`, 303);
    }
    if (row.status !== 'open' || isExpired(world, row)) return context.html(overPage(world, row), 410);
    const errors: FormErrors = row.last_error ? { form: `The last payment failed. ${row.last_error}` } : {};
    return context.html(checkoutForm(world, row, { errors, values: presetOf(context, row) }));
  });

  /** The browser's country, unless the seller or an earlier try has said which. */
  const presetOf = (context: Context, row: CheckoutRow): Values =>
    row.customer_billing_address ? {} : presetFor(context.req.header('accept-language'));

  routes.post('/checkout/:secret', async (context) => {
    const row = find(context.req.param('secret'));
    if (!row) return context.html(noSuchPage(), 404);
    if (row.status !== 'open') return context.redirect(checkoutUrl(world, row), 303);
    if (isExpired(world, row)) return context.html(overPage(world, row), 410);
    const values = await readForm(context);
    if (row.customer_is_typed && values['email'] && values['email'] !== row.customer_email)
      forgetTypedBuyer(row);
    const errors = prepare(world, row, values);
    if (errors) {
      const hasErrors = Object.keys(errors).length > 0;
      return context.html(checkoutForm(world, row, { errors, values }), hasErrors ? 422 : 200);
    }
    return pay(context, row, values);
  });

  function pay(context: Context, row: CheckoutRow, values: Values) {
    const card = row.is_payment_form_required ? cardOf(values['card_number']) : undefined;
    const again = (errors: FormErrors) => context.html(checkoutForm(world, row, { errors, values }), 422);
    let sessionToken: string | null;
    try {
      const confirmed = confirmCheckout(world, row, changeFrom(world, row, values), card?.token ?? null);
      sessionToken = confirmed.customerSessionToken;
    } catch (error) {
      return again(errorsFrom(error));
    }
    // A refused card is known at once on the page, as it is with a real one.
    if (card?.refusal) {
      runner.chargeNow(row.id);
      return again({ form: card.refusal });
    }
    const next = new URL(`${checkoutUrl(world, row)}/confirmation`);
    if (sessionToken) next.searchParams.set('customer_session_token', sessionToken);
    next.searchParams.set('since', String(Date.now()));
    return context.redirect(next.href, 303);
  }

  /** Reloads itself every second until the order exists and the seller has heard of it. */
  routes.get('/checkout/:secret/confirmation', (context) => {
    const row = find(context.req.param('secret'));
    if (!row) return context.html(noSuchPage(), 404);
    if (row.status === 'open') return context.redirect(checkoutUrl(world, row), 303);
    const { pathname, search } = new URL(context.req.url);
    const token = context.req.query('customer_session_token') ?? null;
    const since = Number(context.req.query('since') ?? Date.now());
    const seller = row.success_url ? new URL(successUrl(world, row)) : null;
    if (seller && token) seller.searchParams.set('customer_session_token', token);
    const isLate = settlesLaterAt(world, row) !== null;
    // A slow payment does not keep the buyer: the seller is told later, as with a bank transfer.
    if (seller && (isKnown(world, row) || isLate)) return context.redirect(seller.href, 303);
    // Names the address: an address with a fragment, as after following a link to a mistake, would only be scrolled to.
    const again = () => context.header('refresh', `1;url=${pathname}${search}`);
    if (isLate) {
      again();
      return context.html(processingPage(row, null));
    }
    const gaveUp = !(Date.now() - since < WAIT_MS);
    if (!isKnown(world, row) && !gaveUp) {
      again();
      return context.html(waitingPage());
    }
    if (row.status !== 'succeeded') {
      again();
      return context.html(processingPage(row, seller?.href ?? null));
    }
    const slug = world.tables.organizations.get(row.organization_id)?.slug;
    const portal = token ? `/${slug}/portal?customer_session_token=${token}` : null;
    return context.html(thanksPage(world, row, { portal, seller: seller?.href ?? null }));
  });

  return routes;
}

/** Everything that is not yet paying: null means go on, an empty object means show the form again. */
function prepare(world: World, row: CheckoutRow, values: Values): FormErrors | null {
  const { fill, action, discount_code: code = '' } = values;
  if (fill !== undefined) {
    values['card_number'] = TEST_CARDS.find((card) => card.number === fill)?.name ?? '';
    return {};
  }
  if (action === 'remove_discount') return applyChange(world, row, { discount_code: null });
  if (action === 'update') return applyChange(world, row, changeFrom(world, row, values));
  // Enter in the code's field presses "Pay": show the new total first.
  if (action === 'discount' || isNewCode(world, row, code)) {
    const refused = applyChange(world, row, { discount_code: code === '' ? null : code });
    const isRefused = Object.keys(refused).length > 0;
    return isRefused ? { discount_code: 'This code does not exist or cannot be used here.' } : {};
  }
  const errors = checkFields(world, row, values);
  return Object.keys(errors).length > 0 ? errors : null;
}

function applyChange(world: World, row: CheckoutRow, change: CheckoutChange): FormErrors {
  try {
    changeCheckout(world, row, change);
  } catch (error) {
    return errorsFrom(error);
  }
  world.touch(row);
  emitCheckout(world, row, 'checkout.updated');
  return {};
}

function isNewCode(world: World, row: CheckoutRow, code: string): boolean {
  const applied = world.tables.discounts.get(row.discount_id)?.code ?? '';
  return code !== '' && code.toLowerCase() !== applied.toLowerCase();
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
