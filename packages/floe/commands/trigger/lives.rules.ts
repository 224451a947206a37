/** Something that is done to a purchase. */
export type Act =
  | 'refund'
  | 'cancel'
  | 'uncancel'
  | 'revoke'
  | 'pause'
  | 'resume'
  /** The rest only a simulator lets happen. */
  | 'end_period'
  | 'fail_next_payment'
  | 'wait_until_expired';

/** How an event comes about: what is bought, and what is done to it. */
export interface Life {
  /** Null: nobody pays. */
  buys: 'anything' | 'subscription' | 'benefits' | 'subscription with benefits' | null;
  acts: readonly Act[];
}

const SIMULATED: ReadonlySet<Act> = new Set(['end_period', 'fail_next_payment', 'wait_until_expired']);

const bought = (buys: Life['buys'], ...acts: Act[]): Life => ({ buys, acts });

/** Every type that can be lived, in the order of `floe trigger --list`. */
export const LIVES: Readonly<Record<string, Life>> = {
  'payment.pending': bought(null),
  'payment.succeeded': bought('anything'),
  'payment.updated': bought('anything'),
  'payment.expired': bought(null, 'wait_until_expired'),
  'payment.retry_scheduled': bought('subscription', 'fail_next_payment', 'end_period'),
  // Of a subscription that is ended while it owes something, Polar voids the order.
  'payment.failed': bought('subscription', 'fail_next_payment', 'end_period', 'revoke'),
  'refund.created': bought('anything', 'refund'),
  'refund.succeeded': bought('anything', 'refund'),
  'subscription.created': bought('subscription'),
  'subscription.active': bought('subscription'),
  'subscription.updated': bought('subscription', 'cancel'),
  'subscription.renewed': bought('subscription', 'end_period'),
  'subscription.past_due': bought('subscription', 'fail_next_payment', 'end_period'),
  'subscription.paused': bought('subscription', 'pause', 'end_period'),
  'subscription.resumed': bought('subscription', 'pause', 'end_period', 'resume'),
  'subscription.canceled': bought('subscription', 'cancel'),
  'subscription.uncanceled': bought('subscription', 'cancel', 'uncancel'),
  'subscription.revoked': bought('subscription', 'revoke'),
  'grant.created': bought('benefits'),
  'grant.renewed': bought('subscription with benefits', 'end_period'),
  'grant.revoked': bought('subscription with benefits', 'revoke'),
  'customer.created': bought('anything'),
};

/** Whether only a simulator lets it happen at once. */
export const needsSimulator = ({ acts }: Life): boolean => acts.some((act) => SIMULATED.has(act));

const WORDS: Record<Act, string> = {
  refund: 'refund it',
  cancel: 'cancel it with its period',
  uncancel: 'take that back',
  revoke: 'end it now',
  pause: 'pause it',
  resume: 'resume it',
  end_period: 'end its period',
  fail_next_payment: 'have its next payment fail',
  wait_until_expired: 'move the clock 25 hours on',
};

/** What is done, in words: `buy a subscription, cancel it with its period`. */
export function describeLife({ buys, acts }: Life): string {
  return [describePurchase(buys), ...acts.map((act) => WORDS[act])].join(', ');
}

function describePurchase(buys: Life['buys']): string {
  switch (buys) {
    case null:
      return 'open a checkout';
    case 'anything':
      return 'buy something';
    case 'benefits':
      return 'buy something with benefits';
    case 'subscription':
    case 'subscription with benefits':
      return `buy a ${buys}`;
  }
}

/** What is known of a product that could be bought. */
interface Offered {
  id: string;
  name: string;
  is_recurring: boolean;
  benefits: readonly unknown[];
}

/** The product that a life buys: the named one, or the first that fits, rather one that is bought once. */
export function chooseProduct<Product extends Offered>(
  products: readonly Product[],
  { buys }: Life,
  named: string | undefined,
): Product | { problem: string } {
  if (named === undefined) {
    const inOrder = products.toSorted((a, b) => Number(a.is_recurring) - Number(b.is_recurring));
    return (
      inOrder.find((each) => fits(each, buys)) ?? {
        problem: `The app has no product for this: ${NEEDS[buys ?? 'anything']}`,
      }
    );
  }
  const found = products.find(({ id, name }) => id === named || name === named);
  if (!found) return { problem: `The app has no product ${named}. It has ${listNames(products)}.` };
  return fits(found, buys) ? found : { problem: `${named} does not fit: ${NEEDS[buys ?? 'anything']}` };
}

function fits({ is_recurring, benefits }: Offered, buys: Life['buys']): boolean {
  if (buys === 'benefits') return benefits.length > 0;
  if (buys === 'subscription') return is_recurring;
  if (buys === 'subscription with benefits') return is_recurring && benefits.length > 0;
  return true;
}

const NEEDS: Record<NonNullable<Life['buys']>, string> = {
  anything: 'it sells nothing.',
  benefits: 'it must have benefits.',
  subscription: 'it must be a subscription.',
  'subscription with benefits': 'it must be a subscription with benefits.',
};

const listNames = (products: readonly Offered[]) => products.map(({ name }) => name).join(', ') || 'none';
