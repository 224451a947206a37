import { formatAmount } from '../amounts.ts';
import type { AccountHolder, AccountPage, AccountPurchase, AccountSubscription } from './data.ts';
import { describeVisitor } from './deny.ts';
import type { Desk } from './desk.ts';
import type { Spoken } from './language.ts';
import { nameProduct } from './names.ts';
import { portalOf } from './portal.ts';
import { sendFailure, sendProblem } from './problem.ts';
import { isPastDue, readBought, readSessionsOf } from './purchases.ts';
import { sayAmount, sayPer } from './prices.ts';
import { say, sayDay } from './say.ts';
import { asFloeError, type Session } from './shop.ts';
import { viewAccount } from './views.ts';
import { describeVisit, formTo, goTo, linkTo, sendPage, type Visit } from './visit.ts';

type Payment = AccountPurchase['payment'];
type Subscription = AccountSubscription['subscription'];

/** How long Polar takes to make a document. */
const INVOICE_SECONDS = 5;
/** The page with what this browser's sessions have bought. */
export async function sendAccount(desk: Desk, visit: Visit): Promise<Response> {
  const { settings, pages } = desk;
  const { text } = visit.spoken;
  const { found: sessions, isAway: areSessionsAway } = await readSessionsOf(desk, visit);
  const read = await Promise.all(sessions.map((session) => readHolder(desk, visit, session)));
  const data: AccountPage = {
    ...describeVisit(visit, pages, { title: text.account, status: 200 }),
    holders: read.map(({ holder }) => holder),
    isAway: areSessionsAway || read.some(({ isAway }) => isAway),
    signIn: linkTo(pages, 'sign-in', visit.returnTo),
    signOut: formTo(pages, 'sign-out', visit),
    portal: portalOf(settings),
  };
  return sendPage(desk, visit, data, { own: pages.account, view: viewAccount });
}

async function readHolder(desk: Desk, visit: Visit, session: Session) {
  const { settings, pages } = desk;
  let isAway = false;
  const { payments, subscriptions, hasMore } = await readBought(desk, session).catch((error: unknown) => {
    settings.onError(asFloeError(error));
    isAway = true;
    return { payments: [], subscriptions: [], hasMore: false };
  });
  const invoiceOf = ({ id }: Payment) =>
    session.proof === 'purchase'
      ? null
      : `${linkTo(pages, 'invoice', visit.returnTo)}&payment=${encodeURIComponent(id)}`;
  const holder: AccountHolder = {
    visitor: describeVisitor(session),
    isMember: session.subject.member_id !== null,
    purchases: payments.map((payment) => describePurchase(payment, visit.spoken, invoiceOf(payment))),
    subscriptions: subscriptions
      .filter(({ status }) => !status.startsWith('incomplete'))
      .map((subscription) => describeSubscription(subscription, visit.spoken)),
    hasMore,
  };
  return { holder, isAway };
}

function describePurchase(
  payment: Payment,
  { text, locale }: Spoken,
  invoice: string | null,
): AccountPurchase {
  const { product, amount, currency, status, succeeded_at: paidAt, created_at: createdAt } = payment;
  const states = { partially_refunded: text.partlyRefunded, refunded: text.refunded } as const;
  return {
    payment,
    name: nameProduct(product.name ?? ''),
    amount: amount === null || currency === null ? null : formatAmount(amount, currency, locale),
    date: say(text.boughtOn, { date: sayDay(paidAt ?? createdAt, locale) }),
    state: status === 'partially_refunded' || status === 'refunded' ? states[status] : text.paid,
    invoice,
  };
}

function describeSubscription(subscription: Subscription, spoken: Spoken): AccountSubscription {
  const { product, amount, currency, interval, interval_count: count, status } = subscription;
  return {
    subscription,
    name: nameProduct(product.name ?? ''),
    price:
      amount === null || currency === null
        ? null
        : sayPer(sayAmount(amount, currency, spoken), { interval, count }, spoken),
    state: sayState(subscription, spoken),
    isPastDue: isPastDue(status),
  };
}

function sayState(subscription: Subscription, { text, locale }: Spoken): string {
  const { status, current_period_end: periodEnd } = subscription;
  const on = (message: string, at: string | null) => say(message, { date: sayDay(at ?? periodEnd, locale) });
  if (isPastDue(status)) return text.pastDue;
  switch (status) {
    case 'active':
      return subscription.cancel_at_period_end
        ? on(text.runsOut, subscription.ends_at)
        : on(text.renews, periodEnd);
    case 'trialing':
      return on(text.trialUntil, subscription.trial_end);
    case 'paused':
      return text.paused;
    default:
      return on(text.ended, subscription.ended_at ?? subscription.ends_at);
  }
}

/** Leads to a payment's invoice, when a session in this browser is its buyer's and has proven it. */
export async function sendInvoice(desk: Desk, visit: Visit): Promise<Response> {
  const { shop, settings } = desk;
  const account = linkTo(desk.pages, 'account', visit.returnTo);
  const id = visit.url.searchParams.get('payment') ?? '';
  if (!/^pay_[0-9a-z]{26}$/.test(id)) return goTo(visit, account);
  try {
    const { found } = await readSessionsOf(desk, visit);
    const proven = found.filter(({ proof, subject }) => proof !== 'purchase' && subject.member_id === null);
    // Without a session of somebody's nothing is asked about payments.
    if (proven.length === 0) return goTo(visit, account);
    const { customer } = await shop.read('GET /v1/payments/{id}', { params: { id } });
    const isTheirs = proven.some(
      ({ subject }) =>
        (subject.customer_id !== null && subject.customer_id === customer.id) ||
        (subject.external_id !== null && subject.external_id === customer.external_id),
    );
    if (!isTheirs) return goTo(visit, account);
    const { url } = await shop.read('GET /v1/payments/{id}/invoice', { params: { id } });
    if (url !== null) return goTo(visit, url);
    return await sendProblem(desk, visit, {
      status: 503,
      sentence: visit.spoken.text.invoiceLater,
      retryAfter: INVOICE_SECONDS,
    });
  } catch (thrown) {
    const error = asFloeError(thrown);
    if (error.code === 'not_found') return goTo(visit, account);
    // The buyer gives name and address for it there.
    if (error.code === 'billing_details_missing') return goTo(visit, portalOf(settings));
    return sendFailure(desk, visit, error, {});
  }
}
