import type { Action } from './actions.ts';
import { dueOf, type Order, ordersOf, refundableOf, type State, type Subscription } from './model.ts';

/* With what an action is possible at the time. Of several, the action's number says which. */

export type SubscriptionAction = Extract<
  Action,
  { do: 'cancel' | 'uncancel' | 'revoke' | 'resume' | 'pause' | 'change' | 'seats' }
>;

/** The subscription that an action is about; undefined: Polar would refuse it of each. */
export function subscriptionFor(state: State, action: SubscriptionAction): Subscription | undefined {
  return pick(
    state.subscriptions.filter((subscription) => isPossible(state, subscription, action)),
    action.of,
  );
}

function isPossible(state: State, subscription: Subscription, action: SubscriptionAction): boolean {
  const { status, isCanceled, pause, pending, product, seats } = subscription;
  const isRunning = status === 'active' || status === 'trialing';
  const pays = state.cardPays || !('proration' in action) || action.proration !== 'invoice';
  switch (action.do) {
    case 'cancel':
      return (isRunning || status === 'past_due') && !isCanceled;
    case 'uncancel':
      return isCanceled && status !== 'canceled';
    case 'revoke':
      return status !== 'canceled';
    case 'resume':
      return status === 'paused';
    case 'pause':
      return status === 'active' && !isCanceled && pause === null;
    case 'change':
      return (
        isRunning &&
        !isCanceled &&
        pending === null &&
        pause === null &&
        seats === null &&
        product !== action.to &&
        pays
      );
    case 'seats':
      return (
        status === 'active' &&
        !isCanceled &&
        pending === null &&
        pause === null &&
        seats !== null &&
        seats !== action.seats &&
        pays
      );
  }
}

export const refundableFor = (state: State, of: number): Order | undefined =>
  pick(
    ordersOf(state).filter(
      (order) => isCharged(order) && order.disputes.length === 0 && refundableOf(order) > 0,
    ),
    of,
  );

export const disputableFor = (state: State, of: number): Order | undefined =>
  pick(
    ordersOf(state).filter(
      (order) =>
        isCharged(order) &&
        refundableOf(order) > 0 &&
        order.disputes.length === 0 &&
        order.refunds.every(({ status }) => status !== 'pending'),
    ),
    of,
  );

/** A refund that the payment method has not decided yet, or one that can still fail. */
export const unsettledFor = (state: State, { of, outcome }: Extract<Action, { do: 'settle' }>) =>
  pick(
    ordersOf(state)
      .filter(({ disputes }) => disputes.length === 0)
      .flatMap(({ refunds }) => refunds)
      .filter(({ status }) => status === 'pending' || (status === 'succeeded' && outcome === 'failed')),
    of,
  );

export const openDisputeFor = (state: State, of: number) =>
  pick(
    ordersOf(state)
      .flatMap(({ disputes }) => disputes)
      .filter(({ status }) => status === 'open'),
    of,
  );

function isCharged({ status, facts }: Order): boolean {
  return status === 'paid' && facts !== undefined && dueOf(facts) > 0;
}

function pick<T>(from: readonly T[], index: number): T | undefined {
  return from.length === 0 ? undefined : from[index % from.length];
}
