/*
 * Polar's behaviour as a table: what is there, what happens, which webhooks are told in which order, and what the API
 * answers afterwards. The sections are those of `packages/polar-simulator/FACTS.md`, which says where each is known from.
 */

/** One call of Polar's API or of the world around it (`/_sim`), or time that passes. `{order}` is the id of the first order. */
export type Step =
  | readonly [method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object]
  | { readonly days: number };

/** What there is before. */
export type Situation =
  | 'organization'
  | 'customer'
  | 'product'
  | 'open checkout'
  | 'free checkout'
  | 'plan checkout'
  | 'trial checkout'
  | 'seats checkout'
  | 'order'
  | 'license order'
  | 'subscription'
  | 'subscription and another plan'
  | 'trial'
  | 'free subscription'
  | 'team';

export interface Behaviour {
  section: `§1.${number}`;
  what: string;
  given: Situation;
  /** What happened before; what it told is not looked at. */
  before?: readonly Step[];
  when: Step;
  /** Every webhook that `when` leads to, in order; the debounced ones and the late ones too. */
  told: readonly string[];
  /** Polar's refusal, when it is one: status and `error`. */
  refused?: readonly [status: number, error: string];
  /** Parts of the objects afterwards. `newest` is the newest order; `grants` say what each is, oldest first. */
  afterwards?: {
    checkout?: object;
    order?: object;
    newest?: object;
    subscription?: object;
    customer?: object;
    refund?: object;
    dispute?: object;
    product?: object;
    benefit?: object;
    grants?: readonly ('granted' | 'revoked' | 'pending')[];
  };
}

export const changeSubscription = (body: object): Step => ['PATCH', '/v1/subscriptions/{subscription}', body];

/** Whoever is at the checkout pays. */
export const pay = (token = 'tok_visa', email = 'ada@floe-mail.dev'): Step => [
  'POST',
  '/v1/checkouts/client/{secret}/confirm',
  { customer_email: email, confirmation_token_id: token, customer_billing_address: { country: 'CH' } },
];

export const FAIL_NEXT: Step = ['POST', '/_sim/subscriptions/{subscription}/fail-next-payment'];
/** A month from the middle of January: the first period is over. */
export const A_PERIOD: Step = { days: 31 };
