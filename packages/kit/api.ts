// Made by cli/kit-api.ts from the OpenAPI document. Do not edit: `npm run build:kit-api`.

export type AcceptDisputeRequest = Record<string, unknown>;

export interface Access {
  /** What access is asked for: `content:blog/one`, `plan:quay:pro`, `product:<uuid>`, `benefit:<uuid>`, `feature:<key>`. */
  resource: string;
  /** Whether it may be used. */
  allow: boolean;
  /** `granted`, or why not. */
  reason: 'granted' | 'not_granted' | 'revoked' | 'expired' | 'unknown_customer' | 'unknown_resource' | 'pending_payment' | 'unavailable';
  /** When a yes is known to end; null when nothing says so. */
  expires_at: string | null;
  /** Of a yes to a feature, what it is worth: the metadata of its flag. */
  values?: Record<string, string | number | boolean>;
  /** Who was asked about; null for a purchase whose buyer has proven nothing. */
  customer: string | null;
  /** All that the customer has in this app, signed by the gateway (a JWT); null when there is nothing. */
  token: string | null;
}

export interface AccessBatch {
  /** Who was asked about; null for a purchase whose buyer has proven nothing. */
  customer: string | null;
  /** The answers, in the order of the question. */
  results: Array<AccessDecision>;
  /** All that the customer has in this app, signed by the gateway (a JWT); null when there is nothing. */
  token: string | null;
}

export interface AccessCause {
  /** When the gateway knew it. */
  at: string;
  /** The type. */
  type: string;
  /** The event. It is the `webhook-id` of its messages. */
  event_id: string | null;
  /** When it happened. */
  occurred_at: string | null;
  /** The Polar event that led to it; null where there was none. */
  polar_event: {
    /** Its id. */
    id: string;
    /** The type. */
    type: string;
    /** When it came. */
    received_at: string;
  } | null;
  /** What it is about; null where that is not told apart. */
  object: {
    /** Of which kind it is. */
    kind: string;
    /** Its id. */
    id: string;
  } | null;
}

export interface AccessDecision {
  /** What access is asked for: `content:blog/one`, `plan:quay:pro`, `product:<uuid>`, `benefit:<uuid>`, `feature:<key>`. */
  resource: string;
  /** Whether it may be used. */
  allow: boolean;
  /** `granted`, or why not. */
  reason: 'granted' | 'not_granted' | 'revoked' | 'expired' | 'unknown_customer' | 'unknown_resource' | 'pending_payment' | 'unavailable';
  /** When a yes is known to end; null when nothing says so. */
  expires_at: string | null;
  /** Of a yes to a feature, what it is worth: the metadata of its flag. */
  values?: Record<string, string | number | boolean>;
}

export interface AccessExplanation {
  /** What access is asked for: `content:blog/one`, `plan:quay:pro`, `product:<uuid>`, `benefit:<uuid>`, `feature:<key>`. */
  resource: string;
  /** Whether it may be used. */
  allow: boolean;
  /** `granted`, or why not. */
  reason: 'granted' | 'not_granted' | 'revoked' | 'expired' | 'unknown_customer' | 'unknown_resource' | 'pending_payment' | 'unavailable';
  /** When it ends. */
  expires_at: string | null;
  /** Of a yes to a feature, what it is worth: the metadata of its flag. */
  values?: Record<string, string | number | boolean>;
  /** Who was asked about; null for a purchase whose buyer has proven nothing. */
  customer: string | null;
  /** The time that is explained. */
  at: string;
  /** One sentence for whoever answers the customer. */
  summary: string;
  /** The grants and purchases that give it. */
  supported_by: Array<AccessSupport>;
  /** What was lacking; empty for a yes. */
  missing: Array<AccessMissing>;
  /** The events and changes that led there, oldest first. */
  because: Array<AccessCause>;
  /** Whether a cached yes could have been given all the same. */
  caches: {
    /** Whether a cache could still say yes where this says no. */
    could_differ: boolean;
    /** Until when at most; null where none could. */
    until: string | null;
    /** When the yes became a no; null where no cache could differ. */
    changed_at: string | null;
    /** How old a cached yes may be, seconds. */
    max_age: number;
  };
  /** False for a time before which not everything is known. */
  complete: boolean;
  /** From when on everything is known; null: from no time yet. */
  complete_since: string | null;
}

export interface AccessMissing {
  /** Why. */
  why: 'revoked' | 'expired' | 'not_paid' | 'not_active' | 'not_granted_yet' | 'payment_under_way' | 'not_bought' | 'not_sold' | 'unknown_customer';
  /** The same in words. */
  text: string;
  /** What it is about; null where nothing stored is. */
  of: {
    /** Of which kind it is. */
    kind: 'grant' | 'own_grant' | 'order' | 'subscription';
    /** Its id. */
    id: string;
    /** The payment. */
    payment_id: string | null;
    /** Polar’s product. */
    product_id: string | null;
    /** Polar’s benefit. */
    benefit_id: string | null;
    /** Polar’s order. */
    order_id: string | null;
    /** Polar’s subscription. */
    subscription_id: string | null;
    /** The member of a team; null for the customer. */
    member_id: string | null;
  } | null;
  /** The payment; null where there is none. */
  payment_id: string | null;
  /** What would give it, were it bought; null where something else is missing. */
  product: {
    /** Its id. */
    id: string;
    /** A name, for people. */
    name: string;
  } | null;
  /** How the purchase stood; null where it is none. */
  status: string | null;
  /** What took the money back: `refund_succeeded`, `dispute_lost`, `customer_deleted` and others. */
  taken_back: Array<string>;
  /** Since when; null where that is not known. */
  since: string | null;
}

export interface AccessSupport {
  /** Of which kind it is. */
  kind: 'grant' | 'own_grant' | 'order' | 'subscription';
  /** Its id. */
  id: string;
  /** The payment. */
  payment_id: string | null;
  /** Polar’s product. */
  product_id: string | null;
  /** Polar’s benefit. */
  benefit_id: string | null;
  /** Polar’s order. */
  order_id: string | null;
  /** Polar’s subscription. */
  subscription_id: string | null;
  /** The member of a team; null for the customer. */
  member_id: string | null;
  /** Where it comes from. */
  source: 'polar' | 'app';
  /** What it gives of what is asked for. */
  resources: Array<string>;
  /** Since when it gives it; null where that is not known. */
  from: string | null;
  /** When it is known to end; null: no end is known. */
  until: string | null;
  /** Polar has not granted it yet; it counts for some minutes after the payment. */
  is_awaited: boolean;
}

export interface ActionEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  /** The payment that this is about; null when it is about none. */
  payment: Payment | null;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
  grant: ToldGrant;
}

export interface ActivateLicenseKeyRequest {
  /** The key. It is shown this once. */
  key: string;
  /** What it is called, for people. */
  label: string;
  /** What every check of the activation has to give alike. */
  conditions?: Record<string, string | number | boolean>;
  /** Your own names and values. */
  meta?: Record<string, string | number | boolean>;
}

export type AnyGrantWithHistory = GrantWithHistory | OwnGrantWithHistory;

export interface AppliedDiscount {
  /** Its id. */
  id: string;
  /** The code that was typed; null when there was none. */
  code: string | null;
  /** A name, for people. */
  name: string | null;
}

export interface Benefit {
  /** Its id. */
  id: string;
  /** The type. */
  type: string;
  /** A description, for people. */
  description: string;
}

export interface Bill {
  /** What is due, minor units. */
  amount: number;
  /** Goes to the customer’s balance, which pays what is due next. */
  credit: number;
  /** What the amount is made of. */
  items: Array<BillItem>;
}

export interface BillItem {
  /** What it is for. */
  type: 'unused_time' | 'remaining_time' | 'seats' | 'period' | 'discount' | 'balance';
  /** Minor units; negative for what is credited. */
  amount: number;
}

export interface BulkReplay {
  /** How many match. */
  matched: number;
  /** How many are on their way again. */
  replayed: number;
  /** How many are left for another call. */
  remaining: number;
  /** Whether this only counts. */
  dry_run: boolean;
  /** What an hour allows. */
  limit: {
    /** How many an hour allows. */
    per_hour: number;
    /** How many are left of them. */
    left: number;
  };
}

export interface BuyerRequest {
  /** Polar’s id of a customer of yours who is proven: by you (`PUT /v1/customers/{id}/external-ids/{external_id}`), or by a code by mail. Instead of `email` and `name`. */
  id?: string;
  /** An e-mail address. */
  email?: string;
  /** A name, for people. */
  name?: string;
  /** Your own id for your user. */
  external_id?: string;
  /** The name on the invoice. */
  billing_name?: string;
  /** The buyer’s address, for the invoice. It is passed on to Polar. */
  billing_address?: {
    /** The country’s two letters (ISO 3166-1), such as DE. */
    country: string;
    /** Whether it fails or is disabled. */
    state?: string;
    /** The city. */
    city?: string;
    /** The postal code. */
    postal_code?: string;
    /** The street and number. */
    line1?: string;
    /** What else the address has. */
    line2?: string;
  };
  /** The buyer’s tax id, such as a VAT number. */
  tax_id?: string;
  /** Whether a business buys. */
  is_business?: boolean;
}

export interface Campaign {
  /** Its id. */
  id: string;
  /** A name, for people. */
  name: string;
  /** What buyers are given. */
  code: string;
  /** Which discount a purchase gets: the first that fits. */
  rules: Array<CampaignRule>;
  /** When it was made. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
}

export interface CampaignList {
  /** The entries of this page. */
  data: Array<Campaign>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface CampaignRule {
  /** A discount at Polar. It must be the app’s. */
  discount_id: string;
  /** The products that the rule is for; null: all that its discount is for. */
  product_ids: Array<string> | null;
}

export interface CancelGiftRequest {
  /** Whether the money goes back. `true` unless given. */
  refund?: boolean;
}

export interface CancelSubscriptionRequest {
  /** Now, or with the period. */
  at: 'now' | 'period_end';
  /** Why. */
  reason?: 'customer_service' | 'low_quality' | 'missing_features' | 'switched_service' | 'too_complex' | 'too_expensive' | 'unused' | 'other';
  /** A comment. */
  comment?: string;
}

export interface CanceledGift {
  /** Its id. */
  id: string;
  /** How it stands. */
  status: 'awaiting_payment' | 'unpaid' | 'open' | 'claimed' | 'expired' | 'refunding' | 'refunded' | 'disputed' | 'canceled';
  /** The payment. */
  payment_id: string;
  /** Polar’s product. */
  product_id: string | null;
  /** The product as it was called when it was bought. */
  product_name: string | null;
  /** Where its link is mailed; null: it is handed over. */
  to_email: string | null;
  /** Who gives it, as the recipient is told. */
  from_name: string | null;
  /** What the giver has to say. */
  message: string | null;
  /** Where the recipient goes afterwards: a callback URL of the app, or beneath one. */
  redirect_url: string;
  /** No mail goes out before. */
  send_at: string | null;
  /** When the link stops working; null: it is not paid yet. */
  expires_at: string | null;
  /** What has become of the mail; null: none is sent. */
  mail: GiftMail | null;
  /** How it was accepted: with its `link`, or by the `app` for its user; null: it was not. */
  claimed_by: 'link' | 'app' | null;
  /** Whose it is since it was accepted; null before. */
  recipient: GiftRecipient | null;
  /** When it was accepted. */
  claimed_at: string | null;
  /** When it was canceled. */
  canceled_at: string | null;
  /** When it was made. */
  created_at: string;
  /** The refund; null when there was nothing to refund. */
  refund_id: string | null;
}

export interface ChangeSubscriptionRequest {
  /** Polar’s product. */
  product_id: string;
  /** When the difference is charged: now, with the next renewal, or not before it. */
  proration?: 'invoice' | 'prorate' | 'next_period';
}

export interface CheckAccessBatchRequest {
  /** What is asked for, at most 100. */
  resources: Array<string>;
  /** A customer: Polar’s id (a UUID), or `external:` and your own id for your user. */
  customer?: string;
  /** A member of the customer’s team: Polar’s id. */
  member?: string;
  /** How old a cached yes may be, seconds. `300` unless given. */
  max_age?: number;
}

export interface CheckedLicenseKey {
  /** The end of the key, by which people tell keys apart. */
  display_key: string;
  /** When it ends. */
  expires_at: string | null;
  /** How much was used. */
  usage: number;
  /** How much may be used; null: as much as one likes. */
  limit_usage: number | null;
  /** How many activations there may be; null: the key is not activated. */
  limit_activations: number | null;
  /** How many activations there are. */
  activations: number;
}

export interface CheckoutLink {
  /** Its id. */
  id: string;
  /** The address. */
  url: string;
  /** What it is called, for people. */
  label: string | null;
  /** What each payment of the link begins with. */
  settings: Record<string, unknown>;
  /** How many checkouts it began. */
  opened: number;
  /** When it was followed last; null: never. */
  last_opened_at: string | null;
  /** When it was made. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
}

export interface CheckoutLinkList {
  /** The entries of this page. */
  data: Array<CheckoutLink>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface ClaimGiftRequest {
  /** The link, or its last part. */
  code: string;
  /** A customer: Polar’s id (a UUID), or `external:` and your own id for your user. */
  customer: string;
}

export interface CountedFile {
  /** Its id. */
  id: string;
  /** A name, for people. */
  name: string;
  /** Bytes. */
  size: number;
  /** What the seller calls its version; null without one. */
  version: string | null;
  /** Polar’s benefit. */
  benefit_id: string;
  /** How often it was downloaded. */
  downloads: number;
  /** When it was downloaded first. */
  first_downloaded_at: string;
  /** When it was downloaded last. */
  last_downloaded_at: string;
}

export interface CountedFileList {
  /** The entries of this page. */
  data: Array<CountedFile>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface CreateCampaignRequest {
  /** A name, for people. */
  name: string;
  /** The code. */
  code: string;
  /** Which discount a purchase gets: the first that fits. */
  rules: Array<{
    /** A discount at Polar. It must be the app’s. */
    discount_id: string;
    /** Products that the buyer can choose from. */
    product_ids?: Array<string> | null;
  }>;
}

export interface CreateCheckoutLinkRequest {
  /** What it is called, for people. */
  label?: string | null;
  /** What each payment of the link begins with. */
  settings: {
    /** Polar’s product. */
    product_id?: string;
    /** Where the buyer comes back to. */
    success_url?: string;
    /** Where the buyer goes who does not buy. */
    return_url?: string;
    /** A discount code of the app’s. */
    discount_code?: string;
    /** Whether the buyer can type discount codes at Polar. */
    allow_discount_codes?: boolean;
    /** The language of the checkout: `de`, `pt-BR`. */
    locale?: string;
    /** How many seats. */
    seats?: number;
    /** How many units. */
    units?: number;
    /** ISO 4217, in small letters. */
    currency?: string;
    /** Products that the buyer can choose from. */
    product_ids?: Array<string>;
    /** Its prices. */
    prices?: Record<string, Array<{
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'fixed';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** The price, minor units. */
      price_amount: number;
    } | {
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'custom';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** The least that the buyer may choose. */
      minimum_amount?: number;
      /** The most that the buyer may choose. */
      maximum_amount?: number | null;
      /** What is proposed to the buyer. */
      preset_amount?: number | null;
    } | {
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'seat_based';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** Prices by the number of seats, as Polar has them. */
      seat_tiers: {
        /** `volume`: all seats cost what the last one costs; `graduated`: each seat costs what its tier says. */
        seat_tier_type?: 'volume' | 'graduated';
        /** What one costs by how many there are. */
        tiers: Array<{
          /** The fewest seats that the buyer can choose. */
          min_seats: number;
          /** The most seats that the buyer can choose. */
          max_seats?: number | null;
          /** What a seat costs, minor units. */
          price_per_seat: number;
        }>;
      };
    } | {
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'unit_based';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** What one costs by how many there are. */
      tiers: {
        /** The type. */
        type: 'volume' | 'graduated';
        /** What one costs by how many there are. */
        tiers: Array<{
          /** The last unit of the tier; null: it has no end. */
          bound?: number | null;
          /** The price of a unit, minor units as a decimal. */
          unit_amount: number;
        }>;
      };
      /** The fewest units that can be bought. */
      minimum_units?: number | null;
    }>>;
    /** The fewest seats that the buyer can choose. */
    min_seats?: number;
    /** The most seats that the buyer can choose. */
    max_seats?: number;
    /** The fewest units that the buyer can choose. */
    min_units?: number;
    /** The most units that the buyer can choose. */
    max_units?: number;
    /** The unit of the trial; null without one. */
    trial_interval?: 'day' | 'week' | 'month' | 'year';
    /** How many units the trial has. */
    trial_interval_count?: number;
    /** Whether the product’s trial may begin; else the first period is paid for at once. */
    allow_trial?: boolean;
    /** Answers to what the product asks its buyers, by the slug of the custom field. */
    custom_field_data?: Record<string, string | number | boolean>;
    /** Whether the buyer has to give a full address. */
    require_billing_address?: boolean;
    /** A discount at Polar. It must be the app’s. */
    discount_id?: string;
    /** Minor units. */
    amount?: number;
    /** Your own names and values. */
    metadata?: Record<string, string | number | boolean>;
  };
}

export interface CreateDiscountRequest {
  /** A name, for people. */
  name: string;
  /** The code. */
  code?: string;
  /** Hundredths of a percent: 2550 is 25.5 %; null: it takes off amounts. */
  basis_points?: number;
  /** Minor units by currency. */
  amounts?: Record<string, number>;
  /** How long it lowers a subscription: `once`, `forever` or `repeating`. `once` unless given. */
  duration?: 'once' | 'forever' | 'repeating';
  /** For how many months it lowers a subscription; null unless it is `repeating`. */
  duration_in_months?: number;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  starts_at?: string;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  ends_at?: string;
  /** How often it can be used in all; null: without end. */
  max_redemptions?: number;
  /** How often one customer can use it; null: without end. */
  max_redemptions_per_customer?: number;
  /** The app’s products that it is for. Without them all that it sells now. */
  product_ids?: Array<string>;
  /** Your own names and values. */
  metadata?: Record<string, string | number | boolean>;
}

export interface CreateGiftRequest {
  /** A one-time product of the app’s. */
  product_id?: string;
  /** A paid purchase that becomes a gift, instead of a product. */
  payment?: string;
  /** Where its link is mailed; null: it is handed over. */
  to_email?: string;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  send_at?: string;
  /** Who gives it, as the recipient is told. */
  from_name?: string;
  /** What the giver has to say; the recipient sees it. */
  message?: string;
  /** Where the recipient goes afterwards: a callback URL of the app, or beneath one. */
  redirect_url?: string;
  /** For how many days the link works; 90 unless given. `90` unless given. */
  expires_in_days?: number;
  customer?: GiverRequest;
  /** Your own names and values. */
  metadata?: Record<string, string | number | boolean>;
  /** Where the giver comes back to. */
  success_url?: string;
  /** Where the buyer goes who does not buy. */
  return_url?: string;
  /** A discount at Polar. It must be the app’s. */
  discount_id?: string;
  /** A discount code of the app’s. */
  discount_code?: string;
  /** What the giver pays for a product whose price buyers choose, minor units. */
  amount?: number;
  /** The language of the checkout: `de`, `pt-BR`. */
  locale?: string;
}

export interface CreateGrantRequest {
  /** A customer: Polar’s id (a UUID), or `external:` and your own id for your user. */
  customer: string;
  /** What it opens, 50 names at most. */
  resources: Array<string>;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  expires_at?: string | null;
  /** Why it is given, in your words. It is not in the audit log. */
  reason: string;
}

export interface CreatePaymentRequest {
  /** How it is paid. There is `polar`. `polar` unless given. */
  method?: string;
  /** Polar’s product. */
  product_id?: string;
  /** Your own names and values. */
  metadata?: Record<string, string | number | boolean>;
  customer?: BuyerRequest;
  /** Where the buyer comes back to. */
  success_url?: string;
  /** Where the buyer goes who does not buy. */
  return_url?: string;
  /** A discount code of the app’s. */
  discount_code?: string;
  /** Whether the buyer can type discount codes at Polar. */
  allow_discount_codes?: boolean;
  /** The language of the checkout: `de`, `pt-BR`. */
  locale?: string;
  /** How many seats. */
  seats?: number;
  /** How many units. */
  units?: number;
  /** ISO 4217, in small letters. */
  currency?: string;
  /** The origin of your page that the checkout is embedded in. */
  embed_origin?: string;
  /** The SHA-256 digest of your verifier in base64url (RFC 7636, S256). */
  code_challenge?: string;
  /** Products that the buyer can choose from. */
  product_ids?: Array<string>;
  /** Its prices. */
  prices?: Record<string, Array<{
    /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
    amount_type: 'fixed';
    /** ISO 4217, in small letters. */
    price_currency: string;
    /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
    tax_behavior?: 'location' | 'inclusive' | 'exclusive';
    /** The price, minor units. */
    price_amount: number;
  } | {
    /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
    amount_type: 'custom';
    /** ISO 4217, in small letters. */
    price_currency: string;
    /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
    tax_behavior?: 'location' | 'inclusive' | 'exclusive';
    /** The least that the buyer may choose. */
    minimum_amount?: number;
    /** The most that the buyer may choose. */
    maximum_amount?: number | null;
    /** What is proposed to the buyer. */
    preset_amount?: number | null;
  } | {
    /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
    amount_type: 'seat_based';
    /** ISO 4217, in small letters. */
    price_currency: string;
    /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
    tax_behavior?: 'location' | 'inclusive' | 'exclusive';
    /** Prices by the number of seats, as Polar has them. */
    seat_tiers: {
      /** `volume`: all seats cost what the last one costs; `graduated`: each seat costs what its tier says. */
      seat_tier_type?: 'volume' | 'graduated';
      /** What one costs by how many there are. */
      tiers: Array<{
        /** The fewest seats that the buyer can choose. */
        min_seats: number;
        /** The most seats that the buyer can choose. */
        max_seats?: number | null;
        /** What a seat costs, minor units. */
        price_per_seat: number;
      }>;
    };
  } | {
    /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
    amount_type: 'unit_based';
    /** ISO 4217, in small letters. */
    price_currency: string;
    /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
    tax_behavior?: 'location' | 'inclusive' | 'exclusive';
    /** What one costs by how many there are. */
    tiers: {
      /** The type. */
      type: 'volume' | 'graduated';
      /** What one costs by how many there are. */
      tiers: Array<{
        /** The last unit of the tier; null: it has no end. */
        bound?: number | null;
        /** The price of a unit, minor units as a decimal. */
        unit_amount: number;
      }>;
    };
    /** The fewest units that can be bought. */
    minimum_units?: number | null;
  }>>;
  /** The fewest seats that the buyer can choose. */
  min_seats?: number;
  /** The most seats that the buyer can choose. */
  max_seats?: number;
  /** The fewest units that the buyer can choose. */
  min_units?: number;
  /** The most units that the buyer can choose. */
  max_units?: number;
  /** The unit of the trial; null without one. */
  trial_interval?: 'day' | 'week' | 'month' | 'year';
  /** How many units the trial has. */
  trial_interval_count?: number;
  /** Whether the product’s trial may begin; else the first period is paid for at once. */
  allow_trial?: boolean;
  /** Answers to what the product asks its buyers, by the slug of the custom field. */
  custom_field_data?: Record<string, string | number | boolean>;
  /** Whether the buyer has to give a full address. */
  require_billing_address?: boolean;
  /** A discount at Polar. It must be the app’s. */
  discount_id?: string;
  /** What the buyer pays for a product whose price buyers choose, minor units. */
  amount?: number;
}

export interface CreateRefundRequest {
  /** Minor units without tax, which Polar adds; by default all that is left. */
  amount?: number;
  /** Why. `customer_request` unless given. */
  reason?: 'customer_request' | 'duplicate' | 'fraudulent' | 'service_disruption' | 'satisfaction_guarantee' | 'other';
  /** A comment. */
  comment?: string;
  /** Whether the benefits of a one-time purchase are taken away. */
  revoke_benefits?: boolean;
  /** Ends the subscription as well, now or with its period. */
  cancel_subscription?: 'now' | 'period_end';
  /** Your own names and values. */
  metadata?: Record<string, string | number | boolean>;
}

export interface CreateSessionRequest {
  /** Your own id for your user. */
  external_id?: string;
  /** A customer: Polar’s id (a UUID), or `external:` and your own id for your user. */
  customer?: string;
  /** A member of the customer’s team: Polar’s id. */
  member?: string;
  /** How long it lasts, seconds. `2592000` unless given. */
  ttl_seconds?: number;
  /** The visitor’s `User-Agent`. Only the names of the browser and the system are kept. */
  user_agent?: string;
}

export interface CreateWebhookEndpointRequest {
  /** Where events are sent: https, on the public internet. */
  url: string;
  /** Types that it is sent: `payment.succeeded`, groups such as `payment.*`, or `*`. `["*"]` unless given. */
  events?: Array<string>;
  /** What an event must say beside its type, by the path of a field in its `data`; null: anything. */
  match?: Record<string, string | number | boolean | {
    /** It is this. */
    eq?: string | number | boolean;
    /** It is not this, or is not there. */
    not?: string | number | boolean;
    /** It is one of these. */
    in?: Array<string | number | boolean>;
    /** It is more than this; of texts, it comes later. */
    gt?: string | number;
    /** It is this or more. */
    gte?: string | number;
    /** It is less than this. */
    lt?: string | number;
    /** It is this or less. */
    lte?: string | number;
    /** Whether it is there and not null. */
    exists?: boolean;
  }> | null;
  /** The format of the messages. `standard` unless given. */
  format?: 'standard' | 'slack' | 'discord';
  /** A description, for people. */
  description?: string;
  /** Whether it is sent anything. `true` unless given. */
  enabled?: boolean;
  /** How many messages a minute it takes at most; null: as fast as it answers. */
  rate_limit?: number | null;
  /** `payment`: the events of one payment come strictly one after the other. `none` unless given. */
  ordering?: 'none' | 'payment';
}

export interface CurrentSession {
  /** The app’s slug. */
  app: string;
  /** Its id. */
  id: string;
  /** How it is known who it is: by a purchase, by the app’s word, or by the e-mail address. */
  proof: 'purchase' | 'app' | 'email';
  /** An e-mail address. */
  email: string | null;
  /** The names of the browser and the system. */
  browser: string | null;
  /** Who has the session: the app, or the gateway’s own pages. */
  holder: 'app' | 'gateway';
  /** When it was made. */
  created_at: string;
  /** When it ends. */
  expires_at: string;
  subject: SessionSubject;
}

export interface Cursor {
  /** Its name. */
  name: string;
  /** Events up to this one are done. */
  sequence: number;
  /** When it was made. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
}

export interface CursorList {
  /** The entries of this page. */
  data: Array<Cursor>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface Customer {
  /** Polar’s id, or `external:` and your own id, as it was asked for. */
  id: string;
  /** Polar’s ids: one, or all that stand behind your id. */
  customer_ids: Array<string>;
  /** Your own ids for them. */
  external_ids: Array<string>;
  /** What your newest purchase came with, or what you have said. */
  email: string | null;
  /** What you have said; null: nothing. */
  name: string | null;
  /** When the first of their purchases of this app began, or what came before it; null: there is none of its own. */
  created_at: string | null;
  /** When Polar deleted all of them; null: they exist. */
  deleted_at: string | null;
  /** What was paid, by currency. */
  spent: Array<CustomerSpent>;
  /** The 20 newest. */
  payments: Array<Payment>;
  /** Those that go on. */
  subscriptions: Array<Subscription>;
  /** What they may use now. */
  entitlements: Array<CustomerEntitlement>;
  /** The 20 newest. */
  grants: Array<ListedGrant>;
}

export interface CustomerCreatedEvent {
  /** The type. */
  type: 'customer.created';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface CustomerDeletedEvent {
  /** The type. */
  type: 'customer.deleted';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface CustomerEntitlement {
  /** What access is asked for: `content:blog/one`, `plan:quay:pro`, `product:<uuid>`, `benefit:<uuid>`, `feature:<key>`. */
  resource: string;
  /** When it ends; null: no end is known. */
  expires_at: string | null;
  /** What a feature is worth. */
  values?: Record<string, string | number | boolean>;
}

export interface CustomerExport {
  /** The app’s slug. */
  app: string;
  /** When this was read. */
  exported_at: string;
  /** What has more than is here, such as `events`: it is read from its list. */
  cut: Array<string>;
  customer: ExportedPerson;
  /** What they paid, newest first. */
  payments: Array<Payment>;
  /** All of them, also those that have ended. */
  subscriptions: Array<Subscription>;
  /** What they were given. */
  grants: Array<ListedGrant>;
  /** What they may use now. */
  entitlements: Array<CustomerEntitlement>;
  /** What went back. */
  refunds: Array<ExportedRefund>;
  /** Gifts that they gave or received. */
  gifts: Array<ExportedGift>;
  /** When they signed in, and how. */
  sessions: Array<ExportedSession>;
  /** Files that they were handed. */
  downloads: Array<ExportedDownload>;
  /** Licence keys activated and given up. */
  license_activations: Array<ExportedActivation>;
  /** What people noted of work for them. */
  fulfilments: Array<ExportedWork>;
  /** What your app was told of them, newest first. */
  events: Array<ExportedEvent>;
}

export interface CustomerList {
  /** Customers, in the order that was asked for. */
  data: Array<ListedCustomer>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface CustomerSpent {
  /** ISO 4217, in small letters. */
  currency: string;
  /** How many. */
  payments: number;
  /** Charged, tax included, minor units. */
  amount: number;
  /** Without tax. */
  net_amount: number;
  /** The tax in it. */
  tax_amount: number;
  /** What went back, without its tax. */
  refunded_amount: number;
  /** The tax of that. */
  refunded_tax_amount: number;
}

export interface CustomerUpdatedEvent {
  /** The type. */
  type: 'customer.updated';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface DeactivateLicenseKeyRequest {
  /** The key. It is shown this once. */
  key: string;
  /** The activation, of the answer that made it. */
  activation_id: string;
}

export interface Delivery {
  /** Its id. */
  id: string;
  /** The event. It is the `webhook-id` of its messages. */
  event_id: string;
  /** The endpoint. */
  endpoint_id: string;
  /** How it stands. */
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  /** How many attempts there were. */
  attempts: number;
  /** When it is tried again. */
  next_attempt_at: string | null;
  /** The HTTP status of the last attempt; null when there was no answer. */
  last_status: number | null;
  /** How many times it was asked for again. */
  replays: number;
  /** When it was asked for again last. */
  replayed_at: string | null;
  /** When it was made. */
  created_at: string;
  /** When it was over. */
  finished_at: string | null;
}

export interface DeliveryAttempt {
  /** The number of the attempt. */
  attempt: number;
  /** Whether somebody asked for it to be sent again. */
  replay: boolean;
  /** When it was, or is to be. */
  at: string;
  /** The HTTP status of the answer; null without one. */
  status: number | null;
  /** What went wrong; null when nothing did. */
  error: string | null;
  /** In words. */
  message: string | null;
  /** How long it took, milliseconds. */
  latency_ms: number;
  /** The beginning of what was answered. */
  response: string | null;
}

export interface DeliveryList {
  /** The entries of this page. */
  data: Array<Delivery>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface DeliveryWithAttempts {
  /** Its id. */
  id: string;
  /** The event. It is the `webhook-id` of its messages. */
  event_id: string;
  /** The endpoint. */
  endpoint_id: string;
  /** How it stands. */
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  /** How many attempts there were. */
  attempts: number;
  /** When it is tried again. */
  next_attempt_at: string | null;
  /** The HTTP status of the last attempt; null when there was no answer. */
  last_status: number | null;
  /** How many times it was asked for again. */
  replays: number;
  /** When it was asked for again last. */
  replayed_at: string | null;
  /** When it was made. */
  created_at: string;
  /** When it was over. */
  finished_at: string | null;
  /** Every attempt, first to last. */
  attempt_log: Array<DeliveryAttempt>;
}

export interface Discount {
  /** Its id. */
  id: string;
  /** What buyers see. */
  name: string;
  /** What buyers can be given; null: it is given by its id only. */
  code: string | null;
  /** `active`, `scheduled` (it has not begun), `ended` or `exhausted`. */
  status: 'active' | 'scheduled' | 'ended' | 'exhausted';
  /** `percentage` or `fixed`. */
  type: 'percentage' | 'fixed';
  /** Hundredths of a percent: 2550 is 25.5 %; null: it takes off amounts. */
  basis_points: number | null;
  /** Minor units by currency. */
  amounts: Record<string, number> | null;
  /** How long it lowers a subscription: `once`, `forever` or `repeating`. */
  duration: 'once' | 'forever' | 'repeating';
  /** For how many months it lowers a subscription; null unless it is `repeating`. */
  duration_in_months: number | null;
  /** From when on it can be used. */
  starts_at: string | null;
  /** When it can be used no more; null: it has no end. */
  ends_at: string | null;
  /** How often it can be used in all; null: without end. */
  max_redemptions: number | null;
  /** How often one customer can use it; null: without end. */
  max_redemptions_per_customer: number | null;
  /** How often it was used. */
  redemptions: number;
  /** How often it can still be used; null: without end. */
  remaining: number | null;
  /** The app’s products that it is for. */
  product_ids: Array<string>;
  /** Your own names and values. */
  metadata: Record<string, string | number | boolean>;
  /** When it was made. */
  created_at: string;
}

export interface DiscountEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  payment: Payment;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
  discount: ToldDiscount;
}

export interface DiscountExhaustedEvent {
  /** The type. */
  type: 'discount.exhausted';
  /** When it happened. */
  timestamp: string;
  data: DiscountEventData;
}

export interface DiscountList {
  /** The entries of this page. */
  data: Array<Discount>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface Dispute {
  /** Its id. */
  id: string;
  /** The payment. */
  payment_id: string | null;
  /** Polar’s order. */
  order_id: string;
  /** As Polar says it: `needs_response`, `under_review`, `won`, `lost`, `prevented` or another. */
  status: string;
  /** Whether it is still to be decided. */
  open: boolean;
  /** What is disputed, without its tax, minor units. */
  amount: number | null;
  /** The tax, minor units. */
  tax_amount: number | null;
  /** ISO 4217, in small letters. */
  currency: string | null;
  /** What the buyer’s bank says; null: nothing yet. */
  reason: string | null;
  /** Until when Polar takes evidence; null: that is not known, or not asked for. */
  evidence_due_by: string | null;
  /** Whether the time for evidence is over. */
  past_due: boolean;
  /** Whether what was bought opens: `kept`, `suspended` while it is disputed, or `ended` by Polar. */
  access: 'kept' | 'suspended' | 'ended';
  /** When it was made. */
  created_at: string;
}

export interface DisputeCreatedEvent {
  /** The type. */
  type: 'dispute.created';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface DisputeEvidenceDueEvent {
  /** The type. */
  type: 'dispute.evidence_due';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface DisputeList {
  /** The entries of this page. */
  data: Array<Dispute>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface DisputeLostEvent {
  /** The type. */
  type: 'dispute.lost';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface DisputePreventedEvent {
  /** The type. */
  type: 'dispute.prevented';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface DisputeUpdatedEvent {
  /** The type. */
  type: 'dispute.updated';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface DisputeWonEvent {
  /** The type. */
  type: 'dispute.won';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface Download {
  /** Its id. */
  id: string;
  /** Polar’s customer. */
  customer_id: string;
  /** The member of a team; null for the customer. */
  member_id: string | null;
  /** Polar’s benefit. */
  benefit_id: string;
  /** When it was made. */
  created_at: string;
}

export interface DownloadAddress {
  /** Polar’s file, for whoever has the address. */
  url: string;
  /** When the address stops working. */
  expires_at: string;
}

export interface DownloadList {
  /** The entries of this page. */
  data: Array<Download>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface DownloadableFile {
  /** Its id. */
  id: string;
  /** A name, for people. */
  name: string;
  /** Bytes. */
  size: number;
  /** What kind of file it is: `application/zip`. */
  mime_type: string;
  /** SHA-256 of the file, hexadecimal; null when Polar does not know it. */
  sha256: string | null;
  /** What the seller calls its version; null without one. */
  version: string | null;
  /** Polar’s benefit. */
  benefit_id: string;
  /** Whether it is archived at Polar: it is kept from new customers. */
  is_archived: boolean;
}

export interface DownloadableFileList {
  /** The entries of this page. */
  data: Array<DownloadableFile>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface DueDeliveries {
  /** How many deliveries are due. */
  due: number;
}

export interface EndedSessions {
  /** How many were ended. */
  ended: number;
}

export interface EndpointDisabledEvent {
  /** The type. */
  type: 'endpoint.disabled';
  /** When it happened. */
  timestamp: string;
  data: EndpointEventData;
}

export interface EndpointEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  /** The payment that this is about; null when it is about none. */
  payment: Payment | null;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
  endpoint: ToldEndpoint;
}

export interface EndpointFailingEvent {
  /** The type. */
  type: 'endpoint.failing';
  /** When it happened. */
  timestamp: string;
  data: EndpointEventData;
}

export interface Event {
  /** Its id. */
  id: string;
  /** The type. */
  type: string;
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  /** The payment. */
  payment_id: string | null;
  /** Polar’s customer. */
  customer_id: string | null;
  /** When it happened. */
  occurred_at: string;
  /** When it was made. */
  created_at: string;
  body: EventBody;
}

export type EventBody = PaymentPendingEvent | PaymentSucceededEvent | PaymentRetryScheduledEvent | PaymentFailedEvent | PaymentExpiredEvent | PaymentUpdatedEvent | RefundCreatedEvent | RefundSucceededEvent | RefundFailedEvent | SubscriptionCreatedEvent | SubscriptionActiveEvent | SubscriptionUpdatedEvent | SubscriptionRenewedEvent | SubscriptionPastDueEvent | SubscriptionPausedEvent | SubscriptionResumedEvent | SubscriptionCanceledEvent | SubscriptionUncanceledEvent | SubscriptionEndingEvent | SubscriptionRevokedEvent | GrantCreatedEvent | GrantUpdatedEvent | GrantRenewedEvent | GrantRevokedEvent | GrantActionRequiredEvent | GrantFulfilledEvent | CustomerCreatedEvent | CustomerUpdatedEvent | CustomerDeletedEvent | SeatAssignedEvent | SeatClaimedEvent | SeatRevokedEvent | GiftClaimedEvent | GiftCanceledEvent | DiscountExhaustedEvent | DisputeCreatedEvent | DisputeUpdatedEvent | DisputeEvidenceDueEvent | DisputeWonEvent | DisputeLostEvent | DisputePreventedEvent | EndpointFailingEvent | EndpointDisabledEvent | PolarEventForwarded;

export interface EventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  /** The payment that this is about; null when it is about none. */
  payment: Payment | null;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
}

export interface EventList {
  /** The entries of this page. */
  data: Array<Event>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
  /** Send it as `after` to go on. Everything up to it is told here, of another type, or deleted. */
  next_after?: number;
  /** Whether there is more at once. */
  has_more?: boolean;
  /** The number of the app’s last event. */
  last_sequence?: number;
  /** Numbers of events in between that were deleted. */
  deleted?: Array<SequenceRange>;
}

export interface EventReplay {
  /** How many are on their way again. */
  replayed: number;
  /** Deliveries on their way. */
  deliveries: Array<Delivery>;
}

export interface ExchangeCodeRequest {
  /** The code. */
  code: string;
  /** The `success_url` of the payment, without the parameters that the gateway appended. */
  callback_url: string;
  /** The verifier that the payment’s `code_challenge` was made of. */
  code_verifier?: string;
  /** The visitor’s `User-Agent`. Only the names of the browser and the system are kept. */
  user_agent?: string;
}

export interface ExchangedCode {
  /** The session’s token, `floe_st_…`. */
  session: string;
  /** When it ends. */
  expires_at: string;
  subject: SessionBuyer;
  payment: Payment;
}

export interface ExportedActivation {
  /** The note of it. */
  id: string;
  /** Polar’s licence key. */
  license_key_id: string;
  /** The key, without what makes it work. */
  display_key: string;
  /** What was done. */
  what: 'activated' | 'deactivated';
  /** When it was made. */
  created_at: string;
}

export interface ExportedDownload {
  /** The note of it. */
  id: string;
  /** Polar’s file. */
  file_id: string;
  /** The member of a team; null for the customer. */
  member_id: string | null;
  /** When it was made. */
  created_at: string;
}

export interface ExportedEvent {
  /** The event. */
  id: string;
  /** Its type. */
  type: string;
  /** When it happened. */
  occurred_at: string;
  /** The message as it was made. */
  body: Record<string, unknown>;
}

export interface ExportedGift {
  /** The gift. */
  id: string;
  /** The payment. */
  payment_id: string;
  /** Whether they gave or received it. */
  side: 'giver' | 'recipient';
  /** Where its link was mailed. */
  to_email: string | null;
  /** Who gave it, in their words. */
  from_name: string | null;
  /** What the giver wrote. */
  message: string | null;
  /** The address that accepted it. */
  claimed_email: string | null;
  /** When it was accepted; null: it was not. */
  claimed_at: string | null;
  /** When it was made. */
  created_at: string;
}

export interface ExportedPerson {
  /** As it was asked for. */
  id: string;
  /** Polar’s ids. */
  customer_ids: Array<string>;
  /** Your own ids for them. */
  external_ids: Array<string>;
  /** The address that your purchases came with. */
  email: string | null;
  /** The name. */
  name: string | null;
  /** When the first of their purchases began; null: there is none of their own. */
  created_at: string | null;
  /** When Polar deleted them; null: they exist. */
  deleted_at: string | null;
}

export interface ExportedRefund {
  /** Its id. */
  id: string;
  /** The payment. */
  payment_id: string | null;
  /** What became of it. */
  status: string;
  /** Minor units. */
  amount: number;
  /** ISO 4217, in small letters. */
  currency: string;
  /** Why it was given back. */
  reason: string;
  /** What you wrote for yourselves. */
  comment: string | null;
  /** Yours; null: it was not asked for here. */
  metadata: Record<string, string | number | boolean> | null;
  /** When it was made. */
  created_at: string;
}

export interface ExportedSession {
  /** The session. */
  id: string;
  /** How they were proven: `purchase`, `app`, `email`. */
  proof: string;
  /** The address that was proven. */
  email: string | null;
  /** In which browser. */
  browser: string | null;
  /** The payment. */
  payment_id: string | null;
  /** Your own id, if it was named. */
  external_id: string | null;
  /** Of a team: the member. */
  member_id: string | null;
  /** When it was made. */
  created_at: string;
  /** When it ends. */
  expires_at: string;
  /** When it was ended; null: it ran out, or goes on. */
  revoked_at: string | null;
}

export interface ExportedWork {
  /** The grant. */
  grant_id: string;
  /** What became of the work. */
  status: string;
  /** Who noted it. */
  by: string;
  /** What they wrote. */
  comment: string | null;
  /** When it was made. */
  created_at: string;
}

export interface ForwardedAccess {
  /** Whether it may be used. */
  allow: boolean;
  /** Why. */
  reason: 'granted' | 'public' | 'no_session' | 'path_refused' | 'not_granted' | 'revoked' | 'expired' | 'unknown_customer' | 'unknown_resource' | 'pending_payment' | 'unavailable';
}

export interface FulfilGrantRequest {
  /** How far it is. */
  status: 'pending' | 'done' | 'refused';
  /** Who did it, as you call them. */
  by: string;
  /** What there is to say of it. */
  comment?: string | null;
}

export interface FulfilledEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  /** The payment that this is about; null when it is about none. */
  payment: Payment | null;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
  grant: ToldGrant;
  fulfilment: ToldFulfilment;
}

export interface Gift {
  /** Its id. */
  id: string;
  /** How it stands. */
  status: 'awaiting_payment' | 'unpaid' | 'open' | 'claimed' | 'expired' | 'refunding' | 'refunded' | 'disputed' | 'canceled';
  /** The payment. */
  payment_id: string;
  /** Polar’s product. */
  product_id: string | null;
  /** The product as it was called when it was bought. */
  product_name: string | null;
  /** Where its link is mailed; null: it is handed over. */
  to_email: string | null;
  /** Who gives it, as the recipient is told. */
  from_name: string | null;
  /** What the giver has to say. */
  message: string | null;
  /** Where the recipient goes afterwards: a callback URL of the app, or beneath one. */
  redirect_url: string;
  /** No mail goes out before. */
  send_at: string | null;
  /** When the link stops working; null: it is not paid yet. */
  expires_at: string | null;
  /** What has become of the mail; null: none is sent. */
  mail: GiftMail | null;
  /** How it was accepted: with its `link`, or by the `app` for its user; null: it was not. */
  claimed_by: 'link' | 'app' | null;
  /** Whose it is since it was accepted; null before. */
  recipient: GiftRecipient | null;
  /** When it was accepted. */
  claimed_at: string | null;
  /** When it was canceled. */
  canceled_at: string | null;
  /** When it was made. */
  created_at: string;
}

export interface GiftCanceledEvent {
  /** The type. */
  type: 'gift.canceled';
  /** When it happened. */
  timestamp: string;
  data: GiftEventData;
}

export interface GiftClaimedEvent {
  /** The type. */
  type: 'gift.claimed';
  /** When it happened. */
  timestamp: string;
  data: GiftEventData;
}

export interface GiftEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  payment: Payment;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
  gift: ToldGift;
}

export interface GiftList {
  /** The entries of this page. */
  data: Array<Gift>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface GiftMail {
  /** `waiting` to be sent, `sent`, `failed` for good (a new link tries again), or `stopped`: the gift ended first. */
  status: 'waiting' | 'sent' | 'failed' | 'stopped';
  /** How many attempts there were. */
  attempts: number;
  /** When it was sent; null: not yet. */
  sent_at: string | null;
  /** When it is tried again. */
  next_attempt_at: string | null;
  /** Why the last mail was not taken; null when it was. */
  error: string | null;
}

export interface GiftRecipient {
  /** Polar’s customer, where the recipient is one; null else. */
  customer_id: string | null;
  /** Your own id for your user, where you claimed it; null else. */
  external_id: string | null;
  /** The address that it is kept with: whoever proves it by a code has the gift; null without one. */
  email: string | null;
}

export interface GiverRequest {
  /** Polar’s id of a customer of yours who is proven: by you (`PUT /v1/customers/{id}/external-ids/{external_id}`), or by a code by mail. Instead of `email` and `name`. */
  id?: string;
  /** An e-mail address. */
  email?: string;
  /** A name, for people. */
  name?: string;
  /** Your own id for your user. */
  external_id?: string;
}

export interface Grant {
  /** Its id. */
  id: string;
  /** Where it comes from. */
  source: 'polar';
  /** `pending_action`: the customer has to do something first; `failed`: Polar could not grant it; `pending`: Polar is about to. */
  state: 'granted' | 'pending_action' | 'failed' | 'revoked' | 'pending';
  /** Since when it stands so. */
  since: string;
  benefit: GrantBenefit;
  /** The product that its purchase has now; null: it is not known. */
  product: GrantProduct | null;
  customer: GrantCustomer;
  /** The member of a team who holds it; null: the customer does. */
  member: GrantMember | null;
  /** The payment. */
  payment_id: string | null;
  /** Polar’s order. */
  order_id: string | null;
  /** Polar’s subscription. */
  subscription_id: string | null;
  /** The key that it gave last; null: it gave none. */
  license_key: GrantLicenseKey | null;
  /** The files that it gives, as `/v1/downloads` names them; null: it gives none. */
  file_ids: Array<string> | null;
  /** What the customer still has to do; null: nothing. */
  action: GrantAction | null;
  /** Why Polar could not grant it; null: it could. */
  error: GrantError | null;
  /** How far people are with it; null: nobody fulfils it by hand. */
  fulfilment: GrantFulfilment | null;
  /** When it was granted; null: it is not. */
  granted_at: string | null;
  /** When it was revoked. */
  revoked_at: string | null;
  /** When it was made. */
  created_at: string;
}

export interface GrantAction {
  /** What is to be done, for your own words. */
  code: 'connect_discord' | 'connect_github' | 'connect_slack';
  /** For the customer, in English. */
  text: string;
  /** Where it is done: the gateway’s page, which leads on to Polar’s portal. */
  url: string;
}

export interface GrantActionRequiredEvent {
  /** The type. */
  type: 'grant.action_required';
  /** When it happened. */
  timestamp: string;
  data: ActionEventData;
}

export interface GrantBenefit {
  /** Its id. */
  id: string;
  /** The type. */
  type: string | null;
  /** As the seller calls it; null of another app’s. */
  description: string | null;
}

export interface GrantChange {
  /** What happened. */
  what: 'created' | 'updated' | 'renewed' | 'revoked';
  /** When it happened, by Polar’s clock. */
  at: string;
  /** How it stood from then on. */
  state: 'granted' | 'pending_action' | 'failed' | 'revoked' | 'pending';
  /** Why it was taken away, as far as is known by now; null of anything else. */
  why: 'customer_deleted' | 'dispute' | 'refunded' | 'benefit_deleted' | 'canceled' | 'seat_revoked' | 'past_due' | 'paused' | 'product_changed' | 'license_key_revoked' | 'unknown' | null;
  /** When the gateway learned of it. */
  seen_at: string;
}

export interface GrantCreatedEvent {
  /** The type. */
  type: 'grant.created';
  /** When it happened. */
  timestamp: string;
  data: GrantEventData;
}

export interface GrantCustomer {
  /** Its id. */
  id: string;
  /** Your own id for your user. */
  external_id: string | null;
  /** An e-mail address. */
  email: string | null;
}

export interface GrantError {
  /** The class of Polar’s error. */
  type: string;
  /** In Polar’s words, without addresses and links. */
  message: string;
  /** When Polar tried last; null: it did not say. */
  at: string | null;
}

export interface GrantEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  /** The payment that this is about; null when it is about none. */
  payment: Payment | null;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
  grant?: ToldOwnGrant;
  /** Why such a one ended: by the time, because the app took it back, or with its customer. */
  reason?: 'expired' | 'revoked' | 'customer_deleted';
}

export interface GrantFulfilledEvent {
  /** The type. */
  type: 'grant.fulfilled';
  /** When it happened. */
  timestamp: string;
  data: FulfilledEventData;
}

export interface GrantFulfilment {
  /** How it stands. */
  status: 'pending' | 'done' | 'refused';
  /** Who said so; null: nobody has yet. */
  by: string | null;
  /** A comment. */
  comment: string | null;
  /** When somebody said so; null: nobody has yet. */
  at: string | null;
}

export interface GrantFulfilmentChange {
  /** How it stands. */
  status: 'pending' | 'done' | 'refused';
  /** Who did it. */
  by: string;
  /** A comment. */
  comment: string | null;
  /** When. */
  at: string;
}

export interface GrantLicenseKey {
  /** Its id. */
  id: string;
  /** The end of the key. */
  display_key: string | null;
}

export interface GrantList {
  /** The entries of this page. */
  data: Array<ListedGrant>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface GrantMember {
  /** Its id. */
  id: string;
  /** The member’s role in the team. */
  role: string | null;
}

export interface GrantNote {
  /** The grant whose note it is. */
  grant_id: string;
  /** The note as it was written. */
  markdown: string;
  /** The note as HTML that a page can show as it is. */
  html: string;
}

export interface GrantProduct {
  /** Its id. */
  id: string;
  /** A name, for people. */
  name: string | null;
  /** What stands behind `<slug>:` in the product’s name. */
  plan: string | null;
}

export interface GrantRenewedEvent {
  /** The type. */
  type: 'grant.renewed';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface GrantRevokedEvent {
  /** The type. */
  type: 'grant.revoked';
  /** When it happened. */
  timestamp: string;
  data: GrantEventData;
}

export interface GrantUpdatedEvent {
  /** The type. */
  type: 'grant.updated';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface GrantWithHistory {
  /** Its id. */
  id: string;
  /** Where it comes from. */
  source: 'polar';
  /** `pending_action`: the customer has to do something first; `failed`: Polar could not grant it; `pending`: Polar is about to. */
  state: 'granted' | 'pending_action' | 'failed' | 'revoked' | 'pending';
  /** Since when it stands so. */
  since: string;
  benefit: GrantBenefit;
  /** The product that its purchase has now; null: it is not known. */
  product: GrantProduct | null;
  customer: GrantCustomer;
  /** The member of a team who holds it; null: the customer does. */
  member: GrantMember | null;
  /** The payment. */
  payment_id: string | null;
  /** Polar’s order. */
  order_id: string | null;
  /** Polar’s subscription. */
  subscription_id: string | null;
  /** The key that it gave last; null: it gave none. */
  license_key: GrantLicenseKey | null;
  /** The files that it gives, as `/v1/downloads` names them; null: it gives none. */
  file_ids: Array<string> | null;
  /** What the customer still has to do; null: nothing. */
  action: GrantAction | null;
  /** Why Polar could not grant it; null: it could. */
  error: GrantError | null;
  /** How far people are with it; null: nobody fulfils it by hand. */
  fulfilment: GrantFulfilment | null;
  /** When it was granted; null: it is not. */
  granted_at: string | null;
  /** When it was revoked. */
  revoked_at: string | null;
  /** When it was made. */
  created_at: string;
  /** What happened to it, oldest first. */
  history: Array<GrantChange>;
  /** Who did what for it, oldest first. */
  fulfilments: Array<GrantFulfilmentChange>;
}

export interface IssueOfflineLicenseRequest {
  /** The key. It is shown this once. */
  key: string;
  /** The activation, of the answer that made it. */
  activation_id: string;
  /** What the machine is called, by the program. */
  fingerprint: string;
  /** What every check of the activation has to give alike. */
  conditions?: Record<string, string | number | boolean>;
  /** For how many days. */
  days?: number;
}

export interface KeepCursorRequest {
  /** Up to here everything is done. */
  sequence: number;
  /** The place that was read; null: there is no such cursor yet. */
  expected?: number | null;
}

export interface LicenseActivation {
  /** Keep it where the program runs: later checks name it as `activation_id`. */
  id: string;
  /** The machine, in your words. */
  label: string;
  /** Your own names and values. */
  meta: Record<string, string | number | boolean>;
  /** When it was made. */
  created_at: string;
}

export interface LicenseCheck {
  /** Whether it is a yes. */
  valid: boolean;
  /** Why: `valid` for a yes, and for a no the first reason. */
  code: 'not_found' | 'wrong_product' | 'revoked' | 'disabled' | 'expired' | 'activation_not_supported' | 'activation_required' | 'activation_unknown' | 'activation_limit' | 'conditions_mismatch' | 'usage_exceeded' | 'valid';
  /** How the key stands; null for `not_found`. */
  key: CheckedLicenseKey | null;
  /** The activation that was made, or asked about; null for none. */
  activation: LicenseActivation | null;
  /** Whose the key is: Polar’s id. For secret keys only; null for `not_found`. */
  customer?: string | null;
  /** When Polar was asked. */
  checked_at: string;
}

export interface LicenseKey {
  /** Its id. */
  id: string;
  /** The end of the key, by which people tell keys apart. */
  display_key: string;
  /** `revoked`: with its grant. `disabled`: the key alone. */
  status: 'granted' | 'revoked' | 'disabled';
  /** Whose it is: Polar’s id; null to a session whose buyer has proven nothing. */
  customer: string | null;
  /** Polar’s benefit. */
  benefit_id: string;
  /** When it ends. */
  expires_at: string | null;
  /** How much was used. */
  usage: number;
  /** How much may be used; null: as much as one likes. */
  limit_usage: number | null;
  /** How many activations there may be; null: the key is not activated. */
  limit_activations: number | null;
  /** When it was made. */
  created_at: string;
}

export interface LicenseKeyList {
  /** The entries of this page. */
  data: Array<LicenseKey>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface LicenseKeyWithActivations {
  /** Its id. */
  id: string;
  /** The end of the key, by which people tell keys apart. */
  display_key: string;
  /** `revoked`: with its grant. `disabled`: the key alone. */
  status: 'granted' | 'revoked' | 'disabled';
  /** Whose it is: Polar’s id; null to a session whose buyer has proven nothing. */
  customer: string | null;
  /** Polar’s benefit. */
  benefit_id: string;
  /** When it ends. */
  expires_at: string | null;
  /** How much was used. */
  usage: number;
  /** How much may be used; null: as much as one likes. */
  limit_usage: number | null;
  /** How many activations there may be; null: the key is not activated. */
  limit_activations: number | null;
  /** When it was made. */
  created_at: string;
  /** The whole key with `reveal=true`; else null. */
  key: string | null;
  /** The machines that it is activated for. */
  activations: Array<LicenseActivation>;
}

export interface ListedCustomer {
  /** Its id. */
  id: string;
  /** Your own ids for them. */
  external_ids: Array<string>;
  /** What your newest purchase came with. */
  email: string | null;
  /** What you have said of a user of yours that they are; null: nothing. */
  name: string | null;
  /** When the first of their purchases of this app began. */
  created_at: string;
  /** When Polar deleted them; null: they exist. */
  deleted_at: string | null;
}

export type ListedGrant = Grant | OwnGrant;

export interface NewGift {
  /** Its id. */
  id: string;
  /** How it stands. */
  status: 'awaiting_payment' | 'unpaid' | 'open' | 'claimed' | 'expired' | 'refunding' | 'refunded' | 'disputed' | 'canceled';
  /** The payment. */
  payment_id: string;
  /** Polar’s product. */
  product_id: string | null;
  /** The product as it was called when it was bought. */
  product_name: string | null;
  /** Where its link is mailed; null: it is handed over. */
  to_email: string | null;
  /** Who gives it, as the recipient is told. */
  from_name: string | null;
  /** What the giver has to say. */
  message: string | null;
  /** Where the recipient goes afterwards: a callback URL of the app, or beneath one. */
  redirect_url: string;
  /** No mail goes out before. */
  send_at: string | null;
  /** When the link stops working; null: it is not paid yet. */
  expires_at: string | null;
  /** What has become of the mail; null: none is sent. */
  mail: GiftMail | null;
  /** How it was accepted: with its `link`, or by the `app` for its user; null: it was not. */
  claimed_by: 'link' | 'app' | null;
  /** Whose it is since it was accepted; null before. */
  recipient: GiftRecipient | null;
  /** When it was accepted. */
  claimed_at: string | null;
  /** When it was canceled. */
  canceled_at: string | null;
  /** When it was made. */
  created_at: string;
  /** Where the recipient accepts it. It is shown this once; null when it is mailed. */
  claim_url: string | null;
  /** Where the buyer pays; null when it can no longer be paid. */
  checkout_url: string | null;
}

export interface NewSession {
  /** The session’s token, `floe_st_…`. */
  session: string;
  /** When it ends. */
  expires_at: string;
  subject: SessionSubject;
}

export interface NewWebhookEndpoint {
  /** Its id. */
  id: string;
  /** The address. */
  url: string;
  /** Types that it is sent: `payment.succeeded`, groups such as `payment.*`, or `*`. */
  events: Array<string>;
  /** What an event must say beside its type, by the path of a field in its `data`; null: anything. */
  match: Record<string, WebhookEndpointMatch> | null;
  /** The format of the messages. */
  format: 'standard' | 'slack' | 'discord';
  /** A description, for people. */
  description: string;
  /** Whether it is sent anything. */
  enabled: boolean;
  /** Who disabled it: `paused`, the app; `gone`, its own answer 410; `failing`, days without a success. */
  disabled_reason: 'paused' | 'gone' | 'failing' | null;
  /** When it was disabled. */
  disabled_at: string | null;
  /** Since when it has only failed; null when it has not. */
  failing_since: string | null;
  /** `payment`: the events of one payment come strictly one after the other. */
  ordering: 'none' | 'payment';
  /** How many messages a minute it takes at most; null: as fast as it answers. */
  rate_limit: number | null;
  /** Whether it is being sent what it missed while it was disabled. */
  catching_up: boolean;
  /** When the last of the older secrets stops signing; null without one. */
  previous_secrets_expire_at: string | null;
  /** When it was made. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
  /** Signs its messages: `whsec_…`. It is shown this once. */
  secret: string;
}

export interface OfflineLicense {
  /** Whether it is a yes. */
  valid: boolean;
  /** The code. */
  code: 'not_found' | 'wrong_product' | 'revoked' | 'disabled' | 'expired' | 'activation_not_supported' | 'activation_required' | 'activation_unknown' | 'activation_limit' | 'conditions_mismatch' | 'usage_exceeded' | 'valid';
  /** The key. It is shown this once. */
  key: CheckedLicenseKey | null;
  /** The activation that it is for; null without one. */
  activation: LicenseActivation | null;
  /** Whose it is. */
  customer?: string | null;
  /** When it was looked at. */
  checked_at: string;
  /** The licence to keep, which the program verifies by itself; null: there is none. */
  license: string | null;
  /** When it ends. */
  expires_at: string | null;
}

export interface OwnGrant {
  /** Its id. */
  id: string;
  /** The app itself, and no purchase. */
  source: 'app';
  /** Polar’s id, or `external:` and your own id. */
  customer: string;
  /** What it opens. */
  resources: Array<string>;
  /** What became of it. */
  state: 'granted' | 'expired' | 'revoked';
  /** Why it was given; empty once its customer was forgotten. */
  reason: string;
  /** When it was made. */
  created_at: string;
  /** When it ends by itself; null: it has no end. */
  expires_at: string | null;
  /** When it was taken back; null: it was not. */
  revoked_at: string | null;
}

export interface OwnGrantChange {
  /** What happened. */
  what: 'created' | 'revoked';
  /** When it happened. */
  at: string;
  /** Why it ended: by the time, because the app took it back, or with its customer. */
  why: 'expired' | 'revoked' | 'customer_deleted' | null;
}

export interface OwnGrantWithHistory {
  /** Its id. */
  id: string;
  /** The app itself, and no purchase. */
  source: 'app';
  /** Polar’s id, or `external:` and your own id. */
  customer: string;
  /** What it opens. */
  resources: Array<string>;
  /** What became of it. */
  state: 'granted' | 'expired' | 'revoked';
  /** Why it was given; empty once its customer was forgotten. */
  reason: string;
  /** When it was made. */
  created_at: string;
  /** When it ends by itself; null: it has no end. */
  expires_at: string | null;
  /** When it was taken back; null: it was not. */
  revoked_at: string | null;
  /** What happened to it, oldest first. */
  history: Array<OwnGrantChange>;
}

export interface PauseSubscriptionRequest {
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  resumes_at?: string;
}

export interface Payment {
  /** Its id. */
  id: string;
  /** How it stands. */
  status: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
  /** A checkout, a renewal, the invoice of a change, or bought past the gateway. */
  kind: 'checkout' | 'renewal' | 'change' | 'direct';
  /** How it is paid. There is `polar`. */
  method: string;
  /** Whether a dispute of its order is open or was lost. */
  disputed: boolean;
  product: PaymentProduct;
  /** What was charged: `net_amount` and `tax_amount` together, minor units. */
  amount: number | null;
  /** What was charged without tax, minor units. */
  net_amount: number | null;
  /** The tax, minor units. */
  tax_amount: number | null;
  /** What the discount took off, minor units. */
  discount_amount: number | null;
  /** What was refunded, without its tax, minor units. */
  refunded_amount: number;
  /** The tax on what was refunded, minor units. */
  refunded_tax_amount: number;
  /** What is left to be refunded, without its tax, minor units. */
  refundable_amount: number;
  /** ISO 4217, in small letters. */
  currency: string | null;
  /** Why Polar charged: `purchase`, `subscription_create`, `subscription_cycle`, `subscription_update`. */
  billing_reason: string | null;
  /** The discount that was taken off. */
  discount: AppliedDiscount | null;
  /** The number of the invoice. */
  invoice_number: string | null;
  /** Why it failed. */
  failure_reason: string | null;
  customer: PaymentCustomer;
  /** Polar’s checkout. */
  checkout_id: string | null;
  /** Where the buyer pays; null when it can no longer be paid. */
  checkout_url: string | null;
  /** Polar’s order. */
  order_id: string | null;
  /** Polar’s subscription. */
  subscription_id: string | null;
  /** Your own names and values. */
  metadata: Record<string, string | number | boolean>;
  /** When it was made. */
  created_at: string;
  /** When it was paid. */
  succeeded_at: string | null;
  /** When it can no longer be paid. */
  expires_at: string | null;
}

export interface PaymentCustomer {
  /** Its id. */
  id: string | null;
  /** Your own id for your user. */
  external_id: string | null;
  /** An e-mail address. */
  email: string | null;
}

export interface PaymentDocument {
  /** Polar’s file, for whoever has the address; null while Polar makes it. */
  url: string | null;
  /** When the address stops working; null when it does not say. */
  expires_at: string | null;
}

export interface PaymentEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  payment: Payment;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
}

export interface PaymentExpiredEvent {
  /** The type. */
  type: 'payment.expired';
  /** When it happened. */
  timestamp: string;
  data: PaymentEventData;
}

export interface PaymentFailedEvent {
  /** The type. */
  type: 'payment.failed';
  /** When it happened. */
  timestamp: string;
  data: PaymentEventData;
}

export interface PaymentList {
  /** The entries of this page. */
  data: Array<Payment>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface PaymentPendingEvent {
  /** The type. */
  type: 'payment.pending';
  /** When it happened. */
  timestamp: string;
  data: PaymentEventData;
}

export interface PaymentProduct {
  /** Its id. */
  id: string | null;
  /** A name, for people. */
  name: string | null;
  /** What stands behind `<slug>:` in the product’s name. */
  plan: string | null;
}

export interface PaymentRetryScheduledEvent {
  /** The type. */
  type: 'payment.retry_scheduled';
  /** When it happened. */
  timestamp: string;
  data: RetryEventData;
}

export interface PaymentSucceededEvent {
  /** The type. */
  type: 'payment.succeeded';
  /** When it happened. */
  timestamp: string;
  data: PaymentEventData;
}

export interface PaymentUpdatedEvent {
  /** The type. */
  type: 'payment.updated';
  /** When it happened. */
  timestamp: string;
  data: PaymentEventData;
}

export interface PlanFamily {
  /** What the metadata `gateway_family` says; null: all that says nothing. */
  family: string | null;
  /** ISO 4217, in small letters. */
  currency: string | null;
  /** The products, from the lowest up. */
  plans: Array<ProductPlan>;
}

export interface PlanFamilyList {
  /** The entries of this page. */
  data: Array<PlanFamily>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface PolarEventForwarded {
  /** The type. */
  type: string;
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface PolarObject {
  /** The type. */
  type: string;
  /** The entries of this page. */
  data: Record<string, unknown>;
}

export interface PrepareCustomerRequest {
  /** Your own id for your user. */
  external_id: string;
  /** The address that their checkouts begin with. */
  email?: string | null;
  /** The name that their checkouts begin with. */
  name?: string | null;
}

export interface PreparedCustomer {
  /** `external:` and that id: other routes take it. */
  id: string;
  /** Your own id for your user. */
  external_id: string;
  /** The address that their checkouts begin with. */
  email: string | null;
  /** The name that their checkouts begin with. */
  name: string | null;
  /** When you named them first. */
  created_at: string;
  /** When you said this. */
  updated_at: string;
}

export interface PreviewSubscriptionChangeRequest {
  /** Polar’s product. */
  product_id?: string;
  /** How many seats. */
  seats?: number;
  /** When the difference is charged: now, with the next renewal, or not before it. */
  proration?: 'invoice' | 'prorate' | 'next_period';
}

export interface Price {
  /** Its id. */
  id: string;
  /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
  amount_type: string;
  /** ISO 4217, in small letters. */
  price_currency: string;
  /** The price, minor units. */
  price_amount?: number | null;
  /** The least that the buyer may choose. */
  minimum_amount?: number | null;
  /** The most that the buyer may choose. */
  maximum_amount?: number | null;
  /** What is proposed to the buyer. */
  preset_amount?: number | null;
  /** The price of a unit, minor units as a decimal. */
  unit_amount?: string | null;
  /** The most that usage costs in a period. */
  cap_amount?: number | null;
  /** Prices by the number of seats, as Polar has them. */
  seat_tiers?: unknown;
}

export interface Product {
  /** Its id. */
  id: string;
  /** A name, for people. */
  name: string;
  /** A description, for people. */
  description: string | null;
  /** Whether it is archived at Polar: it is kept from new customers. */
  is_archived: boolean;
  /** Whether it is a subscription. */
  is_recurring: boolean;
  /** `day`, `week`, `month` or `year`; null for what is bought once. */
  recurring_interval: string | null;
  /** How many intervals a period has. */
  recurring_interval_count: number | null;
  /** The unit of the trial; null without one. */
  trial_interval: string | null;
  /** How many units the trial has. */
  trial_interval_count: number | null;
  /** Its prices. */
  prices: Array<Price>;
  /** What the product gives. */
  benefits: Array<Benefit>;
  /** Addresses of pictures. */
  images: Array<string>;
  /** What the product’s metadata `collection` says; null: nothing. */
  collection: string | null;
  /** The contents that its own metadata opens. Its benefits may open more. */
  content_ids: Array<string>;
  /** When it was made. */
  created_at: string | null;
  /** Your own names and values. */
  metadata?: Record<string, string | number | boolean>;
}

export interface ProductList {
  /** The entries of this page. */
  data: Array<Product>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface ProductPlan {
  /** Polar’s product. */
  product_id: string;
  /** A name, for people. */
  name: string;
  /** What stands behind `<slug>:` in the product’s name. */
  plan: string | null;
  /** The higher, the further up; null: it cannot be compared. */
  level: number | null;
  /** `day`, `week`, `month` or `year`; null for what is bought once. */
  recurring_interval: string | null;
  /** How many intervals a period has. */
  recurring_interval_count: number | null;
  /** Whether it is archived at Polar: it is kept from new customers. */
  is_archived: boolean;
  /** Which way a change to it goes; null: neither, or it was not asked from where. */
  direction: 'up' | 'down' | null;
}

export interface RecoverWebhookEndpointRequest {
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  since: string;
  /** Whether this only counts. `false` unless given. */
  dry_run?: boolean;
}

export interface Redemption {
  /** The payment. */
  payment_id: string;
  /** How the payment stands. */
  status: string;
  /** Polar’s product. */
  product_id: string | null;
  /** What was paid, minor units. */
  amount: number | null;
  /** What the discount took off, minor units. */
  discount_amount: number | null;
  /** ISO 4217, in small letters. */
  currency: string | null;
  customer: PaymentCustomer;
  /** When it was paid. */
  redeemed_at: string | null;
}

export interface RedemptionList {
  /** The entries of this page. */
  data: Array<Redemption>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface Refund {
  /** Its id. */
  id: string;
  /** The payment. */
  payment_id: string;
  /** How it stands. */
  status: 'pending' | 'succeeded' | 'failed';
  /** What goes back, without its tax, minor units. */
  amount: number;
  /** The tax, minor units. */
  tax_amount: number | null;
  /** ISO 4217, in small letters. */
  currency: string;
  /** Why. */
  reason: string;
  /** A comment. */
  comment: string | null;
  /** Why it failed. */
  failure_reason: string | null;
  /** Your own names and values. */
  metadata: Record<string, string | number | boolean>;
  /** When it was made. */
  created_at: string;
}

export interface RefundCreatedEvent {
  /** The type. */
  type: 'refund.created';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface RefundFailedEvent {
  /** The type. */
  type: 'refund.failed';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface RefundList {
  /** The entries of this page. */
  data: Array<Refund>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface RefundSucceededEvent {
  /** The type. */
  type: 'refund.succeeded';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface RemainingOfCampaign {
  /** Its id. */
  id: string;
  /** What buyers are given. */
  code: string;
  /** How often the code can still be used, by all its discounts together; null: without end. */
  remaining: number | null;
  /** The same of each rule, in their order. */
  rules: Array<RemainingOfRule>;
  /** When Polar was asked. */
  as_of: string;
}

export interface RemainingOfDiscount {
  /** Its id. */
  id: string;
  /** How often it can still be used; null: without end. */
  remaining: number | null;
  /** How often it can be used in all; null: without end. */
  max_redemptions: number | null;
  /** How often it was used. */
  redemptions: number;
  /** `active`, `scheduled` (it has not begun), `ended` or `exhausted`. */
  status: 'active' | 'scheduled' | 'ended' | 'exhausted';
  /** When it can be used no more; null: it has no end. */
  ends_at: string | null;
  /** When Polar was asked. */
  as_of: string;
}

export interface RemainingOfRule {
  /** A discount at Polar. It must be the app’s. */
  discount_id: string;
  /** The products that the rule is for; null: all that its discount is for. */
  product_ids: Array<string> | null;
  /** How its discount stands: `active`, `scheduled`, `ended` or `exhausted`. */
  status: 'active' | 'scheduled' | 'ended' | 'exhausted';
  /** How often its discount can still be used; null: without end. */
  remaining: number | null;
}

export interface RenewalBill {
  /** When it was, or is to be. */
  at: string;
  /** What is due, minor units. */
  amount: number;
  /** Goes to the customer’s balance, which pays what is due next. */
  credit: number;
  /** What the amount is made of. */
  items: Array<BillItem>;
}

export interface ReplayDeliveriesRequest {
  /** The endpoint. */
  endpoint_id?: string;
  /** How it stands. `failed` unless given. */
  status?: 'failed' | 'succeeded' | 'pending';
  /** Event types or groups of them: `payment.*`. */
  types?: Array<string>;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  since?: string;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  until?: string;
  /** Whether this only counts. `false` unless given. */
  dry_run?: boolean;
}

export type ReplayDeliveryRequest = Record<string, unknown>;

export interface ReplayEventRequest {
  /** The endpoint. */
  endpoint_id?: string;
}

export interface ResendGiftRequest {
  /** Where its link is mailed; null: it is handed over. */
  to_email?: string;
}

export interface ResentGift {
  /** Its id. */
  id: string;
  /** How it stands. */
  status: 'awaiting_payment' | 'unpaid' | 'open' | 'claimed' | 'expired' | 'refunding' | 'refunded' | 'disputed' | 'canceled';
  /** The payment. */
  payment_id: string;
  /** Polar’s product. */
  product_id: string | null;
  /** The product as it was called when it was bought. */
  product_name: string | null;
  /** Where its link is mailed; null: it is handed over. */
  to_email: string | null;
  /** Who gives it, as the recipient is told. */
  from_name: string | null;
  /** What the giver has to say. */
  message: string | null;
  /** Where the recipient goes afterwards: a callback URL of the app, or beneath one. */
  redirect_url: string;
  /** No mail goes out before. */
  send_at: string | null;
  /** When the link stops working; null: it is not paid yet. */
  expires_at: string | null;
  /** What has become of the mail; null: none is sent. */
  mail: GiftMail | null;
  /** How it was accepted: with its `link`, or by the `app` for its user; null: it was not. */
  claimed_by: 'link' | 'app' | null;
  /** Whose it is since it was accepted; null before. */
  recipient: GiftRecipient | null;
  /** When it was accepted. */
  claimed_at: string | null;
  /** When it was canceled. */
  canceled_at: string | null;
  /** When it was made. */
  created_at: string;
  /** Where the recipient accepts it. It is shown this once; null when it is mailed. */
  claim_url: string | null;
}

export type ResumeSubscriptionRequest = Record<string, unknown>;

export interface RetryEventData {
  /** Its id. */
  id: string;
  /** The app’s slug. */
  app: string;
  /** `live` or `sandbox`. */
  mode: 'live' | 'sandbox';
  /** Counts the app’s events, without gaps. */
  sequence: number;
  /** Counts the payment’s events; null without a payment. */
  payment_sequence: number | null;
  /** What led to it: a webhook of Polar’s, a buyer’s return, a comparison with Polar, a call, or the gateway itself. */
  origin: 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';
  payment: Payment;
  /** What Polar has said; null when it has said nothing. */
  polar: PolarObject | null;
  /** It is a sample that somebody asked for: nothing has happened. */
  test?: true;
  /** When it is tried again. */
  next_attempt_at: string;
}

export interface RotateWebhookEndpointSecretRequest {
  /** For how long the secret that it replaces signs as well, seconds. `86400` unless given. */
  overlap_seconds?: number;
}

export interface RotatedSecret {
  /** Its id. */
  id: string;
  /** Signs its messages: `whsec_…`. It is shown this once. */
  secret: string;
  /** When the last of the older secrets stops signing; null without one. */
  previous_secrets_expire_at: string | null;
}

export interface SeatAssignedEvent {
  /** The type. */
  type: 'seat.assigned';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SeatClaimedEvent {
  /** The type. */
  type: 'seat.claimed';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SeatRevokedEvent {
  /** The type. */
  type: 'seat.revoked';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SequenceRange {
  /** The first one. */
  from: number;
  /** The last one, which is included. */
  to: number;
}

export interface Session {
  /** Its id. */
  id: string;
  /** How it is known who it is: by a purchase, by the app’s word, or by the e-mail address. */
  proof: 'purchase' | 'app' | 'email';
  /** An e-mail address. */
  email: string | null;
  /** The names of the browser and the system. */
  browser: string | null;
  /** Who has the session: the app, or the gateway’s own pages. */
  holder: 'app' | 'gateway';
  /** When it was made. */
  created_at: string;
  /** When it ends. */
  expires_at: string;
  subject: SessionSubject;
  /** Whether it is the session that asks. */
  current: boolean;
}

export interface SessionBuyer {
  /** The payment. */
  payment_id: string;
  /** Polar’s customer. */
  customer_id: string | null;
}

export interface SessionList {
  /** The entries of this page. */
  data: Array<Session>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface SessionSubject {
  /** The payment. */
  payment_id: string | null;
  /** Polar’s customer. */
  customer_id: string | null;
  /** Your own id for your user. */
  external_id: string | null;
  /** The member of a team; null for the customer. */
  member_id: string | null;
}

export interface SetSubscriptionDiscountRequest {
  /** A discount at Polar. It must be the app’s. */
  discount_id: string | null;
}

export interface SetSubscriptionSeatsRequest {
  /** How many seats. */
  seats: number;
  /** When the difference is charged: now, with the next renewal, or not before it. */
  proration?: 'invoice' | 'prorate' | 'next_period';
}

export interface SetSubscriptionTrialRequest {
  /** When the trial ends. */
  trial_end: string;
}

export interface SetSubscriptionUnitsRequest {
  /** How many units. */
  units: number;
  /** When the difference is charged: now, with the next renewal, or not before it. */
  proration?: 'invoice' | 'prorate' | 'next_period';
}

export interface SignedIn {
  /** The session’s token, `floe_st_…`. */
  session: string;
  /** When it ends. */
  expires_at: string;
  subject: SessionSubject;
  /** Whether the session that was named is ended, because the new ones open all that it did. */
  replaced: boolean;
  /** Sessions for whatever else the address is: at most three. */
  others: Array<NewSession>;
}

export interface StartCheckoutRequest {
  /** Polar’s product. */
  product_id: string;
  /** An e-mail address. */
  email?: string;
  /** Where the buyer comes back to. */
  success_url?: string;
  /** Where the buyer goes who does not buy. */
  return_url?: string;
  /** A discount code of the app’s. */
  discount_code?: string;
  /** Whether the buyer can type discount codes at Polar. */
  allow_discount_codes?: boolean;
  /** The language of the checkout: `de`, `pt-BR`. */
  locale?: string;
  /** How many seats. */
  seats?: number;
  /** How many units. */
  units?: number;
  /** ISO 4217, in small letters. */
  currency?: string;
  /** The origin of your page that the checkout is embedded in. */
  embed_origin?: string;
  /** The SHA-256 digest of your verifier in base64url (RFC 7636, S256). */
  code_challenge?: string;
}

export interface StartSignInRequest {
  /** An e-mail address. */
  email: string;
  /** Where the buyer goes who does not buy. */
  return_url?: string;
}

export interface StartedCheckout {
  /** Where the buyer pays. */
  url: string | null;
  /** The payment. */
  payment_id: string;
}

export interface StartedSignIn {
  /** Send it back with the code. */
  attempt: string;
  /** Keep it in the browser that asked: without it no code is right. */
  browser_token: string;
  /** When it ends. */
  expires_at: string;
}

export interface Subscription {
  /** Its id. */
  id: string;
  /** As Polar says it: `trialing`, `active`, `past_due`, `paused`, `canceled` or another. */
  status: string;
  product: SubscriptionProduct;
  /** What a period costs, less the discount and before tax, minor units. */
  amount: number | null;
  /** ISO 4217, in small letters. */
  currency: string | null;
  /** `day`, `week`, `month` or `year`. */
  interval: string | null;
  /** How many intervals a period has. */
  interval_count: number | null;
  /** When that period began. */
  current_period_start: string;
  /** When the period ends that was paid for. */
  current_period_end: string;
  /** When the trial began. */
  trial_start: string | null;
  /** When the trial ends. */
  trial_end: string | null;
  /** Whether it ends with its period. */
  cancel_at_period_end: boolean;
  /** When it was canceled. */
  canceled_at: string | null;
  /** When it is to end. */
  ends_at: string | null;
  /** When it ended. */
  ended_at: string | null;
  /** Whether it pauses with its period. */
  pause_at_period_end: boolean | null;
  /** Since when it is paused. */
  paused_at: string | null;
  /** When it resumes by itself. */
  resumes_at: string | null;
  /** Since when a renewal could not be charged. */
  past_due_at: string | null;
  /** Why it was canceled. */
  cancellation_reason: string | null;
  /** What the customer said about it. */
  cancellation_comment: string | null;
  /** How many seats. */
  seats: number | null;
  /** How many units. */
  units: number | null;
  /** The discount that was taken off. */
  discount: AppliedDiscount | null;
  /** What changes at the next renewal; null when nothing does. */
  pending_update: SubscriptionUpdate | null;
  customer: SubscriptionCustomer;
  /** The payment that began it. */
  first_payment_id: string | null;
  /** The newest payment of it. */
  latest_payment_id: string | null;
  /** When it was made. */
  created_at: string;
}

export interface SubscriptionActiveEvent {
  /** The type. */
  type: 'subscription.active';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionCanceledEvent {
  /** The type. */
  type: 'subscription.canceled';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionCreatedEvent {
  /** The type. */
  type: 'subscription.created';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionCustomer {
  /** Its id. */
  id: string;
  /** Your own id for your user. */
  external_id: string | null;
  /** An e-mail address. */
  email: string | null;
}

export interface SubscriptionEndingEvent {
  /** The type. */
  type: 'subscription.ending';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionList {
  /** The entries of this page. */
  data: Array<Subscription>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface SubscriptionPastDueEvent {
  /** The type. */
  type: 'subscription.past_due';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionPausedEvent {
  /** The type. */
  type: 'subscription.paused';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionPreview {
  /** It is computed by Polar’s rules, before tax. */
  estimated: true;
  /** When the difference is charged: now, with the next renewal, or not before it. */
  proration: 'invoice' | 'prorate' | 'next_period';
  /** ISO 4217, in small letters. */
  currency: string;
  /** When the change takes effect. */
  takes_effect_at: string;
  now: Bill;
  /** What is due at the next renewal; null when there is none. */
  next_renewal: RenewalBill | null;
  /** What each period costs from then on, less the discount, minor units. */
  amount: number;
}

export interface SubscriptionProduct {
  /** Its id. */
  id: string;
  /** A name, for people. */
  name: string | null;
  /** What stands behind `<slug>:` in the product’s name. */
  plan: string | null;
}

export interface SubscriptionRenewedEvent {
  /** The type. */
  type: 'subscription.renewed';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionResumedEvent {
  /** The type. */
  type: 'subscription.resumed';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionRevokedEvent {
  /** The type. */
  type: 'subscription.revoked';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionUncanceledEvent {
  /** The type. */
  type: 'subscription.uncanceled';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface SubscriptionUpdate {
  /** Polar’s product. */
  product_id: string | null;
  /** How many seats. */
  seats: number | null;
  /** How many units. */
  units: number | null;
  /** When it takes effect. */
  applies_at: string | null;
}

export interface SubscriptionUpdatedEvent {
  /** The type. */
  type: 'subscription.updated';
  /** When it happened. */
  timestamp: string;
  data: EventData;
}

export interface TestWebhookEndpointRequest {
  /** The type. `payment.succeeded` unless given. */
  type?: string;
}

export interface Timeline {
  /** What happened, newest first. */
  data: Array<TimelineEntry>;
  /** Send it as `cursor` to go on; null at the end. */
  next_cursor: string | null;
}

export interface TimelineEntry {
  /** Its place in the list. */
  id: string;
  /** When the gateway learned of it, by which the list goes. */
  at: string;
  /** The type of an event, or `payment.started`, `delivery.…`, `session.…`, `gift.…`, `file.downloaded`, `license_key.…`. */
  type: string;
  /** What happened, in words for people. */
  summary: string;
  ref: TimelineRef;
  /** When it happened, by Polar’s clock; of a delivery, when it ended. Null where that is `at`, or has not come. */
  occurred_at: string | null;
  /** The payment that it is about; null when it is about none. */
  payment_id: string | null;
  /** What your app was told of it; null of what is no event. */
  event_id: string | null;
  /** Of a delivery: to which endpoint. */
  endpoint_id: string | null;
}

export interface TimelineRef {
  /** What it is. */
  kind: 'payment' | 'subscription' | 'refund' | 'grant' | 'seat' | 'dispute' | 'customer' | 'event' | 'delivery' | 'session' | 'gift' | 'file' | 'license_key';
  /** Its id: the gateway’s, or Polar’s. */
  id: string;
}

export interface ToldAction {
  /** The code. */
  code: string;
  /** For the customer, in English. */
  text: string;
  /** The address. */
  url: string;
}

export interface ToldDiscount {
  /** Its id. */
  id: string;
  /** How often it can be used in all; null: without end. */
  max_redemptions: number;
}

export interface ToldEndpoint {
  /** Its id. */
  id: string;
  /** The address. */
  url: string;
  /** A description, for people. */
  description: string;
  /** Since when it has only failed; null when it has not. */
  failing_since: string | null;
  /** When it will be disabled unless it answers. */
  will_be_disabled_at?: string | null;
  /** When it was disabled. */
  disabled_at?: string | null;
  /** Who disabled it: `paused`, the app; `gone`, its own answer 410; `failing`, days without a success. */
  disabled_reason?: 'gone' | 'failing' | null;
}

export interface ToldFulfilment {
  /** How it stands. */
  status: 'pending' | 'done' | 'refused';
  /** Who did it. */
  by: string;
  /** A comment. */
  comment: string | null;
  /** When it was, or is to be. */
  at: string;
}

export interface ToldGift {
  /** Its id. */
  id: string;
  /** The payment. */
  payment_id: string;
  /** Polar’s product. */
  product_id: string | null;
  /** How it was accepted: with its `link`, or by the `app` for its user; null: it was not. */
  claimed_by: 'link' | 'app' | null;
  /** Polar’s customer. */
  customer_id: string | null;
  /** Your own id for your user. */
  external_id: string | null;
}

export interface ToldGrant {
  /** Its id. */
  id: string;
  /** Whether it fails or is disabled. */
  state: 'granted' | 'pending_action' | 'failed' | 'revoked' | 'pending';
  benefit: ToldGrantBenefit;
  /** What the customer has to do; null: nothing. */
  action: ToldAction | null;
  /** What went wrong; null when nothing did. */
  error: ToldGrantError | null;
}

export interface ToldGrantBenefit {
  /** Its id. */
  id: string;
  /** The type. */
  type: string;
}

export interface ToldGrantError {
  /** The type. */
  type: string;
  /** In words. */
  message: string;
  /** When it was, or is to be. */
  at: string | null;
}

export interface ToldOwnGrant {
  /** Its id. */
  id: string;
  /** The app itself, and no purchase. */
  source: 'app';
  /** Polar’s id, or `external:` and your own id. */
  customer: string;
  /** What it opens. */
  resources: Array<string>;
  /** What became of it. */
  state: 'granted' | 'expired' | 'revoked';
  /** Why it was given; empty once its customer was forgotten. */
  reason: string;
  /** When it was made. */
  created_at: string;
  /** When it ends by itself; null: it has no end. */
  expires_at: string | null;
  /** When it was taken back; null: it was not. */
  revoked_at: string | null;
}

export type UncancelSubscriptionRequest = Record<string, unknown>;

export interface UpdateCampaignRequest {
  /** A name, for people. */
  name?: string;
  /** The code. */
  code?: string;
  /** Which discount a purchase gets: the first that fits. */
  rules?: Array<{
    /** A discount at Polar. It must be the app’s. */
    discount_id: string;
    /** Products that the buyer can choose from. */
    product_ids?: Array<string> | null;
  }>;
}

export interface UpdateCheckoutLinkRequest {
  /** What it is called, for people. */
  label?: string | null;
  /** What each payment of the link begins with. */
  settings?: {
    /** Polar’s product. */
    product_id?: string;
    /** Where the buyer comes back to. */
    success_url?: string;
    /** Where the buyer goes who does not buy. */
    return_url?: string;
    /** A discount code of the app’s. */
    discount_code?: string;
    /** Whether the buyer can type discount codes at Polar. */
    allow_discount_codes?: boolean;
    /** The language of the checkout: `de`, `pt-BR`. */
    locale?: string;
    /** How many seats. */
    seats?: number;
    /** How many units. */
    units?: number;
    /** ISO 4217, in small letters. */
    currency?: string;
    /** Products that the buyer can choose from. */
    product_ids?: Array<string>;
    /** Its prices. */
    prices?: Record<string, Array<{
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'fixed';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** The price, minor units. */
      price_amount: number;
    } | {
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'custom';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** The least that the buyer may choose. */
      minimum_amount?: number;
      /** The most that the buyer may choose. */
      maximum_amount?: number | null;
      /** What is proposed to the buyer. */
      preset_amount?: number | null;
    } | {
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'seat_based';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** Prices by the number of seats, as Polar has them. */
      seat_tiers: {
        /** `volume`: all seats cost what the last one costs; `graduated`: each seat costs what its tier says. */
        seat_tier_type?: 'volume' | 'graduated';
        /** What one costs by how many there are. */
        tiers: Array<{
          /** The fewest seats that the buyer can choose. */
          min_seats: number;
          /** The most seats that the buyer can choose. */
          max_seats?: number | null;
          /** What a seat costs, minor units. */
          price_per_seat: number;
        }>;
      };
    } | {
      /** Polar’s kind of price: `fixed`, `custom`, `free`, `seat_based` or another. It says which amounts there are. */
      amount_type: 'unit_based';
      /** ISO 4217, in small letters. */
      price_currency: string;
      /** Whether the price contains the tax: `inclusive`, `exclusive`, or by the buyer’s `location`. */
      tax_behavior?: 'location' | 'inclusive' | 'exclusive';
      /** What one costs by how many there are. */
      tiers: {
        /** The type. */
        type: 'volume' | 'graduated';
        /** What one costs by how many there are. */
        tiers: Array<{
          /** The last unit of the tier; null: it has no end. */
          bound?: number | null;
          /** The price of a unit, minor units as a decimal. */
          unit_amount: number;
        }>;
      };
      /** The fewest units that can be bought. */
      minimum_units?: number | null;
    }>>;
    /** The fewest seats that the buyer can choose. */
    min_seats?: number;
    /** The most seats that the buyer can choose. */
    max_seats?: number;
    /** The fewest units that the buyer can choose. */
    min_units?: number;
    /** The most units that the buyer can choose. */
    max_units?: number;
    /** The unit of the trial; null without one. */
    trial_interval?: 'day' | 'week' | 'month' | 'year';
    /** How many units the trial has. */
    trial_interval_count?: number;
    /** Whether the product’s trial may begin; else the first period is paid for at once. */
    allow_trial?: boolean;
    /** Answers to what the product asks its buyers, by the slug of the custom field. */
    custom_field_data?: Record<string, string | number | boolean>;
    /** Whether the buyer has to give a full address. */
    require_billing_address?: boolean;
    /** A discount at Polar. It must be the app’s. */
    discount_id?: string;
    /** Minor units. */
    amount?: number;
    /** Your own names and values. */
    metadata?: Record<string, string | number | boolean>;
  };
}

export interface UpdateDiscountRequest {
  /** A name, for people. */
  name?: string;
  /** The code. */
  code?: string | null;
  /** Hundredths of a percent: 2550 is 25.5 %; null: it takes off amounts. */
  basis_points?: number;
  /** Minor units by currency. */
  amounts?: Record<string, number>;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  starts_at?: string | null;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  ends_at?: string | null;
  /** How often it can be used in all; null: without end. */
  max_redemptions?: number | null;
  /** How often one customer can use it; null: without end. */
  max_redemptions_per_customer?: number | null;
  /** The app’s products that it is for. */
  product_ids?: Array<string>;
  /** Your own names and values. */
  metadata?: Record<string, string | number | boolean>;
}

export interface UpdateLicenseKeyRequest {
  /** How it stands. */
  status?: 'granted' | 'revoked' | 'disabled';
  /** How much was used. */
  usage?: number;
  /** How much may be used; null: as much as one likes. */
  limit_usage?: number | null;
  /** How many activations there may be; null: the key is not activated. */
  limit_activations?: number | null;
  /** ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`. */
  expires_at?: string | null;
}

export interface UpdateWebhookEndpointRequest {
  /** The address. */
  url?: string;
  /** What an event must say beside its type, by the path of a field in its `data`; null: anything. */
  match?: Record<string, string | number | boolean | {
    /** It is this. */
    eq?: string | number | boolean;
    /** It is not this, or is not there. */
    not?: string | number | boolean;
    /** It is one of these. */
    in?: Array<string | number | boolean>;
    /** It is more than this; of texts, it comes later. */
    gt?: string | number;
    /** It is this or more. */
    gte?: string | number;
    /** It is less than this. */
    lt?: string | number;
    /** It is this or less. */
    lte?: string | number;
    /** Whether it is there and not null. */
    exists?: boolean;
  }> | null;
  /** Types that it is sent: `payment.succeeded`, groups such as `payment.*`, or `*`. */
  events?: Array<string>;
  /** A description, for people. */
  description?: string;
  /** Whether it is sent anything. */
  enabled?: boolean;
  /** How many messages a minute it takes at most; null: as fast as it answers. */
  rate_limit?: number | null;
  /** `payment`: the events of one payment come strictly one after the other. */
  ordering?: 'none' | 'payment';
}

export interface ValidateLicenseKeyRequest {
  /** The key. It is shown this once. */
  key: string;
  /** The activation, of the answer that made it. */
  activation_id?: string;
  /** What every check of the activation has to give alike. */
  conditions?: Record<string, string | number | boolean>;
  /** How much is used up by this, when the key is good; 0 for nothing. `0` unless given. */
  increment_usage?: number;
  /** Polar’s benefit. */
  benefit_id?: string;
  /** How old a cached yes may be, seconds. `300` unless given. */
  max_age?: number;
}

export interface VerifySignInRequest {
  /** From the answer that the code was mailed for. */
  attempt: string;
  /** Keep it in the browser that asked: without it no code is right. */
  browser_token: string;
  /** The code. */
  code?: string;
  /** From the link in the mail, instead of the code. */
  link_token?: string;
  /** The session’s token, `floe_st_…`. */
  session?: string;
  /** The visitor’s `User-Agent`. Only the names of the browser and the system are kept. */
  user_agent?: string;
}

export interface WebhookEndpoint {
  /** Its id. */
  id: string;
  /** The address. */
  url: string;
  /** Types that it is sent: `payment.succeeded`, groups such as `payment.*`, or `*`. */
  events: Array<string>;
  /** What an event must say beside its type, by the path of a field in its `data`; null: anything. */
  match: Record<string, WebhookEndpointMatch> | null;
  /** The format of the messages. */
  format: 'standard' | 'slack' | 'discord';
  /** A description, for people. */
  description: string;
  /** Whether it is sent anything. */
  enabled: boolean;
  /** Who disabled it: `paused`, the app; `gone`, its own answer 410; `failing`, days without a success. */
  disabled_reason: 'paused' | 'gone' | 'failing' | null;
  /** When it was disabled. */
  disabled_at: string | null;
  /** Since when it has only failed; null when it has not. */
  failing_since: string | null;
  /** `payment`: the events of one payment come strictly one after the other. */
  ordering: 'none' | 'payment';
  /** How many messages a minute it takes at most; null: as fast as it answers. */
  rate_limit: number | null;
  /** Whether it is being sent what it missed while it was disabled. */
  catching_up: boolean;
  /** When the last of the older secrets stops signing; null without one. */
  previous_secrets_expire_at: string | null;
  /** When it was made. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
}

export interface WebhookEndpointBacklog {
  /** How many there are. */
  count: number;
  /** When the oldest of them was made. */
  oldest_at: string | null;
  /** How old the oldest of them is, seconds. */
  age_seconds: number | null;
}

export interface WebhookEndpointCounts {
  /** How many are not decided yet. */
  pending: number;
  /** How many failed. */
  failed: number;
}

export interface WebhookEndpointLatency {
  /** Half of them took no longer. */
  p50: number | null;
  /** Of a hundred, ninety-five took no longer. */
  p95: number | null;
}

export interface WebhookEndpointList {
  /** The entries of this page. */
  data: Array<WebhookEndpoint>;
  /** Send it as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

export interface WebhookEndpointMatch {
  /** It is this. */
  eq?: string | number | boolean;
  /** It is not this, or is not there. */
  not?: string | number | boolean;
  /** It is one of these. */
  in?: Array<string | number | boolean>;
  /** It is more than this; of texts, it comes later. */
  gt?: string | number;
  /** It is this or more. */
  gte?: string | number;
  /** It is less than this. */
  lt?: string | number;
  /** It is this or less. */
  lte?: string | number;
  /** Whether it is there and not null. */
  exists?: boolean;
}

export interface WebhookEndpointMetrics {
  /** The endpoint. */
  endpoint_id: string;
  /** From when on. */
  since: string;
  /** How many attempts there were. */
  attempts: number;
  /** How many succeeded. */
  succeeded: number;
  /** How many failed. */
  failed: number;
  /** The share of attempts that succeeded, 0 to 1; null without one. */
  success_rate: number | null;
  latency_ms: WebhookEndpointLatency;
  deliveries: WebhookEndpointCounts;
  backlog: WebhookEndpointBacklog;
  /** Since when it has only failed; null when it has not. */
  failing_since: string | null;
  /** When an attempt was answered with 2xx last. */
  last_success_at: string | null;
  /** Whether it is sent anything. */
  enabled: boolean;
  /** Who disabled it: `paused`, the app; `gone`, its own answer 410; `failing`, days without a success. */
  disabled_reason: 'paused' | 'gone' | 'failing' | null;
}

export interface WebhookEndpointTest {
  /** The event. It is the `webhook-id` of its messages. */
  event_id: string;
  /** Whether it was answered with 2xx. */
  delivered: boolean;
  /** The HTTP status of the answer; null without one. */
  status: number | null;
  /** What went wrong; null when nothing did. */
  error: string | null;
  /** In words. */
  message: string | null;
  /** How long it took, milliseconds. */
  latency_ms: number;
  /** The beginning of what was answered. */
  response: string | null;
}

/** The gateway's routes for apps: what each takes and answers. */
export interface Api {
  /** List products with prices */
  'GET /v1/products': {
    query?: {
      resource?: string;
      recurring?: 'true' | 'false';
      archived?: 'true' | 'false' | 'any';
      benefit?: string;
      collection?: string;
      content_id?: string;
      sort?: 'name' | '-name' | 'created_at' | '-created_at';
      limit?: string | number;
      cursor?: string;
      metadata?: Record<string, string>;
    };
    response: ProductList;
  };
  /** List plans, and which is up from which */
  'GET /v1/plans': {
    query?: {
      from?: string;
    };
    response: PlanFamilyList;
  };
  /** Export payments */
  'GET /v1/payments/export': {
    query?: {
      status?: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
      kind?: 'checkout' | 'renewal' | 'change' | 'direct';
      customer?: string;
      product?: string;
      product_id?: string;
      order_id?: string;
      subscription_id?: string;
      discount_id?: string;
      created_after?: string;
      created_before?: string;
      format?: 'csv' | 'ndjson';
      limit?: string | number;
      after?: string | number;
      metadata?: Record<string, string>;
    };
    response: undefined;
  };
  /** List payments */
  'GET /v1/payments': {
    query?: {
      status?: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
      kind?: 'checkout' | 'renewal' | 'change' | 'direct';
      customer?: string;
      product?: string;
      product_id?: string;
      order_id?: string;
      subscription_id?: string;
      discount_id?: string;
      created_after?: string;
      created_before?: string;
      sort?: 'created_at' | '-created_at' | 'amount' | '-amount';
      limit?: string | number;
      cursor?: string;
      metadata?: Record<string, string>;
    };
    response: PaymentList;
  };
  /** Create a payment */
  'POST /v1/payments': {
    body: CreatePaymentRequest;
    response: Payment;
  };
  /** Read a payment */
  'GET /v1/payments/{id}': {
    params: {
      id: string;
    };
    response: Payment;
  };
  /** Get a payment’s invoice */
  'GET /v1/payments/{id}/invoice': {
    params: {
      id: string;
    };
    response: PaymentDocument;
  };
  /** Get a payment’s receipt */
  'GET /v1/payments/{id}/receipt': {
    params: {
      id: string;
    };
    response: PaymentDocument;
  };
  /** List checkout links */
  'GET /v1/checkout-links': {
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: CheckoutLinkList;
  };
  /** Make a checkout link */
  'POST /v1/checkout-links': {
    body: CreateCheckoutLinkRequest;
    response: CheckoutLink;
  };
  /** Read a checkout link */
  'GET /v1/checkout-links/{id}': {
    params: {
      id: string;
    };
    response: CheckoutLink;
  };
  /** Change a checkout link */
  'PATCH /v1/checkout-links/{id}': {
    params: {
      id: string;
    };
    body: UpdateCheckoutLinkRequest;
    response: CheckoutLink;
  };
  /** Delete a checkout link */
  'DELETE /v1/checkout-links/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** Start a checkout from a browser */
  'POST /v1/checkout': {
    body: StartCheckoutRequest;
    response: StartedCheckout;
  };
  /** List discounts */
  'GET /v1/discounts': {
    query?: {
      code?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: DiscountList;
  };
  /** Make a discount */
  'POST /v1/discounts': {
    body: CreateDiscountRequest;
    response: Discount;
  };
  /** Read a discount */
  'GET /v1/discounts/{id}': {
    params: {
      id: string;
    };
    response: Discount;
  };
  /** Change a discount */
  'PATCH /v1/discounts/{id}': {
    params: {
      id: string;
    };
    body: UpdateDiscountRequest;
    response: Discount;
  };
  /** Delete a discount */
  'DELETE /v1/discounts/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** List who used a discount */
  'GET /v1/discounts/{id}/redemptions': {
    params: {
      id: string;
    };
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: RedemptionList;
  };
  /** How many are left */
  'GET /v1/discounts/{id}/remaining': {
    params: {
      id: string;
    };
    response: RemainingOfDiscount;
  };
  /** List campaigns */
  'GET /v1/campaigns': {
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: CampaignList;
  };
  /** Make one code of several discounts */
  'POST /v1/campaigns': {
    body: CreateCampaignRequest;
    response: Campaign;
  };
  /** Read a campaign */
  'GET /v1/campaigns/{id}': {
    params: {
      id: string;
    };
    response: Campaign;
  };
  /** Change a campaign */
  'PATCH /v1/campaigns/{id}': {
    params: {
      id: string;
    };
    body: UpdateCampaignRequest;
    response: Campaign;
  };
  /** Delete a campaign */
  'DELETE /v1/campaigns/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** How much is left of a campaign */
  'GET /v1/campaigns/{id}/remaining': {
    params: {
      id: string;
    };
    response: RemainingOfCampaign;
  };
  /** List gifts */
  'GET /v1/gifts': {
    query?: {
      payment?: string;
      to_email?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: GiftList;
  };
  /** Sell a gift, or give a purchase away */
  'POST /v1/gifts': {
    body: CreateGiftRequest;
    response: NewGift;
  };
  /** Read a gift */
  'GET /v1/gifts/{id}': {
    params: {
      id: string;
    };
    response: Gift;
  };
  /** Claim a gift for your user */
  'POST /v1/gift-claims': {
    body: ClaimGiftRequest;
    response: Gift;
  };
  /** Send a new link */
  'POST /v1/gifts/{id}/resend': {
    params: {
      id: string;
    };
    body?: ResendGiftRequest;
    response: ResentGift;
  };
  /** Take a gift back */
  'POST /v1/gifts/{id}/cancel': {
    params: {
      id: string;
    };
    body?: CancelGiftRequest;
    response: CanceledGift;
  };
  /** Export refunds */
  'GET /v1/refunds/export': {
    query?: {
      status?: 'pending' | 'succeeded' | 'failed';
      payment?: string;
      created_after?: string;
      created_before?: string;
      format?: 'csv' | 'ndjson';
      limit?: string | number;
      after?: string | number;
    };
    response: undefined;
  };
  /** List the refunds of a payment */
  'GET /v1/payments/{id}/refunds': {
    params: {
      id: string;
    };
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: RefundList;
  };
  /** Refund a payment */
  'POST /v1/payments/{id}/refunds': {
    params: {
      id: string;
    };
    body: CreateRefundRequest;
    response: Refund;
  };
  /** List refunds */
  'GET /v1/refunds': {
    query?: {
      status?: 'pending' | 'succeeded' | 'failed';
      payment?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: RefundList;
  };
  /** Read a refund */
  'GET /v1/refunds/{id}': {
    params: {
      id: string;
    };
    response: Refund;
  };
  /** List disputes */
  'GET /v1/disputes': {
    query?: {
      status?: 'early_warning' | 'needs_response' | 'under_review' | 'won' | 'lost' | 'prevented';
      payment?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: DisputeList;
  };
  /** Read a dispute */
  'GET /v1/disputes/{id}': {
    params: {
      id: string;
    };
    response: Dispute;
  };
  /** Accept a dispute */
  'POST /v1/disputes/{id}/accept': {
    params: {
      id: string;
    };
    body?: AcceptDisputeRequest;
    response: Dispute;
  };
  /** Export subscriptions */
  'GET /v1/subscriptions/export': {
    query?: {
      status?: 'active' | 'trialing' | 'past_due' | 'paused' | 'canceled' | 'unpaid' | 'incomplete' | 'incomplete_expired';
      customer?: string;
      product_id?: string;
      cancel_at_period_end?: 'true' | 'false';
      renews_before?: string;
      created_after?: string;
      created_before?: string;
      format?: 'csv' | 'ndjson';
      limit?: string | number;
      after?: string | number;
    };
    response: undefined;
  };
  /** List subscriptions */
  'GET /v1/subscriptions': {
    query?: {
      status?: 'active' | 'trialing' | 'past_due' | 'paused' | 'canceled' | 'unpaid' | 'incomplete' | 'incomplete_expired';
      customer?: string;
      product_id?: string;
      cancel_at_period_end?: 'true' | 'false';
      renews_before?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: SubscriptionList;
  };
  /** Read a subscription */
  'GET /v1/subscriptions/{id}': {
    params: {
      id: string;
    };
    response: Subscription;
  };
  /** End a subscription now */
  'DELETE /v1/subscriptions/{id}': {
    params: {
      id: string;
    };
    response: Subscription;
  };
  /** Cancel a subscription */
  'POST /v1/subscriptions/{id}/cancel': {
    params: {
      id: string;
    };
    body: CancelSubscriptionRequest;
    response: Subscription;
  };
  /** Take a cancellation back */
  'POST /v1/subscriptions/{id}/uncancel': {
    params: {
      id: string;
    };
    body?: UncancelSubscriptionRequest;
    response: Subscription;
  };
  /** Pause a subscription at the end of its period */
  'POST /v1/subscriptions/{id}/pause': {
    params: {
      id: string;
    };
    body?: PauseSubscriptionRequest;
    response: Subscription;
  };
  /** Resume a subscription */
  'POST /v1/subscriptions/{id}/resume': {
    params: {
      id: string;
    };
    body?: ResumeSubscriptionRequest;
    response: Subscription;
  };
  /** Change the product of a subscription */
  'POST /v1/subscriptions/{id}/change': {
    params: {
      id: string;
    };
    body: ChangeSubscriptionRequest;
    response: Subscription;
  };
  /** Change the number of seats */
  'POST /v1/subscriptions/{id}/seats': {
    params: {
      id: string;
    };
    body: SetSubscriptionSeatsRequest;
    response: Subscription;
  };
  /** Change the number of units */
  'POST /v1/subscriptions/{id}/units': {
    params: {
      id: string;
    };
    body: SetSubscriptionUnitsRequest;
    response: Subscription;
  };
  /** Give a subscription a discount, or take it away */
  'POST /v1/subscriptions/{id}/discount': {
    params: {
      id: string;
    };
    body: SetSubscriptionDiscountRequest;
    response: Subscription;
  };
  /** Set the end of the trial */
  'POST /v1/subscriptions/{id}/trial': {
    params: {
      id: string;
    };
    body: SetSubscriptionTrialRequest;
    response: Subscription;
  };
  /** Say what a change would cost */
  'POST /v1/subscriptions/{id}/preview': {
    params: {
      id: string;
    };
    body: PreviewSubscriptionChangeRequest;
    response: SubscriptionPreview;
  };
  /** List grants */
  'GET /v1/grants': {
    query?: {
      customer?: string;
      member?: string;
      benefit?: string;
      type?: string;
      product?: string;
      state?: 'granted' | 'pending_action' | 'failed' | 'revoked' | 'pending' | 'expired';
      fulfilment?: 'pending' | 'done' | 'refused';
      source?: 'polar' | 'app';
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: GrantList;
  };
  /** Give something away */
  'POST /v1/grants': {
    body: CreateGrantRequest;
    response: OwnGrant;
  };
  /** Read a grant with its history */
  'GET /v1/grants/{id}': {
    params: {
      id: string;
    };
    response: AnyGrantWithHistory;
  };
  /** Take back what was given */
  'DELETE /v1/grants/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** Read the note of a custom benefit */
  'GET /v1/grants/{id}/note': {
    params: {
      id: string;
    };
    response: GrantNote;
  };
  /** Say what was done for a grant */
  'POST /v1/grants/{id}/fulfilment': {
    params: {
      id: string;
    };
    body: FulfilGrantRequest;
    response: Grant;
  };
  /** May this visitor of a site have this path? */
  'GET /v1/access/forward-auth': {
    query: {
      app: string;
      resource?: string;
      prefix?: string;
      public?: string;
      max_age?: string | number;
    };
    response: ForwardedAccess;
  };
  /** May this customer use this? */
  'GET /v1/access': {
    query: {
      resource: string;
      customer?: string;
      member?: string;
      max_age?: string | number;
    };
    response: Access;
  };
  /** May this customer use these? */
  'POST /v1/access/batch': {
    body: CheckAccessBatchRequest;
    response: AccessBatch;
  };
  /** Why may this customer (not) use this, now or then? */
  'GET /v1/access/explain': {
    query: {
      resource: string;
      customer?: string;
      member?: string;
      payment?: string;
      at?: string;
      max_age?: string | number;
    };
    response: AccessExplanation;
  };
  /** Export customers */
  'GET /v1/customers/export': {
    query?: {
      q?: string;
      created_after?: string;
      created_before?: string;
      format?: 'csv' | 'ndjson';
      limit?: string | number;
      after?: string | number;
    };
    response: undefined;
  };
  /** List your customers */
  'GET /v1/customers': {
    query?: {
      q?: string;
      sort?: 'created_at' | '-created_at' | 'email' | '-email';
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: CustomerList;
  };
  /** Name a user before the first purchase */
  'POST /v1/customers': {
    body: PrepareCustomerRequest;
    response: PreparedCustomer;
  };
  /** Who is this customer? */
  'GET /v1/customers/{id}': {
    params: {
      id: string;
    };
    response: Customer;
  };
  /** Erase a customer in this app */
  'DELETE /v1/customers/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** All that is held about a customer */
  'GET /v1/customers/{id}/export': {
    params: {
      id: string;
    };
    response: CustomerExport;
  };
  /** Say which of your users this is */
  'PUT /v1/customers/{id}/external-ids/{external_id}': {
    params: {
      id: string;
      external_id: string;
    };
    response: undefined;
  };
  /** Take back which of your users this is */
  'DELETE /v1/customers/{id}/external-ids/{external_id}': {
    params: {
      id: string;
      external_id: string;
    };
    response: undefined;
  };
  /** What happened with this customer */
  'GET /v1/customers/{id}/timeline': {
    params: {
      id: string;
    };
    query?: {
      type?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: Timeline;
  };
  /** List the files that a customer may download */
  'GET /v1/downloads': {
    query?: {
      customer?: string;
      member?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: DownloadableFileList;
  };
  /** Download a file */
  'GET /v1/downloads/{id}': {
    params: {
      id: string;
    };
    query?: {
      customer?: string;
      member?: string;
    };
    response: DownloadAddress;
  };
  /** List how often files were downloaded */
  'GET /v1/files': {
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: CountedFileList;
  };
  /** List who downloaded a file */
  'GET /v1/files/{id}/downloads': {
    params: {
      id: string;
    };
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: DownloadList;
  };
  /** Check a licence key */
  'POST /v1/license-keys/validate': {
    body: ValidateLicenseKeyRequest;
    response: LicenseCheck;
  };
  /** Activate a licence key */
  'POST /v1/license-keys/activate': {
    body: ActivateLicenseKeyRequest;
    response: LicenseCheck;
  };
  /** Deactivate a licence key */
  'POST /v1/license-keys/deactivate': {
    body: DeactivateLicenseKeyRequest;
    response: LicenseCheck;
  };
  /** List licence keys */
  'GET /v1/license-keys': {
    query?: {
      customer?: string;
      benefit?: string;
      status?: 'granted' | 'revoked' | 'disabled';
      limit?: string | number;
      cursor?: string;
    };
    response: LicenseKeyList;
  };
  /** Read a licence key */
  'GET /v1/license-keys/{id}': {
    params: {
      id: string;
    };
    query?: {
      reveal?: 'true' | 'false';
    };
    response: LicenseKeyWithActivations;
  };
  /** Change a licence key */
  'PATCH /v1/license-keys/{id}': {
    params: {
      id: string;
    };
    body: UpdateLicenseKeyRequest;
    response: LicenseKeyWithActivations;
  };
  /** Remove an activation */
  'DELETE /v1/license-keys/{id}/activations/{activation_id}': {
    params: {
      id: string;
      activation_id: string;
    };
    response: undefined;
  };
  /** Get a licence that counts without a network */
  'POST /v1/license-keys/offline': {
    body: IssueOfflineLicenseRequest;
    response: OfflineLicense;
  };
  /** List sessions */
  'GET /v1/sessions': {
    query?: {
      customer?: string;
      member?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: SessionList;
  };
  /** Vouch for your user */
  'POST /v1/sessions': {
    body: CreateSessionRequest;
    response: NewSession;
  };
  /** Sign out everywhere */
  'DELETE /v1/sessions': {
    query?: {
      customer?: string;
      member?: string;
    };
    response: EndedSessions;
  };
  /** Exchange a code for a session */
  'POST /v1/sessions/exchange': {
    body: ExchangeCodeRequest;
    response: ExchangedCode;
  };
  /** End one session */
  'DELETE /v1/sessions/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** Read the session */
  'GET /v1/session': {
    response: CurrentSession;
  };
  /** Sign out */
  'DELETE /v1/session': {
    response: undefined;
  };
  /** Mail a code */
  'POST /v1/sign-in': {
    body: StartSignInRequest;
    response: StartedSignIn;
  };
  /** Sign in with a code */
  'POST /v1/sign-in/verify': {
    body: VerifySignInRequest;
    response: SignedIn;
  };
  /** List webhook endpoints */
  'GET /v1/webhook-endpoints': {
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: WebhookEndpointList;
  };
  /** Register a webhook endpoint */
  'POST /v1/webhook-endpoints': {
    body: CreateWebhookEndpointRequest;
    response: NewWebhookEndpoint;
  };
  /** Read a webhook endpoint */
  'GET /v1/webhook-endpoints/{id}': {
    params: {
      id: string;
    };
    response: WebhookEndpoint;
  };
  /** Change, pause or resume a webhook endpoint */
  'PATCH /v1/webhook-endpoints/{id}': {
    params: {
      id: string;
    };
    body: UpdateWebhookEndpointRequest;
    response: WebhookEndpoint;
  };
  /** Delete a webhook endpoint */
  'DELETE /v1/webhook-endpoints/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** Rotate the secret of a webhook endpoint */
  'POST /v1/webhook-endpoints/{id}/rotate-secret': {
    params: {
      id: string;
    };
    body?: RotateWebhookEndpointSecretRequest;
    response: RotatedSecret;
  };
  /** Send a test to a webhook endpoint */
  'POST /v1/webhook-endpoints/{id}/test': {
    params: {
      id: string;
    };
    body?: TestWebhookEndpointRequest;
    response: WebhookEndpointTest;
  };
  /** Send a webhook endpoint what waits for it, now */
  'POST /v1/webhook-endpoints/{id}/send-now': {
    params: {
      id: string;
    };
    response: DueDeliveries;
  };
  /** How a webhook endpoint does */
  'GET /v1/webhook-endpoints/{id}/metrics': {
    params: {
      id: string;
    };
    query?: {
      since?: string;
    };
    response: WebhookEndpointMetrics;
  };
  /** List what the app was told, or read it in order */
  'GET /v1/events': {
    query?: {
      limit?: string | number;
      cursor?: string;
      type?: string;
      payment?: string;
      after?: string | number;
      wait?: string | number;
      types?: string;
    };
    response: EventList;
  };
  /** Read an event */
  'GET /v1/events/{id}': {
    params: {
      id: string;
    };
    response: Event;
  };
  /** List deliveries */
  'GET /v1/deliveries': {
    query?: {
      limit?: string | number;
      cursor?: string;
      endpoint?: string;
      status?: 'pending' | 'succeeded' | 'failed' | 'canceled';
      event?: string;
      type?: string;
      created_after?: string;
      created_before?: string;
    };
    response: DeliveryList;
  };
  /** Read a delivery and its attempts */
  'GET /v1/deliveries/{id}': {
    params: {
      id: string;
    };
    response: DeliveryWithAttempts;
  };
  /** List cursors */
  'GET /v1/cursors': {
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: CursorList;
  };
  /** Read a cursor */
  'GET /v1/cursors/{name}': {
    params: {
      name: string;
    };
    response: Cursor;
  };
  /** Keep how far a consumer has come */
  'PUT /v1/cursors/{name}': {
    params: {
      name: string;
    };
    body: KeepCursorRequest;
    response: Cursor;
  };
  /** Delete a cursor */
  'DELETE /v1/cursors/{name}': {
    params: {
      name: string;
    };
    response: undefined;
  };
  /** Send a delivery again */
  'POST /v1/deliveries/{id}/replay': {
    params: {
      id: string;
    };
    body?: ReplayDeliveryRequest;
    response: Delivery;
  };
  /** Send an event again */
  'POST /v1/events/{id}/replay': {
    params: {
      id: string;
    };
    body?: ReplayEventRequest;
    response: EventReplay;
  };
  /** Recover what failed */
  'POST /v1/webhook-endpoints/{id}/recover': {
    params: {
      id: string;
    };
    body: RecoverWebhookEndpointRequest;
    response: BulkReplay;
  };
  /** Send many deliveries again */
  'POST /v1/replays': {
    body: ReplayDeliveriesRequest;
    response: BulkReplay;
  };
}

/** The routes that take an `Idempotency-Key`. */
export const IDEMPOTENT: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'POST /v1/payments',
  'POST /v1/checkout-links',
  'POST /v1/checkout',
  'POST /v1/discounts',
  'POST /v1/campaigns',
  'POST /v1/gifts',
  'POST /v1/gift-claims',
  'POST /v1/gifts/{id}/resend',
  'POST /v1/payments/{id}/refunds',
  'DELETE /v1/subscriptions/{id}',
  'POST /v1/subscriptions/{id}/cancel',
  'POST /v1/subscriptions/{id}/uncancel',
  'POST /v1/subscriptions/{id}/pause',
  'POST /v1/subscriptions/{id}/resume',
  'POST /v1/subscriptions/{id}/change',
  'POST /v1/subscriptions/{id}/seats',
  'POST /v1/subscriptions/{id}/units',
  'POST /v1/subscriptions/{id}/discount',
  'POST /v1/subscriptions/{id}/trial',
  'POST /v1/grants',
  'POST /v1/grants/{id}/fulfilment',
  'POST /v1/customers',
  'POST /v1/license-keys/validate',
  'POST /v1/license-keys/activate',
  'POST /v1/sessions',
  'POST /v1/sessions/exchange',
  'POST /v1/sign-in',
  'POST /v1/sign-in/verify',
  'POST /v1/webhook-endpoints',
  'POST /v1/webhook-endpoints/{id}/rotate-secret',
  'POST /v1/deliveries/{id}/replay',
  'POST /v1/events/{id}/replay',
  'POST /v1/webhook-endpoints/{id}/recover',
  'POST /v1/replays',
]);
