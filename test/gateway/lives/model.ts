import type { PlanName, ProductName } from './actions.ts';
import type { Happening, History, PolarOrder } from './happenings.ts';

/*
 * What should become of a life, by how Polar is known to behave and by the gateway's contract (docs/rules.md, docs/words.md,
 * the decisions in docs/adr), and by nothing of the gateway's code: purchases, what is refunded of them, who may use what, and
 * what is told. It is kept small on purpose, and has none of the gateway's troubles: here everything comes once and in order.
 */

const DAY_MS = 86_400_000;
const CHECKOUT_LIVES_MS = DAY_MS;
/** After a charge that failed, days from one try to the next. After the last the subscription ends. */
const RETRY_DAYS = [2, 5, 7, 7];
/** What is due below it cannot be charged: it is carried over. */
const LEAST_CHARGE = 50;

export interface Refund {
  id: string;
  amount: number;
  tax: number;
  revokes: boolean;
  status: 'pending' | 'succeeded' | 'failed';
  hadSucceeded: boolean;
}

export interface Order {
  kind: 'checkout' | 'renewal' | 'change';
  /** What the gateway answered when the payment was started. */
  payment: string | null;
  facts: PolarOrder | undefined;
  status: 'pending' | 'paid' | 'void';
  refunds: Refund[];
  disputes: { id: string; status: 'open' | 'won' | 'lost' | 'prevented' }[];
}

export interface Subscription {
  id: string;
  product: ProductName;
  seats: number | null;
  status: 'trialing' | 'active' | 'past_due' | 'paused' | 'canceled';
  orders: Order[];
  periodEnd: number;
  isCanceled: boolean;
  ended: 'at its end' | 'early' | null;
  pause: { resumesAt: number | null } | null;
  resumesAt: number | null;
  pending: { product: PlanName } | { seats: number } | null;
  dunning: { order: Order; tries: number; at: number } | null;
}

/** A purchase that was begun and not paid. */
interface Open {
  payment: string;
  product: ProductName;
  startedAt: number;
  status: 'pending' | 'expired' | 'paid';
}

export interface State {
  now: number;
  cardPays: boolean;
  opened: Open[];
  bought: { product: ProductName; order: Order }[];
  subscriptions: Subscription[];
  /** How often each thing was told, by type and object: `subscription.paused:<id>`. */
  told: Map<string, number>;
  /** What is told only if it is read while it is so: Polar says nothing of it by itself. */
  perhaps: Map<string, number>;
}

export const dueOf = ({ total, balance }: PolarOrder): number => Math.max(0, total + balance);
const sumOf = (refunds: readonly Refund[], status: Refund['status'], what: 'amount' | 'tax' = 'amount') =>
  refunds.filter((refund) => refund.status === status).reduce((sum, refund) => sum + refund[what], 0);

/** What Polar gives back at most, without tax: what a credit paid stays, and a debt that was paid along comes back too. */
export const mostBack = ({ net, balance }: PolarOrder): number => Math.max(0, net + balance);

/** What Polar would still give back, without tax. What is on its way is not given back a second time. */
export function refundableOf({ facts, status, refunds }: Order): number {
  if (!facts || status !== 'paid') return 0;
  return Math.max(0, mostBack(facts) - sumOf(refunds, 'succeeded') - sumOf(refunds, 'pending'));
}

export const refundedOf = ({ refunds }: Order) => ({
  net: sumOf(refunds, 'succeeded'),
  tax: sumOf(refunds, 'succeeded', 'tax'),
});

/** Nothing of the money is left with the seller. */
export function isRefunded({ facts, refunds }: Order): boolean {
  const back = sumOf(refunds, 'succeeded');
  return facts !== undefined && back > 0 && back >= mostBack(facts);
}

export const ordersOf = (state: State): Order[] => [
  ...state.bought.map(({ order }) => order),
  ...state.subscriptions.flatMap(({ orders }) => orders),
];

/** A life so far, as it should be. */
export function stateAfter({ happenings, orders }: History): State {
  const state: State = {
    now: 0,
    cardPays: true,
    opened: [],
    bought: [],
    subscriptions: [],
    told: new Map(),
    perhaps: new Map(),
  };
  for (const happening of happenings) happen(state, orders, happening);
  return state;
}

function happen(state: State, polar: readonly PolarOrder[], happening: Happening): void {
  switch (happening.do) {
    case 'start':
      state.now = happening.at;
      state.opened.push({
        payment: happening.payment,
        product: happening.product,
        startedAt: happening.at,
        status: 'pending',
      });
      return tell(state, 'payment.pending', happening.payment);
    case 'pay':
      return pay(state, polar, happening);
    case 'card':
      state.cardPays = happening.outcome === 'pays';
      if (state.cardPays) for (const subscription of state.subscriptions) retry(state, subscription);
      return;
    case 'dispute':
      orderOf(state, happening.order).disputes.push({ id: happening.dispute, status: 'open' });
      return tell(state, 'dispute.created', happening.dispute);
    case 'prevent':
      return prevent(state, happening);
    case 'resolve':
      return resolve(state, happening);
    case 'refund': {
      const { order, refund, amount, tax, revoke, slow } = happening;
      const made: Refund = {
        id: refund,
        amount,
        tax,
        revokes: revoke,
        status: 'pending',
        hadSucceeded: false,
      };
      orderOf(state, order).refunds.push(made);
      tell(state, 'refund.created', refund);
      return slow ? undefined : settle(state, made, 'succeeded');
    }
    case 'settle': {
      const refund = ordersOf(state)
        .flatMap(({ refunds }) => refunds)
        .find(({ id }) => id === happening.refund);
      if (refund) settle(state, refund, happening.outcome);
      return;
    }
    case 'move':
      return move(state, polar, happening.to, happening.ends);
    case 'cancel':
    case 'uncancel':
    case 'revoke':
    case 'pause':
    case 'resume':
    case 'change':
    case 'seats':
      return changeSubscription(state, polar, happening);
  }
}

type Of<Name extends Happening['do']> = Extract<Happening, { do: Name }>;

function pay(state: State, polar: readonly PolarOrder[], happening: Of<'pay'>): void {
  const begun = state.opened.find(({ payment }) => payment === happening.payment);
  const facts = polar.find(({ id }) => id === happening.order);
  if (!begun || !facts) throw new Error('What was paid was not begun.');
  begun.status = 'paid';
  const order: Order = {
    kind: 'checkout',
    payment: begun.payment,
    facts,
    status: 'pending',
    refunds: [],
    disputes: [],
  };
  if (ordersOf(state).length === 0) tell(state, 'customer.created', 'the customer');
  // The card is kept; what is owed is tried with it when its time comes.
  state.cardPays = true;
  if (happening.subscription === null) state.bought.push({ product: begun.product, order });
  else {
    state.subscriptions.push({
      id: happening.subscription,
      product: begun.product,
      seats: happening.seats,
      status: begun.product === 'trial' ? 'trialing' : 'active',
      orders: [order],
      periodEnd: 0,
      isCanceled: false,
      ended: null,
      pause: null,
      resumesAt: null,
      pending: null,
      dunning: null,
    });
    tell(state, 'subscription.created', happening.subscription);
    tell(state, 'subscription.active', happening.subscription);
  }
  paid(state, order);
}

function paid(state: State, order: Order, renews?: Subscription): void {
  order.status = 'paid';
  tell(state, 'payment.succeeded', order.facts?.id ?? '');
  if (renews) tell(state, 'subscription.renewed', order.facts?.id ?? '');
}

/** The next order that Polar has made of a subscription. */
function nextOrder(
  state: State,
  polar: readonly PolarOrder[],
  subscription: Subscription,
  kind: Order['kind'],
): Order {
  const facts = polar.filter(({ subscriptionId }) => subscriptionId === subscription.id)[
    subscription.orders.length
  ];
  const order: Order = { kind, payment: null, facts, status: 'pending', refunds: [], disputes: [] };
  subscription.orders.push(order);
  tell(state, 'payment.pending', facts?.id ?? '');
  return order;
}

/** A period begins, and is charged. */
function bill(state: State, polar: readonly PolarOrder[], subscription: Subscription, at: number): void {
  const order = nextOrder(state, polar, subscription, 'renewal');
  if (!order.facts) return;
  if (state.cardPays || dueOf(order.facts) < LEAST_CHARGE) return paid(state, order, subscription);
  subscription.status = 'past_due';
  tell(state, 'subscription.past_due', subscription.id);
  subscription.dunning = { order, tries: 0, at: at + (RETRY_DAYS[0] ?? 0) * DAY_MS };
  count(state.perhaps, 'payment.retry_scheduled', order.facts.id);
}

function retry(state: State, subscription: Subscription): void {
  const { dunning } = subscription;
  if (!dunning) return;
  if (state.cardPays) {
    subscription.dunning = null;
    subscription.status = 'active';
    tell(state, 'subscription.active', subscription.id);
    return paid(state, dunning.order, subscription);
  }
  dunning.tries += 1;
  const days = RETRY_DAYS[dunning.tries];
  if (days === undefined) return end(state, subscription, 'early');
  dunning.at += days * DAY_MS;
  count(state.perhaps, 'payment.retry_scheduled', dunning.order.facts?.id ?? '');
}

function end(state: State, subscription: Subscription, how: 'at its end' | 'early'): void {
  if (subscription.status === 'canceled') return;
  // Ended early, it is canceled at that moment, also when that was planned for later.
  if (how === 'early') tell(state, 'subscription.canceled', subscription.id);
  subscription.status = 'canceled';
  subscription.ended = how;
  subscription.dunning = null;
  tell(state, 'subscription.revoked', subscription.id);
  for (const order of subscription.orders) {
    if (order.status !== 'pending') continue;
    order.status = 'void';
    tell(state, 'payment.failed', order.facts?.id ?? '');
  }
}

function changeSubscription(
  state: State,
  polar: readonly PolarOrder[],
  happening: Extract<Happening, { subscription: string }> & { do: Exclude<Happening['do'], 'pay'> },
): void {
  const subscription = state.subscriptions.find(({ id }) => id === happening.subscription);
  if (!subscription) throw new Error('No such subscription.');
  switch (happening.do) {
    case 'cancel':
      subscription.isCanceled = true;
      subscription.pause = null;
      return tell(state, 'subscription.canceled', subscription.id);
    case 'uncancel':
      subscription.isCanceled = false;
      return tell(state, 'subscription.uncanceled', subscription.id);
    case 'revoke':
      return end(state, subscription, 'early');
    case 'pause':
      subscription.pause = { resumesAt: happening.resumesAt };
      return;
    case 'resume':
      return resume(state, polar, subscription, state.now);
    case 'seats':
      if (happening.proration === 'next_period') subscription.pending = { seats: happening.seats };
      else subscription.seats = happening.seats;
      if (happening.proration === 'invoice') paid(state, nextOrder(state, polar, subscription, 'change'));
      return;
    case 'change':
      if (subscription.status === 'trialing' && happening.proration !== 'next_period') {
        subscription.product = happening.to;
        // Without a trial of its own, the trial is over and the first period begins.
        if (happening.to === 'trial') return;
        subscription.status = 'active';
        return bill(state, polar, subscription, state.now);
      }
      if (happening.proration === 'next_period') subscription.pending = { product: happening.to };
      else subscription.product = happening.to;
      if (happening.proration === 'invoice') paid(state, nextOrder(state, polar, subscription, 'change'));
      return;
  }
}

function resume(state: State, polar: readonly PolarOrder[], subscription: Subscription, at: number): void {
  subscription.status = 'active';
  subscription.resumesAt = null;
  // A period begins now, whose end Polar says before the next move.
  subscription.periodEnd = Infinity;
  tell(state, 'subscription.resumed', subscription.id);
  bill(state, polar, subscription, at);
}

function settle(state: State, refund: Refund, outcome: 'succeeded' | 'failed'): void {
  refund.status = outcome;
  if (outcome === 'succeeded') refund.hadSucceeded = true;
  tell(state, `refund.${outcome}`, refund.id);
}

function resolve(state: State, { dispute: id, outcome }: Of<'resolve'>): void {
  for (const order of ordersOf(state))
    for (const dispute of order.disputes) if (dispute.id === id) dispute.status = outcome;
  tell(state, `dispute.${outcome}`, id);
  // Whoever wins it: a subscription ends at once.
  const disputed = state.subscriptions.find(({ orders }) =>
    orders.some(({ disputes }) => disputes.some((dispute) => dispute.id === id)),
  );
  if (disputed) end(state, disputed, 'early');
}

function prevent(state: State, { order: id, dispute, refund, amount, tax }: Of<'prevent'>): void {
  const order = orderOf(state, id);
  order.disputes.push({ id: dispute, status: 'prevented' });
  order.refunds.push({ id: refund, amount, tax, revokes: true, status: 'succeeded', hadSucceeded: true });
  for (const type of ['refund.created', 'refund.succeeded']) tell(state, type, refund);
  for (const type of ['dispute.created', 'dispute.prevented']) tell(state, type, dispute);
  const prevented = state.subscriptions.find(({ orders }) => orders.includes(order));
  if (prevented) end(state, prevented, 'early');
}

function move(
  state: State,
  polar: readonly PolarOrder[],
  to: number,
  ends: ReadonlyMap<string, number>,
): void {
  state.now = to;
  for (const opened of state.opened) {
    if (opened.status !== 'pending' || opened.startedAt + CHECKOUT_LIVES_MS > to) continue;
    opened.status = 'expired';
    tell(state, 'payment.expired', opened.payment);
  }
  for (const subscription of state.subscriptions) {
    subscription.periodEnd = ends.get(subscription.id) ?? Infinity;
    for (let next = nextStep(subscription); next.at <= to; next = nextStep(subscription)) {
      next.run(state, polar, subscription, next.at);
    }
  }
}

type Step = (state: State, polar: readonly PolarOrder[], subscription: Subscription, at: number) => void;

/** What time alone will do to a subscription next. */
function nextStep(subscription: Subscription): { at: number; run: Step } {
  const { status, periodEnd, isCanceled, dunning, resumesAt } = subscription;
  const steps: { at: number; run: Step }[] = [];
  if (status === 'active' || status === 'trialing' || (status === 'past_due' && isCanceled))
    steps.push({ at: periodEnd, run: endPeriod });
  if (dunning) steps.push({ at: dunning.at, run: retryByItself });
  if (status === 'paused' && resumesAt !== null) steps.push({ at: resumesAt, run: resumeByItself });
  return steps.toSorted((a, b) => a.at - b.at)[0] ?? { at: Infinity, run: () => undefined };
}

const retryByItself: Step = (state, _polar, subscription) => {
  retry(state, subscription);
};

const resumeByItself: Step = (state, polar, subscription, at) => {
  resume(state, polar, subscription, at);
};

const endPeriod: Step = (state, polar, subscription, at) => {
  // Clocks move by less than a period, so another end comes with a later move.
  subscription.periodEnd = Infinity;
  if (subscription.isCanceled) return end(state, subscription, 'at its end');
  if (subscription.pause) {
    subscription.status = 'paused';
    subscription.resumesAt = subscription.pause.resumesAt;
    subscription.pause = null;
    return tell(state, 'subscription.paused', subscription.id);
  }
  subscription.status = 'active';
  const { pending } = subscription;
  subscription.pending = null;
  if (pending && 'product' in pending) subscription.product = pending.product;
  if (pending && 'seats' in pending) subscription.seats = pending.seats;
  bill(state, polar, subscription, at);
};

function orderOf(state: State, id: string): Order {
  const order = ordersOf(state).find(({ facts }) => facts?.id === id);
  if (!order) throw new Error('No such order.');
  return order;
}

function tell(state: State, type: string, id: string): void {
  count(state.told, type, id);
}

function count(counts: Map<string, number>, type: string, id: string): void {
  const key = `${type}:${id}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
