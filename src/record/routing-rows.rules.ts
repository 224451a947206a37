import type {
  apps,
  customers,
  erasedCustomers,
  grants,
  orders,
  payments,
  polarEvents,
  products,
  refunds,
  snapshots,
  subscriptions,
} from '../base/db/schema.rows.ts';

type Row<Table extends { $inferSelect: object }, Field extends keyof Table['$inferSelect']> = Pick<
  Table['$inferSelect'],
  Field
>;

/** The rows that an observation depends on, with the fields that decide something. */
export interface RoutingRows {
  /** Those of the mode. */
  apps: Row<typeof apps, 'id' | 'slug' | 'product' | 'ownsUnclaimed'>[];
  payments: Row<
    typeof payments,
    | 'id'
    | 'appId'
    | 'status'
    | 'failureReason'
    | 'productId'
    | 'customerId'
    | 'externalCustomerId'
    | 'customerEmail'
    | 'checkoutId'
    | 'orderId'
    | 'subscriptionId'
    | 'successUrl'
    | 'metadata'
    | 'createdAt'
  >[];
  orders: Row<
    typeof orders,
    | 'id'
    | 'appId'
    | 'paymentId'
    | 'customerId'
    | 'productId'
    | 'checkoutId'
    | 'subscriptionId'
    | 'billingReason'
    | 'paidAt'
    | 'version'
    | 'digest'
  >[];
  subscriptions: Row<
    typeof subscriptions,
    | 'id'
    | 'appId'
    | 'paymentId'
    | 'customerId'
    | 'productId'
    | 'status'
    | 'canceledAt'
    | 'currentPeriodEnd'
    | 'endsAt'
    | 'endedAt'
    | 'createdAt'
    | 'soldBy'
    | 'productSince'
    | 'version'
    | 'digest'
  >[];
  products: (Row<typeof products, 'id' | 'assignedAppId' | 'appId' | 'version'> & {
    /** It was seen itself, not only a part of it inside another object. */
    isWhole: boolean;
    /** Null while that is not known, and where nothing depends on it. */
    benefitIds: string[] | null;
  })[];
  grants: Row<
    typeof grants,
    | 'id'
    | 'appId'
    | 'benefitId'
    | 'benefitType'
    | 'customerId'
    | 'memberId'
    | 'orderId'
    | 'subscriptionId'
    | 'productId'
    | 'licenseKeyId'
    | 'displayKey'
    | 'fulfilment'
    | 'createdAt'
    | 'isRevoked'
    | 'version'
    | 'digest'
  >[];
  /** The last version before the grant at hand in which nothing was to be done by the customer; null: none is known. */
  leftActionAt: number | null;
  /** The newest order that a subscription which is past due was not paid for. */
  unpaid: string | null;
  refund: Row<typeof refunds, 'id' | 'appId' | 'paymentId' | 'orderId' | 'status' | 'createdAt'> | null;
  /** The customer that the observation shows. */
  customer: Row<
    typeof customers,
    'id' | 'email' | 'createdAt' | 'deletedAt' | 'version' | 'seenVersion' | 'digest'
  > | null;
  /** The apps that have erased the customer at hand (ADR 105). */
  erased: Row<typeof erasedCustomers, 'appId' | 'erasedAt'>[];
  other: Row<typeof snapshots, 'id' | 'customerId'> | null;
  /** The buyer of a checkout that is over has another subscription, and the organization allows no second one. */
  isAlreadySubscribed: boolean;
  /** The apps that have sold to this customer, and since when; these are told of the customer's changes. */
  relations: {
    appId: string | null;
    since: number;
    /** The customer's payments that began no subscription. */
    paymentIds: string[];
    /** Of the newest purchase. */
    email: string | null;
    toldLast: { email: string | null; isGone: boolean } | null;
  }[];
  /** The Polar event, if it came before. */
  earlier: Row<typeof polarEvents, 'status'> | null;
}
