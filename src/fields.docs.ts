import { MAX_AGE_SECONDS } from './access/access.rules.ts';
import type { IdKind } from './base/ids.rules.ts';
import { MAX_PAGE } from './http/shapes.ts';
import { wordsOf } from './words-of-fields.docs.ts';

/* What the name of a field says of it: in answers, events, requests and queries one name means one thing (ADR 84). */

/** Keywords of JSON Schema that a field gets besides what its own schema says. */
interface Says {
  readonly format?: 'uri' | 'uuid' | 'email';
  readonly pattern?: string;
  readonly description?: string;
  /** What the field is, where its own schema leaves it open. */
  readonly component?: string;
  /** A number that a query has as text. */
  readonly type?: 'integer';
  readonly minimum?: number;
  readonly maximum?: number;
}

const UUID: Says = { format: 'uuid' };
const URI: Says = { format: 'uri' };

/** One of the gateway's own ids. */
function typeId(kind: IdKind | 'req'): Says {
  if (kind === 'req') return { pattern: '^req_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' };
  return { pattern: `^${kind}_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$` };
}

const CUSTOMER_PATTERN = String.raw`^\s*(external:[^\n]*\S[^\n]*|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\s*)$`;
const CUSTOMER: Says = {
  pattern: CUSTOMER_PATTERN,
  description: 'A customer: Polar’s id (a UUID), or `external:` and your own id for your user.',
};

/** By component: whose ids they are. What is made of one, such as `NewKey` of `Key`, stands here too. */
const OWN_IDS: Readonly<Record<string, Says>> = {
  ...ids('pay', 'Payment'),
  ...ids('ref', 'Refund'),
  ...ids('gft', 'Gift', 'NewGift', 'ResentGift', 'CanceledGift', 'ToldGift', 'ExportedGift'),
  ...ids(
    'ep',
    'WebhookEndpoint',
    'NewWebhookEndpoint',
    'RotatedSecret',
    'UnhealthyWebhookEndpoint',
    'ToldEndpoint',
  ),
  ...ids(
    'evt',
    'Event',
    'EventData',
    'PaymentEventData',
    'RetryEventData',
    'GrantEventData',
    'ActionEventData',
    'FulfilledEventData',
    'EndpointEventData',
    'GiftEventData',
    'DiscountEventData',
    'ExportedEvent',
  ),
  ...ids('grt', 'OwnGrant', 'ToldOwnGrant', 'OwnGrantWithHistory'),
  ...ids('cmp', 'Campaign', 'RemainingOfCampaign'),
  ...ids('lnk', 'CheckoutLink'),
  ...ids('dlv', 'Delivery', 'DeliveryWithAttempts'),
  ...ids('ses', 'Session', 'CurrentSession', 'ExportedSession'),
  ...ids('app', 'App', 'NewApp'),
  ...ids('key', 'Key', 'NewKey'),
  ...ids('aud', 'AuditEntry'),
  ...ids('pev', 'PolarEvent', 'PolarEventWithBody', 'AccessCause.polar_event'),
  ...ids('dl', 'Download', 'ExportedDownload'),
  ...ids('lka', 'ExportedActivation'),
  // Polar’s id, or `external:` and the app’s own.
  ...Object.fromEntries(
    ['Customer', 'PreparedCustomer', 'ExportedPerson'].map((name) => [
      `${name}.id`,
      { pattern: CUSTOMER_PATTERN },
    ]),
  ),
  ...ids('rec', 'ReconcileRun', 'ReconcileRunWithObjects'),
  ...Object.fromEntries(
    [
      'Product',
      'Price',
      'Benefit',
      'PaymentProduct',
      'PaymentCustomer',
      'AppliedDiscount',
      'Discount',
      'RemainingOfDiscount',
      'ToldDiscount',
      'LicenseKey',
      'LicenseKeyWithActivations',
      'LicenseActivation',
      'Subscription',
      'SubscriptionProduct',
      'SubscriptionCustomer',
      'ListedCustomer',
      'ExportedRefund',
      'ProductOwner',
      'AccessMissing.product',
      'DownloadableFile',
      'CountedFile',
      'Grant',
      'GrantWithHistory',
      'GrantBenefit',
      'GrantProduct',
      'GrantCustomer',
      'GrantMember',
      'GrantLicenseKey',
      'ToldGrant',
      'ToldGrantBenefit',
      'Dispute',
      'UnroutedPurchase',
      'UnroutedProduct',
      'UnroutedCustomer',
      'AdoptedPurchase',
    ].map((name) => [`${name}.id`, UUID]),
  ),
};

function ids(kind: IdKind, ...components: string[]): Record<string, Says> {
  return Object.fromEntries(components.map((name) => [`${name}.id`, typeId(kind)]));
}

/** By what stands at the end of a field's path: `Payment.customer.email`, `?limit`. */
const BY_NAME: readonly (readonly [RegExp, Says])[] = [
  [/[.?](first_|latest_)?payment_id$/, typeId('pay')],
  [/[.?]refund_id$/, typeId('ref')],
  [/[.?]event_id$/, typeId('evt')],
  [/[.?]endpoint_id$/, typeId('ep')],
  [/\.request_id$/, { ...typeId('req'), description: 'Names this request in the gateway’s logs.' }],
  [/\?q$/, { description: 'What an address, a name or an external id begins with.' }],
  [/[.?](product|benefit|customer|order|checkout|subscription|discount|member|grant|activation)_id$/, UUID],
  [/^Exported\w+\.(license_key|file)_id$/, UUID],
  [/\?(product|member|benefit)$/, UUID],
  [/^Problem\.type$/, URI],
  [/^Event\.body$/, { component: 'EventBody' }],
  [/[.?](url|\w+_url|callback_urls|origins|images|embed_origin)$/, URI],
  [/[.?](to_)?email$/, { format: 'email' }],
  [/\?to_email$/, { description: 'For this address only.' }],
  [/(?<!CreatePayment|CreateGift)Request\.customer$|\?customer$/, CUSTOMER],
  [
    /Access(Batch|Explanation)?\.customer$/,
    { ...CUSTOMER, description: 'Who was asked about; null for a purchase whose buyer has proven nothing.' },
  ],
  [/\.currency$|\.price_currency$/, { pattern: '^[a-z]{3}$', description: 'ISO 4217, in small letters.' }],
  [
    /\?limit$/,
    {
      type: 'integer',
      minimum: 1,
      maximum: MAX_PAGE,
      description: 'How many entries a page has at most: 1 to 100, 20 unless given.',
    },
  ],
  [/\?cursor$/, { description: 'The `next_cursor` of the page before.' }],
  [/\?created_after$/, { description: 'Created then or later: ISO 8601, a time or a day.' }],
  [/\?created_before$/, { description: 'Created before then: ISO 8601, a time or a day.' }],
  [/\?mode$/, { description: 'Of this mode only.' }],
  [/\?status$/, { description: 'With this status only.' }],
  [
    /[.?]resource$/,
    {
      description:
        'What access is asked for: `content:blog/one`, `plan:quay:pro`, `product:<uuid>`, `benefit:<uuid>`, `feature:<key>`.',
    },
  ],
  [
    /access\/explain\?at$/,
    { description: 'When: ISO 8601, a time or a day of the last 90 days. Without it: now.' },
  ],
  [/\?max_age$/, { type: 'integer', minimum: 0, maximum: MAX_AGE_SECONDS }],
  [/\?seats$/, { type: 'integer', minimum: 1, maximum: 999 }],
  [/\?units$/, { type: 'integer', minimum: 1, maximum: 99_999_999 }],
  [/\?currency$/, { description: 'One that the product has a price in, ISO 4217.' }],
  [/[.?]max_age$/, { description: 'How old a cached yes may be, seconds.' }],
  [/\?app$/, { description: 'The app’s slug.' }],
  [
    /\?after$/,
    {
      type: 'integer',
      minimum: 0,
      description:
        'Events after this number, in their order; 0: from the first on. Without it: the list, newest first.',
    },
  ],
  [
    /\?wait$/,
    {
      type: 'integer',
      minimum: 0,
      maximum: 30,
      description: 'So many seconds the answer may wait for an event when there is none. With `after` only.',
    },
  ],
  [
    /\?types$/,
    { description: 'Types or groups, with commas: `payment.*,refund.succeeded`. With `after` only.' },
  ],
  [/\?(actor|action)$/, { description: 'Only what was done so.' }],
  [/\?target$/, { description: 'Only what was done to this: an id, or an app’s slug.' }],
  [/\?key$/, { description: 'Only what was done with the key of this id.' }],
  [/\?type$/, { description: 'Of this type only.' }],
  [/\?kind$/, { description: 'Of this kind only.' }],
  [
    /\?(payment|product|member|benefit|product_id|order_id|subscription_id|discount_id|endpoint|event)$/,
    { description: 'Of this one only.' },
  ],
  [/\?metadata$/, { description: 'With these values: `metadata[color]=red`.' }],
  [/\?sort$/, { description: 'The order; `-` begins with the greatest.' }],
  [/\?state$/, { description: 'In this state only.' }],
  [/\?fulfilment$/, { description: 'Of those that people fulfil, only these.' }],
  [/\?source$/, { description: 'Only what came from there.' }],
  [/\?cancel_at_period_end$/, { description: 'Only those that end with their period, or only the others.' }],
  [/\?renews_before$/, { description: 'Only those that will renew before then.' }],
  [/\?prefix$/, { description: 'What paths need: `<path>:<resource>`. It may be given several times.' }],
  [/\?public$/, { description: 'A path that anybody may have. It may be given several times.' }],
  [/\?nonce$/, { description: 'Proves that the browser comes from the checkout.' }],
  [/\?to$/, { description: 'Where to go afterwards.' }],
  [/List\.next_cursor$/, { description: 'Send it as `cursor` for the next page; null on the last one.' }],
];

/**
 * What the name of a field says: `Payment.id`, `CreatePaymentRequest.customer.email`, `/v1/payments?limit`. The first that
 * says something about a keyword counts.
 */
export function readField(path: string): Says {
  const found = [OWN_IDS[path] ?? {}, ...BY_NAME.filter(([at]) => at.test(path)).map(([, says]) => says)];
  const words = wordsOf(path.replace('?', '.'));
  return Object.assign(words === undefined ? {} : { description: words }, ...found.toReversed()) as Says;
}
