import { checkSessions } from '../gate-check.ts';
import { type Decision, deny } from '../gate-decision.ts';
import type { Desk } from './desk.ts';
import { sayTryThen, sendFailure, sendProblem } from './problem.ts';
import { asFloeError } from './shop.ts';
import { goTo, type Visit } from './visit.ts';

/** Creates the payment for a product and leads to its checkout; the buyer comes back to the page that they came from. */
export async function buy(desk: Desk, visit: Visit, form: URLSearchParams): Promise<Response> {
  const { settings, shop, gate } = desk;
  const product = form.get('product') ?? '';
  const page = `${visit.url.origin}${visit.returnTo}`;
  const { allow, reason, retryAfter } = await checkBought(desk, visit, product);
  if (allow || reason === 'pending_payment') return goTo(visit, visit.returnTo);
  if (reason === 'unavailable')
    return sendProblem(desk, visit, {
      status: 503,
      sentence: sayTryThen(visit, visit.spoken.text.shopAway),
      retryAfter,
    });
  const { codeChallenge, setCookie } = await gate.challenge(visit.request);
  try {
    const user = await findUser(desk, visit);
    const payment = await shop.floe('POST /v1/payments', {
      body: {
        product_id: product,
        success_url: page,
        return_url: page,
        code_challenge: codeChallenge,
        locale: visit.spoken.lang,
        ...(user === undefined ? {} : { customer: { external_id: user } }),
      },
    });
    if (payment.checkout_url !== null) {
      visit.setCookies.push(setCookie);
      return goTo(visit, payment.checkout_url);
    }
    settings.onError(new Error(`floe: the payment ${payment.id} has no checkout.`));
    return await sendProblem(desk, visit, {
      status: 502,
      sentence: sayTryThen(visit, visit.spoken.text.buyFailed),
    });
  } catch (error) {
    return sendFailure(desk, visit, asFloeError(error), {
      unknown_product: { status: 410, text: 'soldNoMore' },
      product_archived: { status: 410, text: 'soldNoMore' },
      already_subscribed: { status: 409, text: 'subscribedAlready' },
      '*': { status: 502, text: 'buyFailed' },
    });
  }
}

/** Whether this browser has the product by now: the page with the form may have been open for long. */
async function checkBought(
  { settings }: Desk,
  { jar, cookies, sessions }: Visit,
  product: string,
): Promise<Decision> {
  if (sessions.length === 0) return deny('no_session');
  const question = { sessions, cookies: { ...cookies, token: undefined }, resource: `product:${product}` };
  return (await checkSessions({ ...settings, maxAge: 0 }, jar, question)).decision;
}

/** The site's own name of the user whom it has vouched for, so that the purchase is theirs. */
async function findUser({ shop }: Desk, { sessions }: Visit): Promise<string | undefined> {
  const proven = sessions.filter(({ proof }) => proof !== 'purchase');
  const read = await Promise.all(proven.map(({ session }) => shop.readSession(session)));
  return read.map((session) => session?.subject.external_id).find((user) => typeof user === 'string');
}
