import type { Desk } from './desk.ts';
import { sendFailure, sendProblem } from './problem.ts';
import { asFloeError } from './shop.ts';
import { goTo, type Visit } from './visit.ts';

/** Creates the payment for a product and leads to its checkout; the buyer comes back to the page that they came from. */
export async function buy(desk: Desk, visit: Visit, form: URLSearchParams): Promise<Response> {
  const { settings, shop, gate } = desk;
  const page = `${visit.url.origin}${visit.returnTo}`;
  const { codeChallenge, setCookie } = await gate.challenge(visit.request);
  try {
    const user = await findUser(desk, visit);
    const payment = await shop.floe('POST /v1/payments', {
      body: {
        product_id: form.get('product') ?? '',
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
    return await sendProblem(desk, visit, { status: 502, sentence: visit.spoken.text.buyFailed });
  } catch (error) {
    return sendFailure(desk, visit, asFloeError(error), {
      unknown_product: { status: 410, text: 'soldNoMore' },
      product_archived: { status: 410, text: 'soldNoMore' },
      already_subscribed: { status: 409, text: 'subscribedAlready' },
      '*': { status: 502, text: 'buyFailed' },
    });
  }
}

/** The site's own name of the user whom it has vouched for, so that the purchase is theirs. */
async function findUser({ shop }: Desk, { sessions }: Visit): Promise<string | undefined> {
  const [first] = sessions.filter(({ proof }) => proof !== 'purchase');
  const session = first && (await shop.readSession(first.session));
  return session?.subject.external_id ?? undefined;
}
