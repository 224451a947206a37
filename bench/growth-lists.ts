/* The lists of what an app has sold, a line for each filter, each sort and the usual pairs. */

/** Something that is asked for: `{customer}` and the like are of another sale each time, `$product` and the like of samples. */
export interface Line {
  name: string;
  path: string;
  /** What the answer has, so that a fast wrong one is not counted. */
  contains: string;
}

const NONE = '"data":[]';
const A_PAGE = '"next_cursor":';
/** Of nobody, and of nothing. */
const NO_ID = '00000000-0000-4000-8000-000000000000';
const DAY_MS = 24 * 60 * 60_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
/** The middle of the sales. */
export const RANGE = `created_after=${daysAgo(60)}&created_before=${daysAgo(30)}`;

/** Lines of one list, `what: query`, first the list without a filter. Where `what` ends with `none`, nothing is found; with `few`, a page may be empty, and then goes on. */
export function lines(name: string, path: string, contains: string, asked: Record<string, string>): Line[] {
  return Object.entries({ '': '', ...asked }).map(([what, query]) => ({
    name: what === '' ? name : `${name}: ${what}`,
    path: `${path}?limit=5${query === '' ? '' : `&${query}`}`,
    contains: what.endsWith('none') ? NONE : what.endsWith('few') ? A_PAGE : contains,
  }));
}

const PAYMENTS = lines('payments', '/v1/payments', '"id":"pay_', {
  status: 'status=refunded',
  kind: 'kind=renewal',
  'kind, none': 'kind=direct',
  'status and kind': 'status=succeeded&kind=renewal',
  product: 'product=$product',
  'product, none': `product=${NO_ID}`,
  'product and status': 'product=$product&status=succeeded',
  'product and status, none': 'product=$otherProduct&status=pending',
  'product and kind, few': 'product=$product&kind=renewal',
  'product and kind, none': 'product=$product&kind=direct',
  customer: 'customer={customer}',
  'customer and status, none': 'customer={customer}&status=failed',
  'external id': 'customer=external:user-{n}',
  order: 'order_id={order}',
  discount: 'discount_id=$discount',
  'discount and status': 'discount_id=$discount&status=refunded',
  'discount and status, none': 'discount_id=$discount&status=pending',
  metadata: 'metadata[campaign]=spring',
  'metadata, none': 'metadata[campaign]=winter',
  'two of metadata': 'metadata[campaign]=spring&metadata[seller]=seller-7',
  'metadata and status': 'metadata[campaign]=spring&status=refunded',
  'metadata and product': 'metadata[campaign]=autumn&product=$product',
  range: RANGE,
  'range and status': `${RANGE}&status=refunded`,
  'range and product': `${RANGE}&product=$product`,
  'oldest first': 'sort=created_at',
  'oldest first, status': 'sort=created_at&status=refunded',
  'oldest first, range': `sort=created_at&${RANGE}`,
  'oldest first, product': 'sort=created_at&product=$product',
  'by amount': 'sort=amount',
  'by amount, greatest first': 'sort=-amount',
  'by amount, status, few': 'sort=-amount&status=refunded',
  'by amount, product, none': `sort=-amount&product=${NO_ID}`,
});

const CUSTOMERS = [
  ...lines('customers', '/v1/customers', '"email":"buyer-', {
    'oldest first': 'sort=created_at',
    'by address': 'sort=email',
    'by address, last first': 'sort=-email',
    range: RANGE,
    'oldest first, range': `sort=created_at&${RANGE}`,
    'by address, range, few': `sort=email&${RANGE}`,
    'by address, range, none': 'sort=email&created_before=2000-01-01',
    'found by address': 'q=buyer-1',
    'found by one address': 'q=buyer-{n}@',
    'found by name': 'q=Buyer%201',
    'found by external id': 'q=user-1',
    'found, none': 'q=nobody',
    'found by address, range, few': `q=buyer&${RANGE}`,
    'found by address, range, none': 'q=buyer&created_before=2000-01-01',
  }),
  { name: 'customers: one', path: '/v1/customers/{customer}', contains: '"id":"{customer}"' },
  {
    name: 'customers: one, by external id',
    path: '/v1/customers/external:user-{n}',
    contains: '"id":"{customer}"',
  },
];

const REFUNDS = [
  ...lines('refunds', '/v1/refunds', '"id":"ref_', {
    status: 'status=succeeded',
    'status, failed': 'status=failed',
    'status, none': 'status=pending',
    payment: 'payment={payment}',
    range: RANGE,
    'range and status': `${RANGE}&status=failed`,
  }),
  ...lines('refunds of a payment', '/v1/payments/{payment}/refunds', '"id":"ref_', {}),
];

const DISPUTES = lines('disputes', '/v1/disputes', '"status":"', {
  status: 'status=won',
  'status, none': 'status=needs_response',
  payment: 'payment={payment}',
  range: RANGE,
  'range and status': `${RANGE}&status=won`,
});

const GIFTS = lines('gifts', '/v1/gifts', '"id":"gft_', {
  payment: 'payment={payment}',
  address: 'to_email=friend-{n}@readers.dev',
  'address, none': 'to_email=nobody@readers.dev',
  range: RANGE,
});

const SUBSCRIPTIONS = lines('subscriptions', '/v1/subscriptions', '"status":"', {
  status: 'status=past_due',
  'status, none': 'status=paused',
  product: 'product_id=$otherProduct',
  'product, none': `product_id=${NO_ID}`,
  'product and status': 'product_id=$otherProduct&status=active',
  customer: 'customer={customer}',
  'external id': 'customer=external:user-{n}',
  'to be canceled': 'cancel_at_period_end=true',
  'renews before': `renews_before=${daysAgo(-40)}`,
  'renews before, product, few': `renews_before=${daysAgo(-40)}&product_id=$otherProduct`,
  'renews before, status, none': `renews_before=${daysAgo(-40)}&status=past_due`,
  range: RANGE,
  'range and status': `${RANGE}&status=active`,
});

const GRANTS = lines('grants', '/v1/grants', '"id":"', {
  customer: 'customer={customer}',
  'external id': 'customer=external:user-{n}',
  member: 'member={customer}',
  benefit: 'benefit=$benefit',
  'benefit and state': 'benefit=$benefit&state=revoked',
  'benefit and state, none': 'benefit=$benefit&state=failed',
  type: 'type=custom',
  'type, none': 'type=discord',
  product: 'product=$otherProduct',
  'product and state': 'product=$otherProduct&state=granted',
  state: 'state=revoked',
  'state, none': 'state=failed',
  'type and state': 'type=custom&state=revoked',
  fulfilment: 'fulfilment=pending',
  'fulfilment and product': 'fulfilment=pending&product=$otherProduct',
  range: RANGE,
  "of the app's own": 'source=app',
  "of the app's own, customer": 'source=app&customer={customer}',
  "of the app's own, state": 'source=app&state=revoked',
  "of the app's own, state, none": 'source=app&state=expired',
});

/** With a secret key. Lists that Polar is asked for, products, discounts and licence keys, are its own. */
export const LISTS: readonly Line[] = [
  ...PAYMENTS,
  ...lines('redemptions', '/v1/discounts/$discount/redemptions', '"payment_id":"pay_', {}),
  ...CUSTOMERS,
  ...REFUNDS,
  ...DISPUTES,
  ...GIFTS,
  ...SUBSCRIPTIONS,
  ...GRANTS,
  ...lines('sessions', '/v1/sessions', '"id":"ses_', { customer: 'customer={customer}' }).slice(1),
  ...lines('downloads of a file', '/v1/files/$file/downloads', '"id":"', {}),
  ...['payments', 'refunds', 'subscriptions', 'customers'].map((of) => ({
    name: `export of ${of}`,
    path: `/v1/${of}/export?format=ndjson&limit=20`,
    contains: '"rows":20',
  })),
];
