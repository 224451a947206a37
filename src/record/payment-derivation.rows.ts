/*
 * What follows for a payment from what is kept of its order, its refunds, its checkout and its disputes (ADR 73). This is the
 * only place where it is said: payments are inserted and updated by it, and lists, reads and events show the columns.
 */

/** Tax is the rest, so that the amount is always what is without tax and the tax together. */
const TAX = '(o.total_amount - o.net_amount)';

/** Of the refunds `r`, which the rows of a payment are joined with and grouped over. */
const KNOWN = "coalesce(sum(r.amount) filter (where r.status = 'succeeded'), 0)";
const FAILED_LATER =
  "coalesce(sum(r.amount) filter (where r.status in ('failed', 'canceled') and r.seen_version >= o.seen_version), 0)";

/**
 * Polar tells of a refund before the order that it changes, so the known refunds that succeeded count when any was seen later
 * than the order (ADR 46). When the order has more than they add up to, some were missed, and the order itself counts.
 */
const KNOWN_COUNT = `coalesce(max(r.seen_version) >= o.seen_version and o.refunded_amount <= ${KNOWN} + ${FAILED_LATER}, 0)`;

/**
 * What Polar lets be refunded in all, without tax: less what a credit of the customer’s paid, and with a debt that was paid
 * along. Nothing when nothing was charged.
 */
const BALANCE = 'coalesce(o.balance_amount, 0)';
const MOST = `iif(o.total_amount + ${BALANCE} > 0, max(0, o.net_amount + ${BALANCE}), 0)`;

const REFUNDED = `iif(${KNOWN_COUNT}, min(${KNOWN}, ${MOST}), o.refunded_amount)`;

/** Of an order that is stored as pending, a refund says that it was paid since. */
const WAS_PAID = `(o.status in ('paid', 'partially_refunded', 'refunded') or (${KNOWN_COUNT} and ${REFUNDED} > 0))`;

/** The part of a refund that is tax, when Polar’s own number was not kept yet. */
const taxOf = (amount: string) =>
  `coalesce(cast(round(${amount} * 1.0 * ${TAX} / nullif(o.net_amount, 0)) as integer), 0)`;
const KNOWN_TAX = `sum(coalesce(r.tax_amount, ${taxOf('r.amount')})) filter (where r.status = 'succeeded')`;
const REFUNDED_TAX = `iif(${KNOWN_COUNT}, max(0, min(coalesce(${KNOWN_TAX}, 0), ${TAX})),
  coalesce(o.refunded_tax_amount, ${taxOf('o.refunded_amount')}))`;

const STATUS = `case
  when o.id is null then case
    when p.failure_reason is not null then 'failed'
    when s.status in ('expired', 'failed') then s.status
    else 'pending' end
  when not ${WAS_PAID} then iif(o.status = 'void', 'failed', 'pending')
  when not ${KNOWN_COUNT} then iif(o.status = 'paid', 'succeeded', o.status)
  when ${REFUNDED} <= 0 then 'succeeded'
  when ${REFUNDED} >= ${MOST} then 'refunded'
  else 'partially_refunded' end`;

/** A dispute is open or was lost. Without the `+`, which removes the column's type, SQLite does not use the index on the expression. */
const DISPUTED = `exists (select 1 from snapshots as dispute where dispute.mode = o.mode and dispute.kind = 'dispute'
  and dispute.data ->> '$.order_id' = +o.id and dispute.status not in ('won', 'prevented'))`;

/**
 * The name that it was bought by stays, while Polar’s orders say what the product is called by now. A subscription can change
 * to another app’s product, whose name is not told (trust rule 7).
 */
const NAME_STAYS = 'p.product_name is not null and (o.product_id is null or p.product_id is o.product_id)';
const IS_OWN_PRODUCT = `exists (select 1 from products as w where w.mode = o.mode and w.id = o.product_id and w.app_id = p.app_id)`;
const ofProduct = (column: string) =>
  `iif(${NAME_STAYS}, p.${column}, iif(${IS_OWN_PRODUCT}, o.${column}, null))`;

/**
 * A subscription’s discount was given at the checkout of the app that sold it, and no other app is told of it (ADR 45). Null
 * in an order also when it was stored by a release that did not keep it.
 */
const IS_OWN_DISCOUNT = `(o.subscription_id is null or o.billing_reason = 'subscription_create' or p.app_id is (
  select u.sold_by from subscriptions as u where u.mode = o.mode and u.id = o.subscription_id))`;
const ofDiscount = (column: string) =>
  `iif(o.discount_amount is null, p.${column}, iif(${IS_OWN_DISCOUNT}, o.${column}, null))`;

/** Its app has erased the customer, or the user whom it named, since it began (ADR 105): Polar still says who that is. */
const IS_ERASED = `exists (select 1 from erased_customers as x where x.app_id = p.app_id
    and x.id in (coalesce(o.customer_id, s.customer_id, p.customer_id), 'external:' || p.external_customer_id) and x.erased_at >= p.created_at)`;

/**
 * The country is that of what was typed: of an order with a checkout, for which something was charged and whose product is the app's. A
 * renewal has that of the payment which began its subscription at a checkout of the same app. Of all others Polar takes it from the
 * customer, who may have typed it at another app's (trust rule 7).
 */
const COUNTRY = `coalesce(p.country, case
  when o.checkout_id is not null and o.checkout_id is p.checkout_id and o.total_amount > 0 and ${IS_OWN_PRODUCT} then o.billing_country
  when o.subscription_id is not null then (select f.country from subscriptions as u join payments as f on f.id = u.payment_id
    where u.mode = o.mode and u.id = o.subscription_id and u.sold_by is p.app_id and f.app_id is p.app_id) end)`;

/** The columns of a payment `p` that follow, each as SQL over `FROM`. */
export const DERIVED = {
  status: STATUS,
  product_id: 'coalesce(o.product_id, p.product_id)',
  product_name: ofProduct('product_name'),
  product_plan: ofProduct('product_plan'),
  amount: 'coalesce(o.total_amount, p.amount)',
  net_amount: 'coalesce(o.net_amount, p.net_amount)',
  tax_amount: `coalesce(${TAX}, p.tax_amount)`,
  discount_amount: 'coalesce(o.discount_amount, p.discount_amount)',
  refunded_amount: `coalesce(${REFUNDED}, 0)`,
  refunded_tax_amount: `coalesce(${REFUNDED_TAX}, 0)`,
  refundable_amount: `iif(${WAS_PAID}, max(0, ${MOST} - ${REFUNDED}), 0)`,
  disputed: DISPUTED,
  billing_reason: 'o.billing_reason',
  discount_id: ofDiscount('discount_id'),
  discount_code: ofDiscount('discount_code'),
  discount_name: ofDiscount('discount_name'),
  invoice_number: 'o.invoice_number',
  country: COUNTRY,
  failure_reason: 'iif(o.id is null, p.failure_reason, null)',
  checkout_url:
    "iif(o.id is null and coalesce(s.status, 'open') not in ('expired', 'failed'), p.checkout_url, null)",
  currency: 'coalesce(o.currency, p.currency)',
  customer_id: 'coalesce(o.customer_id, s.customer_id, p.customer_id)',
  customer_email: `case
    when ${IS_ERASED} then null
    when p.checkout_id is null then p.customer_email
    when o.id is null and p.customer_proven then p.customer_email
    when coalesce(p.order_id, p.subscription_id) is null then coalesce(c.email, p.customer_email)
    else coalesce(p.customer_email, c.email) end`,
  order_id: 'coalesce(o.id, p.order_id)',
  subscription_id: 'coalesce(o.subscription_id, p.subscription_id)',
  succeeded_at: 'o.paid_at',
} as const;

/** What a payment follows from, for one payment and its orders, which `isOrder` finds. Grouped by order. */
export const derivedFrom = (payment: string, isOrder: string) => `
  from ${payment} as p
  left join orders as o on ${isOrder}
  left join refunds as r on r.mode = o.mode and r.order_id = o.id
  left join snapshots as s on s.mode = p.mode and s.kind = 'checkout' and s.id = p.checkout_id
  left join customers as c on c.mode = p.mode and c.id = coalesce(o.customer_id, s.customer_id)`;

/** The first of the orders of a payment counts. */
export const OF_FIRST_ORDER = 'group by o.id order by o.created_at limit 1';
