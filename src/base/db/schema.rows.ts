import { sql } from 'drizzle-orm';
import {
  customType,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { parseJson } from '../json.rules.ts';
import { type GrantState, STATE_SQL } from '../grant-states.rules.ts';
import type { EndpointFormat, EventMatches } from '../event-matches.rules.ts';
import type { Mode } from '../mode.rules.ts';
import type { PaymentKind, PaymentStatus } from '../payment-states.rules.ts';
import type { RereadKind } from '../polar-kinds.rules.ts';
import type { SubscriptionDetails } from '../subscription-details.rules.ts';

/* Times are integer milliseconds since 1970 unless a name says otherwise; the API has ISO 8601. */

/** JSON of Polar's, with numbers as Polar wrote them (ADR 48). */
const polarJson = customType<{ data: Record<string, unknown>; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (text_) => parseJson(text_) as Record<string, unknown>,
});

const mode = () => text('mode').$type<Mode>().notNull();
/**
 * The version of a snapshot: `modified_at ?? created_at`, then when it was seen, both in microseconds; then a digest of
 * the content, so that of two with the same times the same one wins in every order (ADR 7).
 */
const version = () => ({
  version: integer('version').notNull(),
  seenVersion: integer('seen_version').notNull(),
  digest: integer('digest').notNull().default(0),
});

export const apps = sqliteTable(
  'apps',
  {
    id: text('id').primaryKey(),
    slug: text('slug').notNull(),
    /** The product slug: `quay-live` and `quay-sandbox` share `quay`. */
    product: text('product').notNull(),
    mode: mode(),
    name: text('name').notNull(),
    /** Browser origins that may call with a publishable key. */
    origins: text('origins', { mode: 'json' }).$type<string[]>().notNull(),
    /** Where buyers may be sent back to: scheme, host, port and path prefix. The first is the default. */
    callbackUrls: text('callback_urls', { mode: 'json' }).$type<string[]>().notNull(),
    /** Owns every product of its mode that no one else claims. One app a mode. */
    ownsUnclaimed: integer('owns_unclaimed', { mode: 'boolean' }).notNull(),
    /** For so long a subscription that is past due still opens what it opened. 0: no longer than Polar lets it. */
    pastDueGraceDays: integer('past_due_grace_days').notNull().default(0),
    /** How long before the end of a subscription `subscription.ending` is told. */
    endingNoticeDays: integer('ending_notice_days').notNull().default(3),
    /** Buyers may type discount codes at Polar although one of another app's might apply: the operator has allowed it. */
    allowsForeignCodes: integer('allows_foreign_codes', { mode: 'boolean' }).notNull().default(false),
    /** What an open dispute does to what was bought. */
    disputeAccess: text('dispute_access').$type<'keep' | 'suspend'>().notNull().default('keep'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('apps_slug').on(t.slug),
    uniqueIndex('apps_product_mode').on(t.product, t.mode),
    uniqueIndex('apps_owns_unclaimed')
      .on(t.mode)
      .where(sql`owns_unclaimed = 1`),
    index('apps_mode').on(t.mode),
  ],
);

export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    kind: text('kind').$type<'secret' | 'publishable'>().notNull(),
    /** SHA-256 of the whole key, base64url. */
    hash: text('hash').notNull(),
    /** The last four characters, so that a person can tell keys apart. */
    hint: text('hint').notNull(),
    name: text('name').notNull(),
    /** What a secret key is limited to; null: everything of its app (ADR 89). */
    scopes: text('scopes', { mode: 'json' }).$type<string[]>(),
    createdAt: integer('created_at').notNull(),
    /** From then on it is refused; null: it has no end. */
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (t) => [
    uniqueIndex('api_keys_hash').on(t.hash),
    index('api_keys_app').on(t.appId),
    // Those that have ended, to be pruned.
    index('api_keys_ended')
      .on(sql`case when revoked_at is null then expires_at else revoked_at end`)
      .where(sql`case when revoked_at is null then expires_at else revoked_at end is not null`),
  ],
);

export const products = sqliteTable(
  'products',
  {
    mode: mode(),
    id: text('id').notNull(),
    name: text('name').notNull(),
    isArchived: integer('is_archived', { mode: 'boolean' }).notNull(),
    isRecurring: integer('is_recurring', { mode: 'boolean' }).notNull(),
    metadata: polarJson('metadata').notNull(),
    /** Polar's product (see record/kept.rules.ts), or null while only a part of it was seen inside another object. */
    data: polarJson('data'),
    /** The operator's assignment, which counts before what the product says of itself (trust rule 6). */
    assignedAppId: text('assigned_app_id').references(() => apps.id),
    /** The app that owns it by trust rule 6, assignment included; null: no app does, and the operator is shown it. */
    appId: text('app_id').references(() => apps.id),
    ...version(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.id] }),
    index('products_app').on(t.appId),
    index('products_unowned')
      .on(t.mode)
      .where(sql`app_id is null`),
  ],
);

export const benefits = sqliteTable(
  'benefits',
  {
    mode: mode(),
    id: text('id').notNull(),
    type: text('type').notNull(),
    description: text('description').notNull(),
    isDeleted: integer('is_deleted', { mode: 'boolean' }).notNull(),
    metadata: polarJson('metadata').notNull(),
    /**
     * Of one that gives files: their ids, and whether each is archived. Null for others, and for those that were stored
     * before this was kept.
     */
    files: text('files', { mode: 'json' }).$type<Record<string, boolean>>(),
    ...version(),
  },
  (t) => [primaryKey({ columns: [t.mode, t.id] })],
);

export const customers = sqliteTable(
  'customers',
  {
    mode: mode(),
    id: text('id').notNull(),
    email: text('email'),
    name: text('name'),
    /** At Polar. Null for those that were stored before this was kept, until they are listed again. */
    createdAt: integer('created_at'),
    deletedAt: integer('deleted_at'),
    ...version(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.id] }),
    index('customers_address').on(t.mode, sql`lower(email)`),
    // Which ones should stand in a part of Polar's list.
    index('customers_created')
      .on(t.mode, t.createdAt)
      .where(sql`deleted_at is null`),
  ],
);

/** Customers whom Polar has deleted, see people/forget-customers.ts. */
export const forgottenCustomers = sqliteTable(
  'forgotten_customers',
  {
    mode: mode(),
    id: text('id').notNull(),
    /** The address before it was anonymized, in lower case. Null once everything has been emptied. */
    address: text('address'),
    /** Counts how often Polar showed the customer since. */
    revision: integer('revision').notNull(),
    /** Rows may still describe the customer. */
    isDue: integer('is_due').notNull(),
    /** The last event whose body was gone through. */
    after: text('after').notNull(),
    /** When a run tried it last; the next run begins with those that have waited longest. */
    triedAt: integer('tried_at').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.id] }),
    index('forgotten_customers_due')
      .on(t.isDue, t.triedAt)
      .where(sql`is_due = 1`),
  ],
);

/** The customers that an external id of an app stands for. Only a secret key adds to them (trust rule 2). */
export const appCustomers = sqliteTable(
  'app_customers',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    externalId: text('external_id').notNull(),
    customerId: text('customer_id').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.appId, t.externalId, t.customerId] }),
    index('app_customers_customer').on(t.customerId, t.appId),
  ],
);

/**
 * The customers of an app: who has bought something there, as this app knows them (ADR 104). `customers` has what Polar knows, at
 * whichever app it was typed.
 */
export const knownCustomers = sqliteTable(
  'known_customers',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    customerId: text('customer_id').notNull(),
    mode: mode(),
    /** What the newest of this app's purchases came with. */
    email: text('email'),
    name: text('name'),
    /** When that purchase began. */
    seenAt: integer('seen_at').notNull(),
    /** When the first one began. */
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.appId, t.customerId] }),
    index('known_customers_created').on(t.appId, t.createdAt, t.customerId),
    // With the time, so that whoever is not in a range asked for is passed over in the index.
    index('known_customers_email')
      .on(t.appId, sql`lower(email)`, t.customerId, t.createdAt)
      .where(sql`email is not null`),
    index('known_customers_name')
      .on(t.appId, sql`lower(name)`, t.customerId, t.createdAt)
      .where(sql`name is not null`),
  ],
);

/**
 * The app's own ids beside its customers, in lists: those of `app_customers`, and those that paid checkouts named. Follows from both,
 * and decides nothing: what a checkout names gives that purchase only (trust rule 2).
 */
export const customerExternalIds = sqliteTable(
  'customer_external_ids',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    externalId: text('external_id').notNull(),
    customerId: text('customer_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.appId, t.externalId, t.customerId] }),
    index('customer_external_ids_customer').on(t.customerId, t.appId, t.externalId),
  ],
);

/** Users whom an app has named before they bought anything: what their checkouts begin with (ADR 104). */
export const preparedCustomers = sqliteTable(
  'prepared_customers',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    externalId: text('external_id').notNull(),
    email: text('email'),
    name: text('name'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.appId, t.externalId] })],
);

/** Customers whom an app has erased, see people/erase (ADR 105). */
export const erasedCustomers = sqliteTable(
  'erased_customers',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    mode: mode(),
    id: text('id').notNull(),
    /** What began before is not to describe them any more, also when Polar shows it again. */
    erasedAt: integer('erased_at').notNull(),
    /** As in `forgotten_customers`. */
    address: text('address'),
    revision: integer('revision').notNull(),
    isDue: integer('is_due').notNull(),
    after: text('after').notNull(),
    triedAt: integer('tried_at').notNull().default(0),
  },
  (t) => [
    // Who has erased a customer is asked with each look at the customer.
    primaryKey({ columns: [t.id, t.appId] }),
    index('erased_customers_due')
      .on(t.isDue, t.triedAt)
      .where(sql`is_due = 1`),
  ],
);

export const payments = sqliteTable(
  'payments',
  {
    id: text('id').primaryKey(),
    mode: mode(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    method: text('method').notNull(),
    status: text('status').$type<PaymentStatus>().notNull(),
    kind: text('kind').$type<PaymentKind>().notNull(),
    productId: text('product_id'),
    /** The product as it was called when it was bought. */
    productName: text('product_name'),
    productPlan: text('product_plan'),
    /** Charged: `netAmount + taxAmount`. Null while Polar has not said it. */
    amount: integer('amount'),
    netAmount: integer('net_amount'),
    taxAmount: integer('tax_amount'),
    discountAmount: integer('discount_amount'),
    /** Without its tax, as Polar counts refunds. */
    refundedAmount: integer('refunded_amount').notNull(),
    refundedTaxAmount: integer('refunded_tax_amount').notNull().default(0),
    /** What is left to be refunded, without its tax. */
    refundableAmount: integer('refundable_amount').notNull().default(0),
    disputed: integer('disputed', { mode: 'boolean' }).notNull().default(false),
    /** Polar's, of its order. */
    billingReason: text('billing_reason'),
    discountId: text('discount_id'),
    discountCode: text('discount_code'),
    discountName: text('discount_name'),
    invoiceNumber: text('invoice_number'),
    /** Where the buyer lives by what was typed at a checkout of this app's; null: not known, or typed elsewhere (ADR 111). */
    country: text('country'),
    /** Why it failed, when more is known than that it did. */
    failureReason: text('failure_reason'),
    currency: text('currency'),
    customerId: text('customer_id'),
    /**
     * The app's id for its user. It is only a claim, and gives this purchase only, until the app vouches for the user
     * (trust rule 2).
     */
    externalCustomerId: text('external_customer_id'),
    customerEmail: text('customer_email'),
    /** The checkout was created for a customer whom the app or a code had proven. */
    customerProven: integer('customer_proven', { mode: 'boolean' }).notNull(),
    checkoutId: text('checkout_id'),
    /**
     * The address at which the buyer pays, AES-GCM, see base/present-payment.ts. Null once it cannot be paid any more.
     */
    sealedCheckoutUrl: text('checkout_url'),
    orderId: text('order_id'),
    subscriptionId: text('subscription_id'),
    successUrl: text('success_url'),
    /** Where a buyer who has not paid is sent; null: to `successUrl` too. */
    returnUrl: text('return_url'),
    /** S256 challenge of the browser that started the checkout (PKCE), bound into the code it will get. */
    codeChallenge: text('code_challenge'),
    /** SHA-256 of the return link's nonce. */
    nonceHash: text('nonce_hash'),
    nonceUsedAt: integer('nonce_used_at'),
    metadata: text('metadata', { mode: 'json' }).$type<Record<string, string | number | boolean>>().notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    succeededAt: integer('succeeded_at'),
    expiresAt: integer('expires_at'),
  },
  (t) => [
    uniqueIndex('payments_order')
      .on(t.mode, t.orderId)
      .where(sql`order_id is not null`),
    // Also for a condition on the mode alone which is never met: it is not partial.
    uniqueIndex('payments_checkout').on(t.mode, t.checkoutId),
    // Lists without a kind or status merge those of all.
    index('payments_app_kind').on(t.appId, t.kind, t.status, t.createdAt, t.id),
    index('payments_app_amount').on(t.appId, t.amount, t.id),
    index('payments_app_discount')
      .on(t.appId, t.discountId, t.createdAt, t.id)
      .where(sql`discount_id is not null`),
    index('payments_app_product').on(t.appId, t.productId, t.status, t.createdAt, t.id),
    index('payments_app_customer')
      .on(t.appId, t.customerId, t.createdAt, t.id)
      .where(sql`customer_id is not null`),
    index('payments_app_external')
      .on(t.appId, t.externalCustomerId)
      .where(sql`external_customer_id is not null`),
    index('payments_subscription')
      .on(t.mode, t.subscriptionId)
      .where(sql`subscription_id is not null`),
    // Finds unpaid checkouts that were begun with an address.
    index('payments_address')
      .on(t.mode, sql`lower(customer_email)`)
      .where(sql`customer_id is null and customer_email is not null`),
  ],
);

/**
 * Purchases for somebody else (ADR 103). Each time is set once and stays, so that who had a purchase at any moment
 * follows: nobody from `createdAt` on, the recipient from `claimedAt` on, the buyer again from `canceledAt` on.
 */
export const gifts = sqliteTable(
  'gifts',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    mode: mode(),
    /** The purchase. Of one payment at most one gift is not canceled. */
    paymentId: text('payment_id').notNull(),
    /** Where the link is mailed, in lower case; null: the giver hands it over. */
    toEmail: text('to_email'),
    fromName: text('from_name'),
    message: text('message'),
    /** Where the recipient is sent afterwards. */
    redirectUrl: text('redirect_url').notNull(),
    /** No mail is sent before. */
    sendAt: integer('send_at'),
    /** How many days a link works. */
    linkDays: integer('link_days').notNull(),
    /** Counts the links; only the last one works. */
    link: integer('link').notNull(),
    /** SHA-256 of its code. */
    linkHash: text('link_hash').notNull(),
    /** The encryption key that its code is made with, see sell/gifts/gift-links.ts. */
    linkKey: text('link_key').notNull(),
    linkAt: integer('link_at').notNull(),
    /** When its mail is to be tried; null: there is none, or no more to do. While it is tried, when somebody else may. */
    mailAt: integer('mail_at'),
    mailAttempts: integer('mail_attempts').notNull().default(0),
    mailedAt: integer('mailed_at'),
    /** Why the last mail was not taken. */
    mailError: text('mail_error'),
    claimedAt: integer('claimed_at'),
    /** `link`: by whoever has the link; `app`: by the app, for its user. */
    claimedBy: text('claimed_by').$type<'link' | 'app'>(),
    /** Whose it is. With an address: of whoever proves it. */
    claimedCustomerId: text('claimed_customer_id'),
    claimedExternalId: text('claimed_external_id'),
    claimedEmail: text('claimed_email'),
    /** The browser that claimed it, so that it can get a lost answer again: SHA-256 of a secret of its own. */
    claimKey: text('claim_key'),
    /** When the customer was found whose address it is. */
    attachedAt: integer('attached_at'),
    canceledAt: integer('canceled_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('gifts_link').on(t.linkHash),
    uniqueIndex('gifts_payment')
      .on(t.paymentId)
      .where(sql`canceled_at is null`),
    index('gifts_of_payment').on(t.paymentId, t.createdAt, t.id),
    index('gifts_app').on(t.appId, t.createdAt, t.id),
    index('gifts_mail')
      .on(t.mailAt)
      .where(sql`mail_at is not null`),
    index('gifts_to')
      .on(t.appId, t.toEmail, t.createdAt, t.id)
      .where(sql`to_email is not null`),
    index('gifts_customer')
      .on(t.appId, t.claimedCustomerId)
      .where(sql`claimed_customer_id is not null`),
    index('gifts_external')
      .on(t.appId, t.claimedExternalId)
      .where(sql`claimed_external_id is not null`),
    index('gifts_address')
      .on(t.appId, t.claimedEmail)
      .where(sql`claimed_email is not null`),
  ],
);

/** The metadata of payments, by which they are found. Without a rowid (migration 0014), so that each is one row written. */
export const paymentMetadata = sqliteTable(
  'payment_metadata',
  {
    appId: text('app_id').notNull(),
    key: text('key').notNull(),
    /** As text, whatever it is. */
    value: text('value').notNull(),
    createdAt: integer('created_at').notNull(),
    paymentId: text('payment_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.appId, t.key, t.value, t.createdAt, t.paymentId] })],
);

export const orders = sqliteTable(
  'orders',
  {
    mode: mode(),
    id: text('id').notNull(),
    appId: text('app_id').references(() => apps.id),
    paymentId: text('payment_id'),
    customerId: text('customer_id').notNull(),
    productId: text('product_id'),
    checkoutId: text('checkout_id'),
    subscriptionId: text('subscription_id'),
    status: text('status').notNull(),
    billingReason: text('billing_reason').notNull(),
    netAmount: integer('net_amount').notNull(),
    totalAmount: integer('total_amount').notNull(),
    refundedAmount: integer('refunded_amount').notNull(),
    /** Null, as the columns down to the name of the product: stored before this was kept. */
    refundedTaxAmount: integer('refunded_tax_amount'),
    discountAmount: integer('discount_amount'),
    /** Of the customer's balance: below 0 it paid a part, above 0 a debt was paid along. */
    balanceAmount: integer('balance_amount'),
    discountId: text('discount_id'),
    discountCode: text('discount_code'),
    discountName: text('discount_name'),
    invoiceNumber: text('invoice_number'),
    /** As Polar shows it, which fills it from the customer: it may have been typed at another app's checkout. */
    billingCountry: text('billing_country'),
    nextPaymentAttemptAt: integer('next_payment_attempt_at'),
    productName: text('product_name'),
    productPlan: text('product_plan'),
    currency: text('currency').notNull(),
    createdAt: integer('created_at').notNull(),
    /** The earliest time at which it was seen paid. */
    paidAt: integer('paid_at'),
    /** It belongs to no app, and the operator does not want to be shown it. */
    isDismissed: integer('is_dismissed', { mode: 'boolean' }).notNull().default(false),
    ...version(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.id] }),
    index('orders_customer').on(t.appId, t.customerId),
    index('orders_subscription')
      .on(t.mode, t.subscriptionId, t.paidAt)
      .where(sql`subscription_id is not null`),
    index('orders_payment').on(t.paymentId),
    // Purchases of no app, for the operator. Orders of a subscription are its relatives.
    index('orders_unrouted')
      .on(t.mode, t.isDismissed, t.createdAt, t.id)
      .where(sql`app_id is null and subscription_id is null`),
  ],
);

export const subscriptions = sqliteTable(
  'subscriptions',
  {
    mode: mode(),
    id: text('id').notNull(),
    appId: text('app_id').references(() => apps.id),
    /** The payment that started it. */
    paymentId: text('payment_id'),
    customerId: text('customer_id').notNull(),
    productId: text('product_id').notNull(),
    checkoutId: text('checkout_id'),
    status: text('status').notNull(),
    currentPeriodStart: integer('current_period_start').notNull(),
    currentPeriodEnd: integer('current_period_end').notNull(),
    cancelAtPeriodEnd: integer('cancel_at_period_end', { mode: 'boolean' }).notNull(),
    canceledAt: integer('canceled_at'),
    startedAt: integer('started_at'),
    endsAt: integer('ends_at'),
    endedAt: integer('ended_at'),
    pastDueAt: integer('past_due_at'),
    pausedAt: integer('paused_at'),
    /** Null, as the columns down to the details: stored before this was kept. */
    amount: integer('amount'),
    currency: text('currency'),
    recurringInterval: text('recurring_interval'),
    recurringIntervalCount: integer('recurring_interval_count'),
    trialStart: integer('trial_start'),
    trialEnd: integer('trial_end'),
    pauseAtPeriodEnd: integer('pause_at_period_end', { mode: 'boolean' }),
    resumesAt: integer('resumes_at'),
    seats: integer('seats'),
    discountId: text('discount_id'),
    cancellationReason: text('cancellation_reason'),
    cancellationComment: text('cancellation_comment'),
    /** What only the whole subscription shows, and not the one inside an order: see polar/parse-purchases.rules.ts. */
    details: text('details', { mode: 'json' }).$type<SubscriptionDetails>(),
    /** The version of the snapshot that the details are of: `version`, then `seenVersion`. */
    detailsVersion: integer('details_version').notNull().default(0),
    detailsSeenVersion: integer('details_seen_version').notNull().default(0),
    /** The end that `subscription.ending` was told of. */
    endingToldFor: integer('ending_told_for'),
    /**
     * When it was first seen with its present product; negative while it was seen with no other one before (ADR 51).
     * Null: stored before this was kept.
     */
    productSince: integer('product_since'),
    /**
     * The app at whose checkout it began, which may be another than the one it is routed to (ADR 45). Null: not known.
     */
    soldBy: text('sold_by').references(() => apps.id),
    /** As of an order. */
    isDismissed: integer('is_dismissed', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
    ...version(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.id] }),
    index('subscriptions_customer').on(t.appId, t.customerId),
    index('subscriptions_payment').on(t.paymentId),
    // Lists without a status merge those of all.
    index('subscriptions_app').on(t.appId, t.status, t.createdAt, t.id),
    index('subscriptions_renewing')
      .on(t.appId, t.currentPeriodEnd, t.id)
      .where(sql`ended_at is null`),
    index('subscriptions_unrouted')
      .on(t.mode, t.isDismissed, t.createdAt, t.id)
      .where(sql`app_id is null`),
    // Those whose end is still to be told.
    index('subscriptions_ending')
      .on(t.appId, t.endsAt)
      .where(sql`ends_at is not null and ended_at is null and ending_told_for is not ends_at`),
  ],
);

export const refunds = sqliteTable(
  'refunds',
  {
    mode: mode(),
    id: text('id').notNull(),
    appId: text('app_id').references(() => apps.id),
    paymentId: text('payment_id'),
    orderId: text('order_id').notNull(),
    customerId: text('customer_id').notNull(),
    status: text('status').notNull(),
    reason: text('reason').notNull(),
    /** It takes the benefits away as well. Null: Polar did not say, or it was not kept yet. */
    revokesBenefits: integer('revokes_benefits', { mode: 'boolean' }),
    amount: integer('amount').notNull(),
    /** Null: stored before this was kept. */
    taxAmount: integer('tax_amount'),
    /** Of `refund_requests`, as its metadata names it. Whether it is that one's, the request says. */
    requestId: text('request_id'),
    currency: text('currency').notNull(),
    createdAt: integer('created_at').notNull(),
    ...version(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.id] }),
    index('refunds_order').on(t.mode, t.orderId),
    index('refunds_payment').on(t.paymentId),
    index('refunds_app').on(t.appId, t.status, t.createdAt, t.id),
  ],
);

/**
 * Refunds that apps asked for. The row comes before Polar is asked, since Polar has no idempotency key for refunds: what
 * became of it is looked up there before anything is sent again.
 */
export const refundRequests = sqliteTable(
  'refund_requests',
  {
    /** `ref_…`; Polar's refund has it in its metadata. */
    id: text('id').primaryKey(),
    mode: mode(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    paymentId: text('payment_id').notNull(),
    orderId: text('order_id').notNull(),
    /** Without its tax. */
    amount: integer('amount').notNull(),
    currency: text('currency').notNull(),
    reason: text('reason').notNull(),
    comment: text('comment'),
    revokesBenefits: integer('revokes_benefits', { mode: 'boolean' }).notNull(),
    /** What becomes of the subscription once the refund is accepted; null: nothing. */
    cancelSubscription: text('cancel_subscription').$type<'now' | 'period_end'>(),
    /** It was canceled as asked. */
    isCanceled: integer('is_canceled', { mode: 'boolean' }).notNull().default(false),
    metadata: text('metadata', { mode: 'json' }).$type<Record<string, string | number | boolean>>().notNull(),
    /** `asked`: Polar has not said yes or no that we know; `accepted`: it is `polarRefundId`; `refused`: see `error`. */
    status: text('status').$type<'asked' | 'accepted' | 'refused'>().notNull(),
    polarRefundId: text('polar_refund_id'),
    /** Why Polar refused: a code of the gateway's problems. */
    error: text('error'),
    attempts: integer('attempts').notNull().default(0),
    /** When it is looked at again; null: nothing is left to do. */
    nextAttemptAt: integer('next_attempt_at'),
    /** Who works on it has it until then. */
    leaseUntil: integer('lease_until').notNull().default(0),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    index('refund_requests_payment').on(t.paymentId, t.createdAt),
    uniqueIndex('refund_requests_polar')
      .on(t.mode, t.polarRefundId)
      .where(sql`polar_refund_id is not null`),
    // Those that Polar's refunds do not show.
    index('refund_requests_app')
      .on(t.appId, t.status, t.createdAt, t.id)
      .where(sql`polar_refund_id is null`),
    index('refund_requests_due')
      .on(t.nextAttemptAt)
      .where(sql`next_attempt_at is not null`),
  ],
);

export const grants = sqliteTable(
  'grants',
  {
    mode: mode(),
    id: text('id').notNull(),
    appId: text('app_id').references(() => apps.id),
    paymentId: text('payment_id'),
    benefitId: text('benefit_id').notNull(),
    customerId: text('customer_id').notNull(),
    memberId: text('member_id'),
    memberRole: text('member_role'),
    orderId: text('order_id'),
    subscriptionId: text('subscription_id'),
    isGranted: integer('is_granted', { mode: 'boolean' }).notNull(),
    isRevoked: integer('is_revoked', { mode: 'boolean' }).notNull(),
    grantedAt: integer('granted_at'),
    revokedAt: integer('revoked_at'),
    /** Always empty: what is kept of a grant's properties has columns of its own (ADR 98). */
    properties: text('properties', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    /**
     * Polar's type of benefit; '': Polar did not say. Null, as the columns down to the error: stored before this was kept,
     * and not read again yet.
     */
    benefitType: text('benefit_type'),
    /** The key that the grant gave last. */
    licenseKeyId: text('license_key_id'),
    /** The end of it, as `****-A1B2C3`. */
    displayKey: text('display_key'),
    /** Of a benefit with downloads. */
    fileIds: text('file_ids', { mode: 'json' }).$type<string[]>(),
    /** Whether the customer has given the account or address that a benefit of its type needs; null: it needs none. */
    connection: text('connection').$type<'missing' | 'given'>(),
    /** Why Polar could not grant: the class of its error, its words without addresses and links, and when. */
    errorType: text('error_type'),
    errorMessage: text('error_message'),
    errorAt: integer('error_at'),
    /** The product that its purchase has now. */
    productId: text('product_id'),
    state: text('state').$type<GrantState>().generatedAlwaysAs(sql.raw(STATE_SQL), { mode: 'virtual' }),
    /** Of a custom benefit that people fulfil (ADR 98); null: it needs nobody. */
    fulfilment: text('fulfilment').$type<'pending' | 'done' | 'refused'>(),
    createdAt: integer('created_at').notNull(),
    ...version(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.id] }),
    index('grants_customer').on(t.appId, t.customerId),
    index('grants_of_customer').on(t.mode, t.customerId),
    // Lists merge those of each type and state.
    index('grants_app_type').on(t.appId, t.benefitType, t.state, t.createdAt, t.id),
    index('grants_app_benefit').on(t.appId, t.benefitId, t.createdAt, t.id),
    index('grants_app_product')
      .on(t.appId, t.productId, t.createdAt, t.id)
      .where(sql`product_id is not null`),
    index('grants_app_member')
      .on(t.appId, t.memberId, t.createdAt, t.id)
      .where(sql`member_id is not null`),
    index('grants_app_fulfilment')
      .on(t.appId, t.fulfilment, t.createdAt, t.id)
      .where(sql`fulfilment is not null`),
    index('grants_license_key')
      .on(t.appId, t.licenseKeyId)
      .where(sql`license_key_id is not null`),
    // Several keys may end alike.
    index('grants_display_key')
      .on(t.appId, t.displayKey)
      .where(sql`display_key is not null`),
    index('grants_order')
      .on(t.mode, t.orderId)
      .where(sql`order_id is not null`),
    index('grants_subscription')
      .on(t.mode, t.subscriptionId)
      .where(sql`subscription_id is not null`),
  ],
);

/**
 * What an app gives by itself, beside what is bought (ADR 100). A row stays as it was written: only its end is noted, once. So
 * what held at any moment follows from the rows.
 */
export const ownGrants = sqliteTable(
  'own_grants',
  {
    /** `grt_…` */
    id: text('id').primaryKey(),
    mode: mode(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    /** Polar's customer; null: it is given to an external id, whom nobody need have bought for. */
    customerId: text('customer_id'),
    externalId: text('external_id'),
    /** Names of resources, as `spellName` spells them. */
    resources: text('resources', { mode: 'json' }).$type<string[]>().notNull(),
    /** Why it is given, in the app's words; '': forgotten with its customer. */
    reason: text('reason').notNull(),
    createdAt: integer('created_at').notNull(),
    /** In whole seconds, as tokens have it; null: no end. */
    expiresAt: integer('expires_at'),
    /** When it was taken back, before it expired. */
    revokedAt: integer('revoked_at'),
    /** Its customer was deleted at Polar. Null: the app took it back. */
    revokedBecause: text('revoked_because').$type<'customer_deleted'>(),
    /** When its end is to be told; null: it has no end, or that was told. */
    tellEndAt: integer('tell_end_at'),
  },
  (t) => [
    index('own_grants_app').on(t.appId, t.createdAt, t.id),
    index('own_grants_customer')
      .on(t.appId, t.customerId, t.createdAt)
      .where(sql`customer_id is not null`),
    index('own_grants_external')
      .on(t.appId, t.externalId, t.createdAt)
      .where(sql`external_id is not null`),
    index('own_grants_untold')
      .on(t.tellEndAt)
      .where(sql`tell_end_at is not null`),
    // Those that ended long ago, to be pruned.
    index('own_grants_ended')
      .on(sql`case when revoked_at is null then expires_at else revoked_at end`)
      .where(sql`case when revoked_at is null then expires_at else revoked_at end is not null`),
  ],
);

/**
 * Every snapshot of a grant that showed something new, for its history. Without a rowid (migration 0023), as the next two
 * tables, so that each is one row written.
 */
export const grantChanges = sqliteTable(
  'grant_changes',
  {
    mode: mode(),
    grantId: text('grant_id').notNull(),
    /** Of the snapshot, microseconds. */
    version: integer('version').notNull(),
    /** What Polar's event said of it; `read`: it was found by asking. */
    what: text('what').$type<'created' | 'updated' | 'renewed' | 'revoked' | 'read'>().notNull(),
    state: text('state').$type<GrantState>().notNull(),
    grantedAt: integer('granted_at'),
    revokedAt: integer('revoked_at'),
    /** When the gateway learned of it. */
    seenAt: integer('seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.mode, t.grantId, t.version, t.what] })],
);

/** What may have taken grants away and leaves no trace in a row that stays. */
export const grantCauses = sqliteTable(
  'grant_causes',
  {
    mode: mode(),
    /** `subscription:<id>` or `order:<id>`. */
    purchase: text('purchase').notNull(),
    /** Milliseconds, by Polar's clock. */
    at: integer('at').notNull(),
    /** `canceled`, `past_due`, `paused`, `seat_revoked`, or `product:<id>`: it was seen with that product. */
    what: text('what').notNull(),
  },
  (t) => [primaryKey({ columns: [t.mode, t.purchase, t.at, t.what] })],
);

/** What people did for grants of custom benefits, in order of the ids. */
export const grantFulfilments = sqliteTable(
  'grant_fulfilments',
  {
    mode: mode(),
    grantId: text('grant_id').notNull(),
    id: text('id').notNull(),
    status: text('status').$type<'pending' | 'done' | 'refused'>().notNull(),
    /** Who did it, as the app calls them. */
    by: text('by').notNull(),
    comment: text('comment'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.mode, t.grantId, t.id] })],
);

/** Snapshots that need no columns of their own: checkouts, seats, members, discounts, customer states, the organization. */
export const snapshots = sqliteTable(
  'snapshots',
  {
    mode: mode(),
    kind: text('kind').notNull(),
    id: text('id').notNull(),
    appId: text('app_id').references(() => apps.id),
    customerId: text('customer_id'),
    status: text('status'),
    /** The fields of the object that a statement reads, see record/kept.rules.ts (ADR 47). */
    data: text('data', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    /** Of a customer's state: how it differed from the known grants when Polar was asked about them last. */
    asked: text('asked'),
    ...version(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.kind, t.id] }),
    index('snapshots_customer')
      .on(t.mode, t.customerId, t.kind)
      .where(sql`customer_id is not null`),
    // Finds the members with the address that somebody signs in with.
    index('snapshots_member_address')
      .on(t.mode, sql`lower(data ->> '$.email')`)
      .where(sql`kind = 'member'`),
    // Which ones should stand in a part of Polar's list.
    index('snapshots_member_created')
      .on(t.mode, sql`data ->> '$.created_at'`)
      .where(sql`kind = 'member'`),
    // Finds members that are known only from a seat, as when a seat is claimed at once.
    index('snapshots_seat_address')
      .on(t.mode, sql`lower(data ->> '$.customer_email')`)
      .where(sql`kind = 'seat'`),
    // Finds an order's disputes.
    index('snapshots_dispute_order')
      .on(t.mode, sql`data ->> '$.order_id'`)
      .where(sql`kind = 'dispute'`),
    // An app's disputes, and those for which evidence is due. drizzle-kit takes an expression apart at its commas.
    index('snapshots_disputes')
      .on(
        t.appId,
        sql`case when data ->> '$.created_at' is null then '' else data ->> '$.created_at' end`,
        t.id,
      )
      .where(sql`kind = 'dispute'`),
    index('snapshots_evidence')
      .on(sql`data ->> '$.evidence_due_by'`)
      .where(sql`kind = 'dispute' and status = 'needs_response'`),
    // The oldest checkouts, to be pruned.
    index('snapshots_checkouts')
      .on(t.version)
      .where(sql`kind = 'checkout'`),
  ],
);

export const polarEvents = sqliteTable(
  'polar_events',
  {
    id: text('id').primaryKey(),
    mode: mode(),
    /** Polar's `webhook-id`: the same over retries and redeliveries. */
    webhookId: text('webhook_id').notNull(),
    type: text('type').notNull(),
    /** When it happened, by Polar's clock. */
    occurredAt: integer('occurred_at').notNull(),
    receivedAt: integer('received_at').notNull(),
    /**
     * `applied`; `unrouted`: fits no app (yet); `failed`: applying threw, see `error`;
     * `pending`: to be applied again, because what it waited for has come.
     */
    status: text('status').$type<'applied' | 'unrouted' | 'failed' | 'pending'>().notNull(),
    appId: text('app_id').references(() => apps.id),
    /**
     * The object that would say which app it belongs to (ADR 8): `order:<id>`, `subscription:<id>`, `product:<id>`,
     * `customer:<id>`.
     */
    waitsFor: text('waits_for'),
    error: text('error'),
    attempts: integer('attempts').notNull(),
    /**
     * The customer that it names; '': none; null: stored by the release before, and not looked at yet. See
     * people/named-in.rules.ts.
     */
    customerId: text('customer_id'),
    checkoutId: text('checkout_id'),
    /** The raw body, AES-GCM, see base/sealed.ts. Null once pruned. */
    sealedBody: text('sealed_body'),
  },
  (t) => [
    uniqueIndex('polar_events_webhook').on(t.mode, t.webhookId),
    index('polar_events_waits')
      .on(t.mode, t.waitsFor)
      .where(sql`waits_for is not null`),
    index('polar_events_status')
      .on(t.status, t.receivedAt)
      .where(sql`status <> 'applied'`),
    // Finds the kept bodies of a customer who is to be forgotten.
    index('polar_events_customer')
      .on(t.mode, t.customerId)
      .where(sql`sealed_body is not null and customer_id is not ''`),
    // Those of a checkout: one that nobody confirmed names no customer.
    index('polar_events_checkout')
      .on(t.mode, t.checkoutId)
      .where(
        sql`sealed_body is not null and checkout_id is not null and type >= 'checkout.' and type < 'checkout/'`,
      ),
  ],
);

/**
 * Objects to read again from Polar, because something was missing from a snapshot, or two snapshots of one version
 * differ.
 */
export const rereads = sqliteTable(
  'rereads',
  {
    mode: mode(),
    kind: text('kind').$type<RereadKind>().notNull(),
    id: text('id').notNull(),
    reason: text('reason').notNull(),
    requestedAt: integer('requested_at').notNull(),
    nextAttemptAt: integer('next_attempt_at').notNull(),
    attempts: integer('attempts').notNull(),
    /** For a list of Polar's: the page with which the next message goes on. */
    page: integer('page').notNull().default(1),
  },
  (t) => [primaryKey({ columns: [t.mode, t.kind, t.id] }), index('rereads_due').on(t.nextAttemptAt)],
);

export const events = sqliteTable(
  'events',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    mode: mode(),
    /** Unique in the app, so that it is told once: `payment.succeeded:<order>` (ADR 1). */
    key: text('key').notNull(),
    type: text('type').notNull(),
    /** 1, 2, 3 … within the app, without gaps. */
    sequence: integer('sequence').notNull(),
    paymentId: text('payment_id'),
    /** 1, 2, 3 … within the payment; null without one, and for events told before this was counted. */
    paymentSequence: integer('payment_sequence'),
    customerId: text('customer_id'),
    /** The Polar event that led to it first, or null (`/return`, reconcile, a payment created). */
    polarEventId: text('polar_event_id'),
    /** `public`: about a checkout that somebody without a secret key began; apps are told `api`. */
    origin: text('origin')
      .$type<'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway' | 'public'>()
      .notNull(),
    /**
     * The Standard Webhooks payload: every attempt to every endpoint sends these bytes. `{}` once pruned (ADR 59);
     * without what describes the customer once Polar has anonymized it (ADR 62).
     */
    body: text('body').notNull(),
    /** Which list of `tell/events/passed-on.rules.ts` the body was cut by; 0: before there was one. */
    passedOn: integer('passed_on').notNull().default(0),
    occurredAt: integer('occurred_at').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('events_key').on(t.appId, t.key),
    uniqueIndex('events_sequence').on(t.appId, t.sequence),
    index('events_payment')
      .on(t.paymentId, t.paymentSequence)
      .where(sql`payment_id is not null`),
    // Finds the events about a customer that are not pruned.
    index('events_customer')
      .on(t.mode, t.customerId, t.id)
      .where(sql`body <> '{}'`),
  ],
);

/**
 * How far consumers of an app's events have come (ADR 88). Without a rowid (migration 0016), so that each is one row
 * written.
 */
export const cursors = sqliteTable(
  'cursors',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    name: text('name').notNull(),
    /** Events up to this one are done. */
    sequence: integer('sequence').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.appId, t.name] })],
);

export const endpoints = sqliteTable(
  'endpoints',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    /**
     * Where events are sent: a URL; `queue:<name>` or `worker:<name>`, which the operator has bound for the app; or the
     * part of a sealed URL that may be shown.
     */
    url: text('url').notNull(),
    /** The whole URL, AES-GCM, where knowing it is enough to write into somebody's chat. */
    sealedUrl: text('sealed_url'),
    description: text('description').notNull(),
    /** Event types, with `*` and `payment.*` wildcards. */
    events: text('events', { mode: 'json' }).$type<string[]>().notNull(),
    /** What an event must say beside its type, see base/event-matches.rules.ts; null: anything. */
    matches: text('matches', { mode: 'json' }).$type<EventMatches>(),
    /** How the body is written: as Standard Webhooks has it, or for a chat. */
    format: text('format').$type<EndpointFormat>().notNull().default('standard'),
    /** `whsec_…`, AES-GCM. */
    sealedSecret: text('sealed_secret').notNull(),
    /** The secrets that were replaced, newest first; each signs until its `until` (ADR 25). */
    previousSecrets: text('previous_secrets', { mode: 'json' })
      .$type<{ sealed: string; until: number }[]>()
      .notNull()
      .default([]),
    /** While it is false, deliveries are collected and not sent; see `disabledReason`. */
    enabled: integer('enabled', { mode: 'boolean' }).notNull(),
    /** `paused`: by the app; `gone`: it answered 410; `failing`: for days. */
    disabledReason: text('disabled_reason').$type<'paused' | 'gone' | 'failing'>(),
    disabledAt: integer('disabled_at'),
    /** `payment`: a payment's events come strictly one after the other. */
    ordering: text('ordering').$type<'none' | 'payment'>().notNull().default('none'),
    /** Sends a minute at most; null: as fast as it answers. */
    rateLimit: integer('rate_limit'),
    /** When the rate is next unused (GCRA's theoretical arrival time, ms). */
    rateAt: integer('rate_at').notNull().default(0),
    /**
     * Sends a minute that it is assumed to take, since it said "slow down"; null: it has not said so lately. See
     * tell/deliveries/endpoint-pace.rules.ts.
     */
    pace: integer('pace'),
    /** When it last said so (ms). After an hour the pace does not count any more. */
    pacedAt: integer('paced_at').notNull().default(0),
    /** Set when it was enabled again: deliveries up to this sequence are sent one after the other. */
    catchUpTo: integer('catch_up_to'),
    /** Which chain of `drain` messages sends its backlog, and until when no other may start. */
    drainToken: text('drain_token'),
    drainUntil: integer('drain_until').notNull().default(0),
    /** Failed deliveries in a row; from a few on, the endpoint uses the second queue. */
    failures: integer('failures').notNull(),
    failingSince: integer('failing_since'),
    /** It answers, but so slowly that it uses the second queue as well. */
    isSlow: integer('is_slow', { mode: 'boolean' }).notNull().default(false),
    /** When its app was warned that it will be disabled. */
    warnedAt: integer('warned_at'),
    /** What is still to be told about it, see tell/endpoints/tell-endpoint-health.ts. */
    notice: text('notice').$type<'failing' | 'disabled'>(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    deletedAt: integer('deleted_at'),
  },
  (t) => [
    index('endpoints_app').on(t.appId),
    index('endpoints_notice')
      .on(t.notice)
      .where(sql`notice is not null`),
    index('endpoints_failing')
      .on(t.failingSince)
      .where(sql`failing_since is not null`),
    index('endpoints_disabled')
      .on(t.disabledAt)
      .where(sql`disabled_at is not null`),
    // Those that were deleted, to be pruned when their last delivery is.
    index('endpoints_deleted')
      .on(t.deletedAt)
      .where(sql`deleted_at is not null`),
  ],
);

export const deliveries = sqliteTable(
  'deliveries',
  {
    id: text('id').primaryKey(),
    eventId: text('event_id')
      .notNull()
      .references(() => events.id),
    endpointId: text('endpoint_id')
      .notNull()
      .references(() => endpoints.id),
    appId: text('app_id').notNull(),
    /** The event's sequence, so that deliveries can be sorted without reading events. */
    sequence: integer('sequence').notNull().default(0),
    /** `failed`: the schedule is exhausted; `canceled`: the endpoint was deleted. */
    status: text('status').$type<'pending' | 'succeeded' | 'failed' | 'canceled'>().notNull(),
    /** The number of all attempts. */
    attempts: integer('attempts').notNull(),
    /** The number of attempts in the current run through the schedule; a replay begins a new run. */
    scheduleStep: integer('schedule_step').notNull().default(0),
    /** When the first attempt of that run was made (ms); null before. */
    runStartedAt: integer('run_started_at'),
    /** How often it was brought forward in that run, since its endpoint answered again. */
    revivals: integer('revivals').notNull().default(0),
    nextAttemptAt: integer('next_attempt_at').notNull(),
    /** How often somebody asked for it again, and when last. */
    replays: integer('replays').notNull().default(0),
    replayedAt: integer('replayed_at'),
    /** Who is sending it now, and until when nobody else may. */
    leaseToken: text('lease_token'),
    leaseUntil: integer('lease_until').notNull(),
    lastStatus: integer('last_status'),
    createdAt: integer('created_at').notNull(),
    finishedAt: integer('finished_at'),
  },
  (t) => [
    uniqueIndex('deliveries_event_endpoint').on(t.eventId, t.endpointId),
    // It begins with the endpoint, so that the backlog of one endpoint does not hide the others.
    index('deliveries_due')
      .on(t.endpointId, t.nextAttemptAt)
      .where(sql`status = 'pending'`),
    // The order in which an endpoint catches up.
    index('deliveries_order')
      .on(t.endpointId, t.sequence)
      .where(sql`status = 'pending'`),
    // What is being sent to an endpoint right now.
    index('deliveries_leased')
      .on(t.endpointId)
      .where(sql`lease_token is not null`),
    // Finds the replays of the last hour.
    index('deliveries_replayed')
      .on(t.appId, t.replayedAt)
      .where(sql`replayed_at is not null`),
    // Lists of an app merge those of its endpoints and of the four statuses.
    index('deliveries_endpoint').on(t.endpointId, t.status, t.createdAt, t.id),
    // Those that ended long after they were made, to be pruned. The others are found in the order in which they were made.
    index('deliveries_ended_late')
      .on(t.finishedAt)
      .where(sql`status <> 'pending' and finished_at > created_at + 86400000`),
  ],
);

export const deliveryAttempts = sqliteTable(
  'delivery_attempts',
  {
    id: text('id').primaryKey(),
    deliveryId: text('delivery_id')
      .notNull()
      .references(() => deliveries.id),
    /** Empty for attempts made before this was kept. */
    endpointId: text('endpoint_id').notNull().default(''),
    attempt: integer('attempt').notNull(),
    /** The attempt was part of a replay. */
    isReplay: integer('is_replay', { mode: 'boolean' }).notNull().default(false),
    at: integer('at').notNull(),
    /** HTTP status, or null when no answer came; then `error` says why. */
    status: integer('status'),
    error: text('error'),
    latencyMs: integer('latency_ms').notNull(),
    /** The first 2 KB of the answer. */
    response: text('response'),
  },
  (t) => [
    index('delivery_attempts_delivery').on(t.deliveryId, t.attempt),
    index('delivery_attempts_endpoint').on(t.endpointId, t.at),
  ],
);

/** How far Polar's lists have been read: every object of `kind` created before `createdAt` has been seen (ADR 30). */
export const watermarks = sqliteTable(
  'watermarks',
  {
    mode: mode(),
    kind: text('kind').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.mode, t.kind] })],
);

/** The last check of each part of the gateway, see operate/check-health.ts. */
export const healthChecks = sqliteTable('health_checks', {
  part: text('part').primaryKey(),
  checkedAt: integer('checked_at').notNull(),
  /** Why it does not work, in plain words; null: it does. */
  error: text('error'),
});

/** One comparison with Polar: its position, and the drift found so far. */
export const reconcileRuns = sqliteTable(
  'reconcile_runs',
  {
    id: text('id').primaryKey(),
    mode: mode(),
    /** `recent`: what is new and what is open; `full`: everything. */
    scope: text('scope').$type<'recent' | 'full'>().notNull(),
    trigger: text('trigger').$type<'schedule' | 'operator'>().notNull(),
    status: text('status').$type<'running' | 'finished' | 'failed'>().notNull(),
    startedAt: integer('started_at').notNull(),
    finishedAt: integer('finished_at'),
    nextStepAt: integer('next_step_at').notNull(),
    /** Who does the next step, and until when nobody else may. */
    leaseToken: text('lease_token'),
    leaseUntil: integer('lease_until').notNull(),
    /** Where the next step goes on. */
    position: text('position', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    report: text('report', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    error: text('error'),
    /** How many objects differed: those listed in `reconcile_findings`, and those beyond their limit. */
    findings: integer('findings').notNull().default(0),
  },
  (t) => [
    uniqueIndex('reconcile_runs_running')
      .on(t.mode)
      .where(sql`status = 'running'`),
    index('reconcile_runs_mode').on(t.mode, t.startedAt),
  ],
);

/** Objects that a run found otherwise than Polar has them, and what was done (ADR 89). */
export const reconcileFindings = sqliteTable(
  'reconcile_findings',
  {
    runId: text('run_id').notNull(),
    kind: text('kind').notNull(),
    objectId: text('object_id').notNull(),
    appId: text('app_id'),
    drift: text('drift').$type<'missing' | 'stale'>().notNull(),
    differs: text('differs', { mode: 'json' }).$type<string[]>().notNull(),
    outcome: text('outcome').$type<'applied' | 'reread' | 'deleted' | 'failed'>().notNull(),
    why: text('why'),
    /** The types of the events that were told of it. */
    events: text('events', { mode: 'json' }).$type<string[]>().notNull(),
    foundAt: integer('found_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.kind, t.objectId] })],
);

export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    appId: text('app_id').notNull(),
    route: text('route').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body. */
    fingerprint: text('fingerprint').notNull(),
    leaseToken: text('lease_token').notNull(),
    leaseUntil: integer('lease_until').notNull(),
    /** Set when finished. */
    status: integer('status'),
    /** The response body, AES-GCM: it may hold a secret shown once. */
    sealedBody: text('sealed_body'),
    /** The payment that the body shows, or whom (`customer:<id>`, `external:<id>`), so that people can be forgotten. */
    paymentId: text('payment_id'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.appId, t.route, t.key] }),
    index('idempotency_keys_payment')
      .on(t.paymentId)
      .where(sql`payment_id is not null`),
    index('idempotency_keys_expires').on(t.expiresAt),
  ],
);

/** One-time codes that `/return` hands to a site and the site exchanges for a session. */
export const codes = sqliteTable(
  'codes',
  {
    /** SHA-256 of the code. */
    hash: text('hash').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    paymentId: text('payment_id').notNull(),
    callbackUrl: text('callback_url').notNull(),
    challenge: text('challenge'),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
  },
  (t) => [index('codes_expires').on(t.expiresAt)],
);

export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    /** SHA-256 of the session token. */
    hash: text('hash').notNull(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    /** The purchase that it is for: only this one, until the customer is proven (trust rule 1). */
    paymentId: text('payment_id'),
    customerId: text('customer_id'),
    externalId: text('external_id'),
    memberId: text('member_id'),
    /**
     * How the person was proven: `purchase`: not at all, they came back from a checkout; `app`: by the app; `email`: by
     * a code sent to `email`.
     */
    proof: text('proof').$type<'purchase' | 'app' | 'email'>().notNull().default('purchase'),
    /**
     * Who holds the token: the app (Bearer), or a browser in the cookie of the gateway's own pages. A token of one is
     * never accepted in place of the other (ADR 33).
     */
    holder: text('holder').$type<'app' | 'gateway'>().notNull().default('app'),
    /** The proven address. */
    email: text('email'),
    /** Which browser it was made for, in words for a list: `Firefox on Linux`. */
    label: text('label'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (t) => [
    uniqueIndex('sessions_hash').on(t.hash),
    index('sessions_customer').on(t.appId, t.customerId),
    index('sessions_external')
      .on(t.appId, t.externalId)
      .where(sql`external_id is not null`),
    index('sessions_payment')
      .on(t.appId, t.paymentId)
      .where(sql`payment_id is not null`),
    index('sessions_expires').on(t.expiresAt),
  ],
);

/** Requests for a code by mail. The code itself is not stored, only what a guess is checked against. */
export const signInAttempts = sqliteTable(
  'sign_in_attempts',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    mode: mode(),
    /** Who will hold the session, see `sessions`. */
    holder: text('holder').$type<'app' | 'gateway'>().notNull(),
    /** The address that was typed, in lower case, whether it is known or not. */
    email: text('email').notNull(),
    /** SHA-256 of the token that only the asking browser has. */
    browserHash: text('browser_hash').notNull(),
    /**
     * `<key id>.<HMAC>`, see people/sign-in-secrets.rows.ts. A plain hash would be undone by trying a million codes.
     */
    codeHash: text('code_hash').notNull(),
    linkHash: text('link_hash').notNull(),
    guesses: integer('guesses').notNull(),
    /** When its mail was allowed; without a mail no code is right. */
    mailedAt: integer('mailed_at'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
  },
  (t) => [
    index('sign_in_attempts_address').on(t.mode, t.email, t.mailedAt),
    index('sign_in_attempts_created').on(t.createdAt),
  ],
);

/** How far the cron has gone through a table in the order of its ids, see operate/walks.rows.ts and record/earlier-buyers.rows.ts. */
export const walks = sqliteTable('walks', {
  name: text('name').primaryKey(),
  /** The last id that was seen. */
  after: text('after').notNull(),
});

/** When the gateway first ran with a secret; see operate/secrets/secret-ages.rows.ts. It is named by what does not reveal it. */
export const secretAges = sqliteTable(
  'secret_ages',
  {
    /** The setting, without `_2`: `FLOE_LIVE_SIGNING_KEYS`. */
    setting: text('setting').notNull(),
    /** A key's id, or the fingerprint of a secret without one. */
    id: text('id').notNull(),
    firstSeenAt: integer('first_seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.setting, t.id] })],
);

/**
 * The public parts of the keys that have signed offline licences, which stay published until the last of these is over, also when the key
 * itself is gone; see access/published-keys.rows.ts (ADR 96).
 */
export const publishedKeys = sqliteTable(
  'published_keys',
  {
    mode: mode(),
    kid: text('kid').notNull(),
    /** The public key (RFC 8037), base64url. */
    x: text('x').notNull(),
    /** Until when a licence that it has signed counts. */
    neededUntil: integer('needed_until').notNull(),
    /** It has leaked: nothing that it has signed is to be believed. */
    withdrawnAt: integer('withdrawn_at'),
  },
  (t) => [primaryKey({ columns: [t.mode, t.kid] }), index('published_keys_needed').on(t.neededUntil)],
);

/**
 * The machine that an activation's offline licences are for, until the last of them is over; see
 * use/offline-licenses/offline-licenses.rows.ts. A machine is known by a salted hash alone.
 */
export const licensedMachines = sqliteTable(
  'licensed_machines',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    activationId: text('activation_id').notNull(),
    /** As the licence has it. */
    fingerprint: text('fingerprint').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.appId, t.activationId] }),
    index('licensed_machines_expiry').on(t.expiresAt),
  ],
);

/** How far everything encrypted has been encrypted again under a new key; see operate/secrets/reseal.ts. */
export const reseals = sqliteTable(
  'reseals',
  {
    keyId: text('key_id').notNull(),
    /** The table whose rows are gone through. */
    place: text('place').notNull(),
    /** The last row that was seen; '': none. */
    after: text('after').notNull(),
    /** When this pass began. */
    beganAt: integer('began_at').notNull(),
    /** When it came to the end of the table; null: it goes on. */
    finishedAt: integer('finished_at'),
    /** Values that were encrypted again, in all passes. */
    resealed: integer('resealed').notNull(),
    /** Values that no key opens, in this pass. */
    unreadable: integer('unreadable').notNull(),
  },
  (t) => [primaryKey({ columns: [t.keyId, t.place] })],
);

/**
 * Rows that decisions about access read, as they were before they changed (ADR 102). Without a rowid, so that each is one
 * row written. What was true at a time is the first of a row's versions that ended after it, or the row itself.
 */
export const rowHistory = sqliteTable(
  'row_history',
  {
    mode: mode(),
    /** Of base/db/row-history.rows.ts: `order`, `grant`, `seat`. */
    kind: text('kind').notNull(),
    id: text('id').notNull(),
    /** 1, 2, 3 … for each row, in the order in which its changes were committed. */
    nth: integer('nth').notNull(),
    /** The row was so until then, by the clock of the Worker that changed it; from then on it is not. */
    until: integer('until').notNull(),
    /** The columns that decisions read; null: there was no such row. */
    row: text('row', { mode: 'json' }).$type<Record<string, unknown>>(),
    /** Whose the row was, where nothing that is stored now leads to it any more: `customer:<app>:<id>`. */
    formerOwner: text('former_owner'),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.kind, t.id, t.nth] }),
    index('row_history_former_owner')
      .on(t.mode, t.formerOwner)
      .where(sql`former_owner is not null`),
  ],
);

/** Since when `row_history` is without gaps: one row, see access/explain/history.rows.ts. */
export const historyMarks = sqliteTable('history_marks', {
  name: text('name').primaryKey(),
  beganAt: integer('began_at').notNull(),
  /** When a release that writes history ran last. */
  seenAt: integer('seen_at').notNull(),
});

/** Counts of rows that were pruned, by app and day (ADR 59). */
export const dailyCounts = sqliteTable(
  'daily_counts',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    /** Its beginning, UTC. */
    day: integer('day').notNull(),
    /** `payments_unpaid`: begun on that day and never paid. */
    name: text('name').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [primaryKey({ columns: [t.appId, t.day, t.name] })],
);

/**
 * Budgets for the requests to Polar that strangers can cause (ADR 56): for each kind a part for each app, one that is
 * common, and the whole. A few rows a mode. See polar/public-budget.rows.ts.
 */
export const polarBudgets = sqliteTable(
  'polar_budgets',
  {
    mode: mode(),
    /** `checkout:<app id>`, `checkout` (common), `checkout:` (the whole). */
    part: text('part').notNull(),
    /** Each request occupies a part for some time (GCRA's theoretical arrival time, ms). */
    occupiedUntil: integer('occupied_until').notNull(),
    /** Which request took it last. */
    token: text('token').notNull(),
  },
  (t) => [primaryKey({ columns: [t.mode, t.part] })],
);

/** Each time that a customer was handed the address of a file, for 90 days (ADR 97). */
export const downloads = sqliteTable(
  'downloads',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    fileId: text('file_id').notNull(),
    benefitId: text('benefit_id').notNull(),
    customerId: text('customer_id').notNull(),
    memberId: text('member_id'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    index('downloads_file').on(t.appId, t.fileId, t.createdAt, t.id),
    index('downloads_customer').on(t.appId, t.customerId, t.createdAt, t.id),
  ],
);

/** How often each file of an app was asked for, and as what it was offered last. */
export const downloadedFiles = sqliteTable(
  'downloaded_files',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    id: text('id').notNull(),
    benefitId: text('benefit_id').notNull(),
    name: text('name').notNull(),
    size: integer('size').notNull(),
    version: text('version'),
    downloads: integer('downloads').notNull(),
    firstAt: integer('first_at').notNull(),
    lastAt: integer('last_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.appId, t.id] })],
);

/** What was asked about a licence key, and the last plain yes to it (ADR 95). The key itself is not here. */
export const licenseChecks = sqliteTable(
  'license_checks',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    /** SHA-256 of the app and the key. */
    keyHash: text('key_hash').notNull(),
    mode: mode(),
    /** The key at Polar; null, as the next two: no yes is remembered. */
    licenseKeyId: text('license_key_id'),
    /** The answer. */
    answer: text('answer', { mode: 'json' }).$type<Record<string, unknown>>(),
    /** When Polar was asked. */
    checkedAt: integer('checked_at'),
    /** Who is asking Polar now, and until when others wait for the answer. */
    leaseToken: text('lease_token').notNull(),
    leaseUntil: integer('lease_until').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.appId, t.keyHash] }),
    index('license_checks_key')
      .on(t.mode, t.licenseKeyId)
      .where(sql`license_key_id is not null`),
    index('license_checks_expires').on(t.expiresAt),
  ],
);

/** How many guesses at licence keys were answered with no in a window of time, see use/license-keys/guesses.rules.ts. */
export const licenseGuesses = sqliteTable(
  'license_guesses',
  {
    part: text('part').primaryKey(),
    windowEndsAt: integer('window_ends_at').notNull(),
    count: integer('count').notNull(),
    /** Which question was counted last. */
    token: text('token').notNull(),
  },
  (t) => [index('license_guesses_window').on(t.windowEndsAt)],
);

/**
 * What Polar was asked to do with a licence key and may have done although no answer came: it has no idempotency keys. Of one key one
 * usage at a time is open.
 */
export const licenseRequests = sqliteTable(
  'license_requests',
  {
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    /** SHA-256 of the `Idempotency-Key` and what it was sent with, or random. */
    request: text('request').notNull(),
    mode: mode(),
    licenseKeyId: text('license_key_id').notNull(),
    kind: text('kind').$type<'usage' | 'activation'>().notNull(),
    /** Of a usage: how much more, and how much it was before. */
    amount: integer('amount').notNull(),
    usageBefore: integer('usage_before'),
    /** When Polar was asked; null: it was not. */
    askedAt: integer('asked_at'),
    /** What became of it; null: open. */
    outcome: text('outcome').$type<'done' | 'not_done'>(),
    leaseToken: text('lease_token').notNull(),
    leaseUntil: integer('lease_until').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.appId, t.request] }),
    uniqueIndex('license_requests_open')
      .on(t.mode, t.licenseKeyId)
      .where(sql`kind = 'usage' and outcome is null`),
    index('license_requests_expires').on(t.expiresAt),
  ],
);

/** Each time that a licence key was activated, or an activation given up, for a year (ADR 101). Polar keeps no history of it. */
export const licenseActivations = sqliteTable(
  'license_activations',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    customerId: text('customer_id').notNull(),
    licenseKeyId: text('license_key_id').notNull(),
    activationId: text('activation_id').notNull(),
    /** The key without what makes it work, as Polar shows it. */
    displayKey: text('display_key').notNull(),
    what: text('what').$type<'activated' | 'deactivated'>().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('license_activations_customer').on(t.appId, t.customerId, t.createdAt, t.id)],
);

/** How often a discount of an app's was redeemed, when Polar was asked last (ADR 107). */
export const discountCounts = sqliteTable(
  'discount_counts',
  {
    mode: mode(),
    id: text('id').notNull(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    maxRedemptions: integer('max_redemptions'),
    redemptions: integer('redemptions').notNull(),
    startsAt: integer('starts_at'),
    endsAt: integer('ends_at'),
    readAt: integer('read_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.mode, t.id] }), index('discount_counts_read').on(t.readAt)],
);

/** One public code for several of an app's discounts (ADR 108). */
export const campaigns = sqliteTable(
  'campaigns',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    name: text('name').notNull(),
    /** In lower case. */
    code: text('code').notNull(),
    /** JSON: discounts in the order in which they are tried, each with the products that it is for. */
    rules: text('rules').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('campaigns_code').on(t.appId, t.code),
    index('campaigns_app').on(t.appId, t.createdAt, t.id),
  ],
);

/** Links that begin a payment each time that they are followed (ADR 106). */
export const checkoutLinks = sqliteTable(
  'checkout_links',
  {
    id: text('id').primaryKey(),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    label: text('label'),
    /** JSON of what each payment begins with, by the names of the request. */
    settings: text('settings').notNull(),
    opened: integer('opened').notNull(),
    lastOpenedAt: integer('last_opened_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('checkout_links_app').on(t.appId, t.createdAt, t.id)],
);

export const auditLog = sqliteTable(
  'audit_log',
  {
    id: text('id').primaryKey(),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    appId: text('app_id'),
    target: text('target'),
    /** The key by which an app asked. */
    keyId: text('key_id'),
    requestId: text('request_id'),
    /** The settings that were changed, as they were and as they are then. */
    before: text('before', { mode: 'json' }).$type<Record<string, unknown>>(),
    after: text('after', { mode: 'json' }).$type<Record<string, unknown>>(),
    detail: text('detail', { mode: 'json' }).$type<Record<string, unknown>>(),
  },
  (t) => [
    index('audit_log_app').on(t.appId, t.at),
    index('audit_log_target').on(t.target, t.at),
    index('audit_log_at').on(t.at),
  ],
);

export type AppRow = typeof apps.$inferSelect;
export type KeyRow = typeof apiKeys.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type PaymentRow = typeof payments.$inferSelect;
export type ProductRow = typeof products.$inferSelect;
export type GiftRow = typeof gifts.$inferSelect;
