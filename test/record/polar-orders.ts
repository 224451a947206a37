import * as fc from 'fast-check';

/*
 * Lives of orders as Polar tells of them, small and by themselves: what an order is charged with, what is refunded of it, and
 * the objects that Polar shows after each step. Its sums are written down here once more, from Polar's own description
 * (FACTS §4.1, §4.3 of the simulator), and not taken from the gateway.
 */

export interface Shown {
  kind: 'order' | 'refund';
  data: Record<string, unknown>;
  /** When it was shown, microseconds: the next is later. */
  at: number;
}

export interface Life {
  shown: Shown[];
  /** The order as it is in the end. */
  end: Record<string, unknown>;
}

interface Price {
  subtotal: number;
  discountPercent: number;
  taxPercent: number;
  isInclusive: boolean;
  balance: number;
  currency: string;
  reason: string;
  isPaid: boolean;
}

const price = fc.record<Price>({
  // A downgrade gives money back: its total is below 0.
  subtotal: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 50_000 }) },
    fc.integer({ min: -50_000, max: 1 }),
  ),
  discountPercent: fc.constantFrom(0, 0, 0, 20, 100),
  taxPercent: fc.constantFrom(0, 7, 19, 25),
  isInclusive: fc.boolean(),
  balance: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: -60_000, max: 60_000 })),
  currency: fc.constantFrom('eur', 'usd', 'jpy'),
  reason: fc.constantFrom('purchase', 'subscription_create', 'subscription_cycle', 'subscription_update'),
  isPaid: fc.boolean(),
});

type Act =
  | { do: 'refund'; share: number; isSlow: boolean }
  | { do: 'settle'; which: number; outcome: 'succeeded' | 'failed' | 'canceled' }
  | { do: 'update' }
  | { do: 'void' }
  | { do: 'pay' };
const act = fc.oneof<fc.Arbitrary<Act>[]>(
  fc.record({
    do: fc.constant('refund'),
    share: fc.double({ min: 0.01, max: 1, noNaN: true }),
    isSlow: fc.boolean(),
  }),
  fc.record({ do: fc.constant('refund'), share: fc.constant(1), isSlow: fc.boolean() }),
  fc.record({
    do: fc.constant('settle'),
    which: fc.nat(5),
    outcome: fc.constantFrom('succeeded', 'failed', 'canceled'),
  }),
  fc.record({ do: fc.constant('update') }),
  fc.record({ do: fc.constant('void') }),
  fc.record({ do: fc.constant('pay') }),
);

interface Refund {
  id: string;
  status: string;
  amount: number;
  tax: number;
}

/** A life of an order, whatever happens in it. */
export const life = fc
  .tuple(price, fc.array(act, { maxLength: 8 }))
  .map(([given, acts]) => live(given, acts));

/** JSON has no negative zero. */
const round = (value: number) => Math.round(value) || 0;

const START = Date.UTC(2026, 10, 1);
const time = (at: number) => new Date(at / 1000).toISOString();

function live(given: Price, acts: readonly Act[]): Life {
  const discount = round((Math.max(0, given.subtotal) * given.discountPercent) / 100);
  const base = given.subtotal - discount;
  const tax = given.isInclusive
    ? round((base * given.taxPercent) / (100 + given.taxPercent))
    : round((base * given.taxPercent) / 100);
  const net = given.isInclusive ? base - tax : base;
  const total = net + tax;
  // A credit from an order with a negative total, or as much credit as there is to pay, or a debt of an earlier order.
  const balance = total <= 0 ? 0 - total : Math.max(given.balance, -total);
  const most = total + balance > 0 ? Math.max(0, net + balance) : 0;

  let status = given.isPaid ? 'paid' : 'pending';
  let refunded = 0;
  let refundedTax = 0;
  let at = START * 1000;
  const refunds: Refund[] = [];
  const shown: Shown[] = [];
  const order = () => ({
    id: '00000000-0000-4000-8000-000000000001',
    created_at: time(START * 1000),
    modified_at: at === START * 1000 ? null : time(at),
    status,
    billing_reason: given.reason,
    subtotal_amount: given.subtotal,
    discount_amount: discount,
    net_amount: net,
    tax_amount: tax,
    total_amount: total,
    applied_balance_amount: balance,
    refunded_amount: refunded,
    refunded_tax_amount: refundedTax,
    refundable_amount: most - refunded,
    currency: given.currency,
    customer_id: 'c_1',
    product_id: 'p_1',
    checkout_id: null,
    subscription_id: null,
    invoice_number: 'QUAY-1',
    metadata: {},
    is_invoice_generated: false,
  });
  const showOrder = () => shown.push({ kind: 'order', data: order(), at: (at += 1_000) });
  const showRefund = ({ id, amount, ...refund }: Refund) =>
    shown.push({
      kind: 'refund',
      at: (at += 1_000),
      data: {
        id,
        created_at: time(START * 1000),
        modified_at: time(at),
        status: refund.status,
        reason: 'customer_request',
        amount,
        tax_amount: refund.tax,
        currency: given.currency,
        order_id: order().id,
        customer_id: 'c_1',
        metadata: {},
      },
    });
  const change = (by: number, taxBy: number) => {
    refunded += by;
    refundedTax += taxBy;
    status = refunded <= 0 ? 'paid' : refunded >= most ? 'refunded' : 'partially_refunded';
    showOrder();
  };
  const isPaid = () => ['paid', 'partially_refunded', 'refunded'].includes(status);

  showOrder();
  for (const each of acts) {
    if (each.do === 'pay' && status === 'pending') {
      status = 'paid';
      showOrder();
    } else if (each.do === 'void' && (status === 'pending' || status === 'void')) {
      status = status === 'void' ? 'pending' : 'void';
      showOrder();
    } else if (each.do === 'update') showOrder();
    else if (each.do === 'refund' && isPaid() && refunded < most) {
      const left = most - refunded;
      const amount = Math.max(1, Math.floor(left * each.share));
      const refund: Refund = {
        id: `r_${refunds.length}`,
        status: each.isSlow ? 'pending' : 'succeeded',
        amount,
        tax:
          amount === left
            ? tax - refundedTax
            : Math.min(tax - refundedTax, Math.round((tax * amount) / most)),
      };
      refunds.push(refund);
      showRefund(refund);
      if (!each.isSlow) change(amount, refund.tax);
    } else if (each.do === 'settle') {
      const refund = refunds[each.which];
      if (!refund || refund.status === each.outcome || ['failed', 'canceled'].includes(refund.status))
        continue;
      // Of two slow ones that are more than what is left together, the second fails.
      if (refund.status === 'pending' && each.outcome === 'succeeded' && refunded + refund.amount > most)
        continue;
      const by = each.outcome === 'succeeded' ? 1 : refund.status === 'succeeded' ? -1 : 0;
      refund.status = each.outcome;
      if (by === 1) refund.tax = Math.min(refund.tax, tax - refundedTax);
      showRefund(refund);
      if (by !== 0) change(by * refund.amount, by * refund.tax);
    }
  }
  return { shown, end: { ...order(), most } };
}
