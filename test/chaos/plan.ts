import { createRandom, type Random } from '../../packages/polar-simulator/random.ts';
import { PRODUCT_NAMES, type ProductName, PRODUCTS } from './catalogue.ts';

/* Makes all random decisions before anything runs, so that the same seed plans the same run. */

const AFTER_ONE_TIME = [
  'refund_all_and_revoke',
  'refund_all',
  'refund_part',
  'refund_part_and_revoke',
] as const;
const AFTER_SUBSCRIPTION = [
  'cancel',
  'cancel_and_return',
  'revoke',
  'renew',
  'renew_twice',
  'renewal_fails',
  'renewal_fails_then_paid',
  'refund_all',
] as const;
type Afterwards = 'nothing' | (typeof AFTER_ONE_TIME)[number] | (typeof AFTER_SUBSCRIPTION)[number];

/** One buyer’s story. */
export interface PurchasePlan {
  number: number;
  product: ProductName;
  email: string;
  /** Cards that do not pay, tried first. */
  badCards: ('declined' | 'rejected')[];
  /** Gives up after the bad cards. */
  abandons: boolean;
  /** Comes back through `/return`: at once after paying, once the payment is known, or never. */
  returns: 'at_once' | 'later' | 'never';
  afterwards: Afterwards;
  /** Pause between buying and what comes afterwards. */
  afterMs: number;
}

/** The gateway dies `delayMs` after the purchase of this number began. */
export interface KillPlan {
  purchase: number;
  delayMs: number;
}

export interface RunPlan {
  seed: number;
  purchases: PurchasePlan[];
  kills: KillPlan[];
  /** Seeds of the parts that throw their own dice. */
  seeds: { polar: number; faults: number; receivers: number };
}

/** Of all buyers' addresses. */
export const MAIL_DOMAIN = 'floe-mail.dev';
/** On top of the purchases: checkouts that are never paid. */
const ABANDONED_SHARE = 0.06;
const OLD_CUSTOMER_SHARE = 0.3;
const BAD_CARD_SHARE = 0.15;
const AFTERWARDS_SHARE = 0.5;
const MAX_AFTER_MS = 2_000;
const MAX_KILL_DELAY_MS = 400;
/** What the last kill leaves behind is leased for a minute: buyers go on meanwhile. */
const KILLS_WITHIN = 0.75;

/** `seed`: a whole number from 0 to 2³²-1. */
export function planRun(seed: number, purchases: number, kills: number): RunPlan {
  const dice = createRandom(seed);
  const word = () => Math.floor(dice.next() * 2 ** 32);
  const seeds = { polar: word(), faults: word(), receivers: word() };
  const total = purchases + Math.round(purchases * ABANDONED_SHARE);
  const abandoned = new Set<number>();
  while (abandoned.size < total - purchases) abandoned.add(Math.floor(dice.next() * total));
  const planned: PurchasePlan[] = [];
  for (let number = 0; number < total; number++)
    planned.push(planPurchase(dice, number, abandoned.has(number)));
  return { seed, purchases: planned, kills: planKills(dice, total, kills), seeds };
}

function planPurchase(dice: Random, number: number, abandons: boolean): PurchasePlan {
  const product = pick(dice, PRODUCT_NAMES);
  const isSubscription = PRODUCTS[product].every !== null;
  // Polar sells nobody a second subscription, so subscribers are always new.
  const isOld = !isSubscription && number > 0 && dice.next() < OLD_CUSTOMER_SHARE;
  const buyer = isOld ? Math.floor(dice.next() * number) : number;
  const hasBadCard = abandons || dice.next() < BAD_CARD_SHARE;
  const afterwards: Afterwards =
    abandons || dice.next() >= AFTERWARDS_SHARE
      ? 'nothing'
      : pick(dice, isSubscription ? AFTER_SUBSCRIPTION : AFTER_ONE_TIME);
  return {
    number,
    product,
    email: `buyer-${buyer}@${MAIL_DOMAIN}`,
    badCards: hasBadCard ? [pick(dice, ['declined', 'rejected'] as const)] : [],
    abandons,
    returns: pick(dice, ['at_once', 'later', 'never'] as const),
    afterwards,
    afterMs: Math.floor(dice.next() * MAX_AFTER_MS),
  };
}

/** One at a random moment in each of as many equal parts of the run. */
function planKills(dice: Random, total: number, kills: number): KillPlan[] {
  const part = (total * KILLS_WITHIN) / kills;
  return Array.from({ length: kills }, (_, index) => ({
    purchase: Math.floor((index + dice.next()) * part),
    delayMs: Math.floor(dice.next() * MAX_KILL_DELAY_MS),
  }));
}

function pick<T>(dice: Random, from: readonly [T, ...T[]] | readonly T[]): T {
  const chosen = from[Math.floor(dice.next() * from.length)];
  if (chosen === undefined) throw new Error('There is nothing to pick from.');
  return chosen;
}
