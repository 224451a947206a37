import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** One wrong field of a request. `path` is dotted, `body.customer.email`. */
export interface FieldError {
  path: string;
  message: string;
}

/**
 * A refusal stays small however large the request is (ADR 57): it names this many fields, each with a limited number of
 * characters.
 */
const MAX_FIELD_ERRORS = 20;
const MAX_PATH_CHARS = 100;
const MAX_MESSAGE_CHARS = 500;
const MAX_DETAIL_CHARS = 1_200;

/** The first errors in one text, and how many more there are. */
export function describeErrors(errors: readonly FieldError[]): string {
  let text = '';
  let named = 0;
  for (const { path, message } of boundErrors(errors)) {
    const sentence = `${path}: ${message}`;
    if (named > 0 && text.length + sentence.length > MAX_DETAIL_CHARS - 100) break;
    text += named === 0 ? sentence : ` ${sentence}`;
    named += 1;
  }
  const left = errors.length - named;
  return left === 0 ? text : `${text} And ${left} more.`;
}

function boundErrors(errors: readonly FieldError[]): FieldError[] {
  return errors.slice(0, MAX_FIELD_ERRORS).map(({ path, message }) => ({
    path: shorten(path, MAX_PATH_CHARS),
    message: shorten(message, MAX_MESSAGE_CHARS),
  }));
}

/** JSON writes six characters for a control character or half a surrogate pair, so these are replaced by one. */
function shorten(text: string, max: number): string {
  const cut = text.length <= max ? text : `${text.slice(0, max - 1)}…`;
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what it replaces
  return cut.toWellFormed().replaceAll(/[\u0000-\u001f]/g, '\ufffd');
}

/** Every way in which a request can fail, and its HTTP status. There is no other such mapping. */
export const PROBLEMS = {
  invalid_json: [400, 'The body is not valid JSON.'],
  invalid_code: [400, 'The code is unknown, expired or already used.'],
  invalid_return: [400, 'This return link is not valid.'],
  unauthorized: [401, 'Send a valid key in the Authorization header: `Authorization: Bearer <key>`.'],
  invalid_signature: [401, 'The webhook signature does not verify.'],
  payment_failed: [402, 'The payment failed, so nothing was changed.'],
  forbidden_key: [403, 'This key may not do that.'],
  not_granted: [403, 'This customer may not download this file.'],
  forbidden_origin: [403, 'This origin is not registered for the app.'],
  invalid_form: [403, 'This form is no longer valid. Load its page again.'],
  organization_mismatch: [403, 'The event is of another Polar organization than the one configured.'],
  activations_locked: [403, 'The customer may not remove activations of this licence key.'],
  not_found: [404, 'No such thing.'],
  method_not_allowed: [405, 'This address does not answer that method.'],
  idempotency_in_progress: [409, 'A request with this Idempotency-Key is still running.'],
  already_subscribed: [409, 'This customer has a subscription, and Polar allows no second one.'],
  conflict: [409, 'That is in the way of something that exists.'],
  subscription_ended: [409, 'This subscription has ended.'],
  subscription_ending: [409, 'This subscription is scheduled to end. Uncancel it first.'],
  subscription_inactive: [409, 'This subscription is not active.'],
  subscription_locked: [409, 'Another change of this subscription is under way.'],
  not_fulfilled_by_hand: [409, 'Nobody fulfils this grant by hand.'],
  grant_revoked: [409, 'This grant was taken away, or is not given yet.'],
  not_scheduled: [409, 'This subscription is not scheduled to end.'],
  not_paused: [409, 'This subscription is not paused.'],
  cannot_pause: [409, 'This subscription cannot be paused.'],
  not_paid: [409, 'This payment has not been paid.'],
  already_refunded: [409, 'Nothing of this payment is left to be refunded.'],
  nothing_to_refund: [409, 'This payment was free: nothing was charged.'],
  payment_disputed: [409, 'The buyer’s bank has disputed this payment, so it cannot be refunded.'],
  refunds_blocked: [409, 'Polar has blocked refunds of this payment.'],
  no_receipt: [409, 'Nothing was charged for this payment, so it has no receipt.'],
  billing_details_missing: [
    409,
    'An invoice needs the buyer’s billing name and address, which Polar does not have.',
  ],
  download_unavailable: [409, 'Polar does not offer this file to the customer now.'],
  gift_claimed: [409, 'This gift has been accepted already.'],
  gift_ended: [409, 'This gift was taken back or refunded.'],
  cursor_moved: [409, 'The cursor is not where you read it.'],
  mode_not_configured: [409, 'This mode has no Polar credentials.'],
  events_gone: [410, 'Events that you have not read yet were deleted.'],
  gift_expired: [410, 'The link of this gift has expired.'],
  payload_too_large: [413, 'The body is too large.'],
  unsupported_media_type: [415, 'Send `Content-Type: application/json`.'],
  misdirected_request: [421, 'This host is not served here.'],
  validation_failed: [422, 'Some fields are wrong.'],
  unsupported_method: [422, 'Only the payment method `polar` is supported.'],
  unknown_product: [422, 'No such product in this app.'],
  product_archived: [422, 'This product is archived and can no longer be bought.'],
  unknown_discount: [422, 'This discount cannot be used here.'],
  foreign_discount_codes: [422, 'Buyers could type codes of other apps.'],
  not_giftable: [422, 'This cannot be a gift.'],
  amount_too_large: [422, 'More than is left to be refunded.'],
  disallowed_url: [422, 'This URL is not allowed here.'],
  idempotency_mismatch: [422, 'This Idempotency-Key was used with another request.'],
  polar_rejected: [422, 'Polar refused the request.'],
  rate_limited: [429, 'Too many requests.'],
  internal_error: [500, 'The gateway failed. The request id names this failure in its logs.'],
  polar_failed: [502, 'Polar answered with an error.'],
  polar_scope_missing: [503, 'The access token for Polar lacks a scope.'],
  polar_unavailable: [503, 'Polar cannot be reached.'],
  unavailable: [503, 'The gateway cannot answer right now.'],
  mail_not_configured: [503, 'This gateway sends no mail: FLOE_MAIL_FROM is not set.'],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemInit {
  /** What was wrong this time and what to do, in plain words. */
  detail?: string;
  errors?: FieldError[];
  /** Seconds, sent as `Retry-After`. */
  retryAfter?: number;
  /** The methods that the address answers, sent as `Allow` (RFC 9110 §10.2.1). */
  allow?: readonly string[];
  /** The app's own subscription that is in the way, sent as `subscription_id`. */
  subscriptionId?: string;
  /** The scope that the key lacks, sent as `required_scope`. */
  requiredScope?: string;
  /** From which event on all are there, sent as `oldest_sequence`. */
  oldestSequence?: number;
  /** Where a person goes on, sent as `link`. */
  link?: string;
  /** Where a cursor is, sent as `sequence`; null: there is no such cursor. */
  cursorSequence?: number | null;
  cause?: unknown;
}

/** An expected failure that the client is told. Flows throw it; only `app.onError` writes it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly init: ProblemInit;

  constructor(code: ProblemCode, init: ProblemInit = {}) {
    super(init.detail ?? PROBLEMS[code][1], init.cause === undefined ? {} : { cause: init.cause });
    this.code = code;
    this.init = init;
  }

  get status(): ContentfulStatusCode {
    return PROBLEMS[this.code][0];
  }
}

/** RFC 9457 `application/problem+json` for a failure. `requestId` lets an operator find it in the logs. */
export function problemResponse(problem: Problem, requestId: string): Response {
  const [status, title] = PROBLEMS[problem.code];
  const {
    detail,
    errors,
    retryAfter,
    allow,
    subscriptionId,
    requiredScope,
    oldestSequence,
    link,
    cursorSequence,
  } = problem.init;
  return Response.json(
    {
      type: `about:blank`,
      title,
      status,
      code: problem.code,
      ...(detail === undefined ? {} : { detail: shorten(detail, MAX_DETAIL_CHARS) }),
      request_id: requestId,
      ...(errors === undefined ? {} : { errors: boundErrors(errors) }),
      ...(subscriptionId === undefined ? {} : { subscription_id: subscriptionId }),
      ...(requiredScope === undefined ? {} : { required_scope: requiredScope }),
      ...(oldestSequence === undefined ? {} : { oldest_sequence: oldestSequence }),
      ...(link === undefined ? {} : { link }),
      ...(cursorSequence === undefined ? {} : { sequence: cursorSequence }),
    },
    {
      status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'private, no-store',
        'x-request-id': requestId,
        ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) }),
        ...(allow === undefined ? {} : { allow: allow.join(', ') }),
        ...(status === 401 ? { 'www-authenticate': 'Bearer realm="floe"' } : {}),
      },
    },
  );
}
