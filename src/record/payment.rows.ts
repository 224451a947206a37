import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { keepBefore, keptOf, ofCustomer } from '../base/db/row-history.rows.ts';
import { command } from '../base/db/sql.rows.ts';
import type { PaymentOfOrder } from './changes.rules.ts';
import { DERIVED, derivedFrom, OF_FIRST_ORDER } from './payment-derivation.rows.ts';

type NewPayment = Omit<PaymentOfOrder, 'order' | 'metadata'> & {
  mode: Mode;
  metadata: string;
  checkoutId: string | null;
  orderId: string;
  createdAt: number;
  now: number;
};

const columns = Object.keys(DERIVED);
const derivations = Object.values(DERIVED);

/** The payment before anything is derived, as the row of a table. */
const BARE = `(
  select :id as id, :mode as mode, :appId as app_id, :externalCustomerId as external_customer_id, :customerEmail as customer_email,
    0 as customer_proven, :checkoutId as checkout_id, :orderId as order_id, :createdAt as created_at, ${columns
      .filter((column) => !['customer_email', 'order_id'].includes(column))
      .map((column) => `null as ${column}`)
      .join(', ')})`;

const INSERT_OF_ORDER = command<NewPayment>(`
  insert into payments (id, mode, app_id, method, kind, external_customer_id, customer_proven, checkout_id, metadata, created_at,
    updated_at, ${columns.join(', ')})
  select p.id, p.mode, p.app_id, 'polar', :kind, p.external_customer_id, 0, p.checkout_id, :metadata, :createdAt, :now,
    ${derivations.join(', ')}
  ${derivedFrom(BARE, 'o.mode = :mode and o.id = :orderId')}
  -- SQLite decides it before it reads anything.
  where not exists (select 1 from payments as known where known.id = :id) ${OF_FIRST_ORDER}
  on conflict do nothing`);

const KEEP_NONE = keepBefore<{ mode: Mode; id: string }>('payment', {
  from: '(select 1) left join payments on payments.id = :id',
  where: 'payments.id is null',
  id: ':id',
  isNew: 'payments.id is null',
});

/**
 * A payment for an order that no checkout of ours began, such as a renewal. It is derived like any other, from the order’s
 * row, which must be written before.
 */
export function insertPaymentOfOrder(
  { mode, now }: { mode: Mode; now: number },
  { order, metadata, ...payment }: PaymentOfOrder,
): Statement[] {
  const { id: orderId, checkoutId, createdAt } = order;
  return [
    KEEP_NONE({ mode, now, id: payment.id }),
    INSERT_OF_ORDER({
      ...payment,
      metadata: JSON.stringify(metadata),
      mode,
      now,
      orderId,
      checkoutId,
      createdAt,
    }),
  ];
}

const list = (of: string) => columns.map((column) => `${of}.${column}`).join(', ');

/** A payment `p` beside what follows for it, as `d`. */
const FOLLOWING = `(
    select p.id, ${Object.entries(DERIVED)
      .map(([column, sql]) => `${sql} as ${column}`)
      .join(', ')}
    ${derivedFrom('payments', 'o.payment_id = p.id')}
    where p.id = :paymentId ${OF_FIRST_ORDER}
  ) as d`;

const DERIVE = command<{ paymentId: string; now: number }>(`
  update payments set ${columns.map((column) => `${column} = d.${column}`).join(', ')}, updated_at = :now
  from ${FOLLOWING}
  where payments.id = d.id and (${list('payments')}) is not (${list('d')})`);

/** Those of the columns that decisions about access read. */
const read = keptOf('payment')
  .columns.map(([name]) => name)
  .filter((name) => name in DERIVED);
const listRead = (of: string) => read.map((column) => `${of}.${column}`).join(', ');

const KEEP_DERIVED = keepBefore<{ mode: Mode; paymentId: string }>('payment', {
  from: `payments join ${FOLLOWING} on d.id = payments.id`,
  where: `payments.id = :paymentId and (${listRead('payments')}) is not (${listRead('d')})`,
  formerOwner: `iif(payments.customer_id is not d.customer_id, ${ofCustomer('payments')}, null)`,
});

/**
 * Derives a payment from its order, or from its checkout while there is none. It uses the stored snapshots, which are
 * the newest, and never the Polar event at hand, so an older one that comes late changes nothing. The buyer's address
 * stays the one that the purchase came with, since a later one may have been given at another app (ADR 45).
 */
export function derivePayment({ mode, now }: { mode: Mode; now: number }, paymentId: string): Statement[] {
  return [KEEP_DERIVED({ mode, paymentId, now }), DERIVE({ paymentId, now })];
}

const NOTE_FAILURE = command<{ paymentId: string; reason: string }>(`
  update payments set failure_reason = :reason where id = :paymentId and status = 'pending' and failure_reason is null`);

/** Notes why a payment failed that was still to be paid. What is derived then has it. */
export function noteFailure({ paymentId, reason }: { paymentId: string; reason: string }): Statement {
  return NOTE_FAILURE({ paymentId, reason });
}

type Purchaser = { paymentId: string; subscriptionId: string; customerId: string; email: string | null };

const IS_UNBOUGHT = 'payments.order_id is null and payments.subscription_id is null';

const NOTE_PURCHASER = command<Purchaser>(`
  update payments set subscription_id = :subscriptionId, customer_id = :customerId, customer_email = coalesce(:email, customer_email)
  where id = :paymentId and ${IS_UNBOUGHT}`);

const KEEP_UNBOUGHT = keepBefore<{ mode: Mode; paymentId: string }>('payment', {
  from: 'payments',
  where: `payments.id = :paymentId and ${IS_UNBOUGHT}`,
});

/** Notes with a payment the subscription that it began, and its buyer. */
export function notePurchaser(
  { mode, now }: { mode: Mode; now: number },
  { paymentId, subscriptionId, customerId, email }: Purchaser,
): Statement[] {
  return [
    KEEP_UNBOUGHT({ mode, now, paymentId }),
    NOTE_PURCHASER({ paymentId, subscriptionId, customerId, email }),
  ];
}
