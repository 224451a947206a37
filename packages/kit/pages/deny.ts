import type { GateAnswer } from '../gate.ts';
import type { GateReason } from '../gate-decision.ts';
import { readReturn } from '../gate-return.ts';
import type { DeniedPage, Offer, Product, Visitor } from './data.ts';
import type { Desk } from './desk.ts';
import type { Messages } from './messages/en.ts';
import { describeProduct, nameResource, titleOf } from './names.ts';
import { sayButton, sayPrice, sayTrial } from './prices.ts';
import { portalOf } from './portal.ts';
import { readPastDue, readSessionsOf } from './purchases.ts';
import { asFloeError, type Session } from './shop.ts';
import { viewDenied } from './views.ts';
import { describeVisit, formTo, linkTo, makeOwn, openVisit, sendPage, type Visit } from './visit.ts';

/** What a reason says, and what is offered with it. */
interface Case {
  /** Where the page is not called by what is gated. */
  title?: keyof Messages;
  sentence: keyof Messages;
  sells: boolean;
  signsIn: boolean;
}

const NEW: Case = { sentence: 'closedNew', sells: true, signsIn: true };
const OTHER: Case = { sentence: 'closedOther', sells: true, signsIn: true };
/** `past_due` sells nothing: whoever bought it again would pay twice once the renewal is paid. */
const CASES: Partial<Record<GateReason | 'past_due', Case>> = {
  no_session: NEW,
  not_granted: OTHER,
  unknown_customer: OTHER,
  revoked: { sentence: 'closedRevoked', sells: true, signsIn: true },
  expired: { sentence: 'closedEnded', sells: true, signsIn: true },
  past_due: { sentence: 'closedPastDue', sells: false, signsIn: true },
  not_kept: { title: 'thanksTitle', sentence: 'thanksSignIn', sells: false, signsIn: true },
  pending_payment: { title: 'pendingTitle', sentence: 'pendingSentence', sells: false, signsIn: false },
  unavailable: { title: 'awayTitle', sentence: 'awaySentence', sells: false, signsIn: false },
  unknown_resource: { title: 'notForSaleTitle', sentence: 'notForSale', sells: false, signsIn: false },
};
/** The shortest time after which the page loads itself again, seconds: a bank transfer takes days, and the page stays open. */
const REFRESH_SECONDS = 5;

/** The page for a no. */
export async function sendDenied(desk: Desk, request: Request, answer: GateAnswer): Promise<Response> {
  const { settings, pages } = desk;
  const url = settings.urlOf(request);
  // The way back is without the code of a return.
  const { pathname, search } = new URL(readReturn(request, url)?.callbackUrl ?? url);
  const visit = await openVisit(settings, desk, request, pathname + search);
  const { text } = visit.spoken;
  const { decision, resource } = answer;
  const given = CASES[decision.reason] ?? OTHER;
  const [stocked, session] = await Promise.all([
    given.sells && resource !== null ? readShelf(desk, resource) : { products: [], isAway: false },
    decision.reason === 'unavailable' ? undefined : readVisitor(desk, answer),
  ]);
  const hasEnded = decision.reason === 'revoked' || decision.reason === 'expired';
  const due = hasEnded ? await findPastDue(desk, visit, stocked.products) : NOTHING_DUE;
  // Where it is not known whether a payment is due, nothing is sold.
  const shelf = due.isAway ? { products: [], isAway: true } : stocked;
  const isPastDue = due.of !== undefined;
  const reason = isPastDue ? 'past_due' : decision.reason;
  const shown = CASES[reason] ?? OTHER;
  const waits = decision.retryAfter !== undefined && request.method === 'GET';
  const title = shown.title
    ? text[shown.title]
    : ((await nameGated(desk, request, resource, shelf.products)) ?? text.closedTitle);
  const data: DeniedPage = {
    ...describeVisit(visit, pages, { title, status: decision.status }),
    answer,
    reason,
    sentence: text[shown.sentence] + (decision.retryAfter !== undefined && !waits ? ` ${text.tryThen}` : ''),
    offers: shown.sells ? shelf.products.map((product) => describeOffer(desk, visit, product)) : null,
    areOffersAway: shelf.isAway,
    signIn: shown.signsIn ? linkTo(pages, 'sign-in', visit.returnTo) : null,
    visitor: session ? describeVisitor(session) : null,
    signOut: formTo(pages, 'sign-out', visit),
    updatePayment: due.of
      ? {
          href: portalOf(settings),
          label: due.of.proof === 'purchase' ? text.signInToUpdate : text.updatePayment,
        }
      : null,
    refresh: waits ? Math.max(decision.retryAfter ?? 0, REFRESH_SECONDS) : null,
  };
  // All tabs with this page buy with one verifier, so that each of them is proven when its buyer comes back.
  if (data.offers && data.offers.length > 0)
    visit.setCookies.push((await desk.gate.challenge(request)).setCookie);
  const made = await sendPage(desk, visit, data, { own: pages.denied, view: viewDenied });
  const { headers } = made;
  // A page of the site's own says itself whether it loads again: somebody may be typing in it.
  if (data.refresh !== null && !pages.denied) headers.set('refresh', String(data.refresh));
  if (decision.status === 401) headers.set('www-authenticate', 'Session realm="floe"');
  headers.append('vary', 'Accept');
  return made;
}

async function nameGated(
  { settings, pages }: Desk,
  request: Request,
  resource: string | null,
  products: readonly Product[],
) {
  if (resource === null) return undefined;
  const own = await makeOwn(settings, () => pages.title?.(resource, request));
  return own ?? titleOf(resource, products) ?? nameResource(resource);
}

async function readShelf({ shop, settings }: Desk, resource: string) {
  try {
    return { products: await shop.productsFor(resource), isAway: false };
  } catch (error) {
    settings.onError(asFloeError(error));
    return { products: [], isAway: true };
  }
}

/** Whose session it is. Without it the page says nothing of who is signed in. */
async function readVisitor({ shop, settings }: Desk, { session }: GateAnswer): Promise<Session | undefined> {
  try {
    return session && (await shop.readSession(session.token));
  } catch (error) {
    settings.onError(asFloeError(error));
    return undefined;
  }
}

export function describeVisitor({ email, proof }: Session): Visitor {
  return { email, proof };
}

interface Due {
  /** Whose subscription waits for a payment that has failed. */
  of?: Session;
  /** That cannot be known now. */
  isAway: boolean;
}
const NOTHING_DUE: Due = { isAway: false };

/** Looks in all that this browser's sessions stand for, since any of them may have had the page open. */
async function findPastDue(desk: Desk, visit: Visit, products: readonly Product[]): Promise<Due> {
  const { found, isAway } = await readSessionsOf(desk, visit);
  try {
    for (const of of found) {
      const due = await readPastDue(desk, of);
      if (due.some(({ product }) => products.some(({ id }) => id === product.id)))
        return { of, isAway: false };
    }
    return { isAway };
  } catch (error) {
    desk.settings.onError(asFloeError(error));
    return { isAway: true };
  }
}

function describeOffer({ pages }: Desk, visit: Visit, product: Product): Offer {
  const { spoken } = visit;
  return {
    product,
    ...describeProduct(product),
    price: sayPrice(product, spoken),
    trial: sayTrial(product, spoken),
    button: sayButton(product, spoken.text),
    form: formTo(pages, 'buy', visit, { product: product.id }),
  };
}
