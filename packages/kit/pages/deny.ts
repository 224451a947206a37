import type { GateAnswer } from '../gate.ts';
import type { GateReason } from '../gate-decision.ts';
import type { DeniedPage, Offer, Product, Visitor } from './data.ts';
import type { Desk } from './desk.ts';
import type { Messages } from './messages/en.ts';
import { nameProduct, nameResource } from './names.ts';
import { sayButton, sayPrice, sayTrial } from './prices.ts';
import { portalOf } from './portal.ts';
import { asFloeError, type Session } from './shop.ts';
import { viewDenied } from './views.ts';
import { describeVisit, formTo, linkTo, openVisit, sendPage, type Visit } from './visit.ts';

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
  const { pathname, search } = settings.urlOf(request);
  const visit = await openVisit(settings, desk, request, pathname + search);
  const { text } = visit.spoken;
  const { decision, resource } = answer;
  const given = CASES[decision.reason] ?? OTHER;
  const [shelf, session] = await Promise.all([
    given.sells && resource !== null ? readShelf(desk, resource) : { products: [], isAway: false },
    decision.reason === 'unavailable' ? undefined : readVisitor(desk, answer),
  ]);
  const isPastDue =
    (decision.reason === 'revoked' || decision.reason === 'expired') &&
    (await findPastDue(desk, session, shelf.products));
  const reason = isPastDue ? 'past_due' : decision.reason;
  const shown = CASES[reason] ?? OTHER;
  const waits = decision.retryAfter !== undefined && request.method === 'GET';
  const title = shown.title
    ? text[shown.title]
    : ((await nameGated(desk, request, resource)) ?? text.closedTitle);
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
    updatePayment: isPastDue ? portalOf(settings) : null,
    refresh: waits ? Math.max(decision.retryAfter ?? 0, REFRESH_SECONDS) : null,
  };
  const made = await sendPage(visit, pages, data, { own: pages.denied, view: viewDenied });
  const { headers } = made;
  // A page of the site's own says itself whether it loads again: somebody may be typing in it.
  if (data.refresh !== null && !pages.denied) headers.set('refresh', String(data.refresh));
  if (decision.status === 401) headers.set('www-authenticate', 'Session realm="floe"');
  headers.append('vary', 'Accept');
  return made;
}

async function nameGated({ pages }: Desk, request: Request, resource: string | null) {
  if (resource === null) return undefined;
  return (await pages.title?.(resource, request)) ?? nameResource(resource);
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

/** Whether a subscription of theirs to one of the products waits for a payment that has failed. */
async function findPastDue(
  desk: Desk,
  session: Session | undefined,
  products: readonly Product[],
): Promise<boolean> {
  try {
    const subscriptions = session ? await readPastDue(desk, session) : [];
    return subscriptions.some(({ product }) => products.some(({ id }) => id === product.id));
  } catch (error) {
    desk.settings.onError(asFloeError(error));
    return false;
  }
}

/** Of a purchase whose buyer is not proven only that one: the address that was typed may be somebody else's. */
async function readPastDue({ shop }: Desk, { subject, proof }: Session) {
  const { customer_id: customer, member_id: member, payment_id: payment } = subject;
  if (member !== null) return [];
  if (proof !== 'purchase')
    return customer === null
      ? []
      : (await shop.read('GET /v1/subscriptions', { query: { customer, status: 'past_due' } })).data;
  if (payment === null) return [];
  const { subscription_id: id } = await shop.read('GET /v1/payments/{id}', { params: { id: payment } });
  if (id === null) return [];
  const subscription = await shop.read('GET /v1/subscriptions/{id}', { params: { id } });
  return subscription.status === 'past_due' ? [subscription] : [];
}

function describeOffer({ pages }: Desk, visit: Visit, product: Product): Offer {
  const { spoken } = visit;
  return {
    product,
    name: nameProduct(product.name),
    description: product.description,
    price: sayPrice(product, spoken),
    trial: sayTrial(product, spoken),
    button: sayButton(product, spoken.text),
    form: formTo(pages, 'buy', visit, { product: product.id }),
  };
}
