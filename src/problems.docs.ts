import type { ProblemCode } from './base/problem.ts';

/** What a developer wants to know of a problem beyond its title. */
interface ProblemDocs {
  /** Why the gateway answers with it. */
  cause: string;
  /** What to do so that it does not come again. */
  mend: string;
  /** The page that says more. */
  more?: { title: string; url: string };
}

/**
 * Cause and mend of every problem, for the page of errors at `/docs`. Only the build imports it: the Worker has the titles
 * (`PROBLEMS`) and what was wrong each time (`detail`).
 */
export const PROBLEM_DOCS: Readonly<Record<ProblemCode, ProblemDocs>> = {
  invalid_json: {
    cause: 'The body does not parse as JSON, or an empty body was sent where fields are needed.',
    mend: 'Send the output of a JSON writer. In a shell, put the JSON between single quotes.',
  },
  invalid_code: {
    cause:
      'A one-time code was used already, is too old, or was made for another app, callback URL or challenge. In signing in by mail: the code that was typed is wrong, or its attempt has ended.',
    mend: 'A code from checkout lives two minutes: exchange it as soon as the buyer comes back, once. For signing in, have the visitor type the code of the newest mail, or begin again.',
  },
  invalid_return: {
    cause: 'The link back from checkout was opened a second time, after its time, or with a part missing.',
    mend: 'The purchase itself is not touched. Send the buyer back to your site: it knows what was paid, and they can sign in by mail.',
  },
  unauthorized: {
    cause:
      'There is no `Authorization` header, or its key is unknown, revoked or has ended. The `detail` says it of a key that has ended.',
    mend: 'Send `Authorization: Bearer` and a key of this gateway. Look for an empty variable, and for a key of another gateway. Where a session has ended, have the visitor sign in again.',
  },
  invalid_signature: {
    cause:
      'A request to the address for Polar’s webhooks is not signed with a secret that the gateway knows.',
    mend: 'Compare `POLAR_LIVE_WEBHOOK_SECRETS` or `POLAR_SANDBOX_WEBHOOK_SECRETS` with the secret that the endpoint has at Polar. A proxy in between must not change the body.',
  },
  payment_failed: {
    cause: 'The change costs something now, and the customer’s payment method was declined.',
    mend: 'Send the customer to the portal to replace the card, then make the change again. Nothing was changed.',
  },
  forbidden_key: {
    cause:
      'The key is valid, and of a kind that this route does not take: a publishable key where a secret one is needed, for example. Or it is limited to scopes, and lacks the one that this route needs.',
    mend: 'The `detail` says which kind is needed, or which scope; `required_scope` is that scope. Secret keys belong on servers only. The operator makes another key: the scopes of one cannot be changed.',
  },
  not_granted: {
    cause:
      'The app gives this file, and not to this customer now: it was not bought, was refunded, or has ended. A link that was saved says so as soon as access is taken back.',
    mend: 'The `detail` says why. Offer what gives the file, or the customer’s account. With `Retry-After` a payment is being confirmed: ask again then.',
  },
  forbidden_origin: {
    cause:
      'A page called the gateway from an origin that the app does not list, or a form came from another site’s page.',
    mend: 'Register the origin with the app: scheme, host and port. On your machine: `npm start -- --origin http://localhost:4321`, with your page’s own origin. Elsewhere the operator changes `origins` of the app.',
  },
  invalid_form: {
    cause:
      'A form of the gateway’s own pages was sent without its token: its page was open for too long, or the browser keeps no cookies.',
    mend: 'Load the page again and send the form once more.',
  },
  organization_mismatch: {
    cause: 'A signed webhook is about another Polar organization than the one that is configured.',
    mend: 'Compare `POLAR_LIVE_ORGANIZATION_ID` or `POLAR_SANDBOX_ORGANIZATION_ID` with the organization whose endpoint sends here.',
  },
  activations_locked: {
    cause:
      'A customer wanted to remove an activation of a licence key, and the benefit at Polar does not let customers do it.',
    mend: 'Switch on `enable_customer_admin` of the benefit’s activations at Polar, or remove the activation with a secret key.',
  },
  not_found: {
    cause:
      'There is nothing at the address, or the object is not this app’s. An object of another app is answered in the same way.',
    mend: 'Check the id, and that the key is of the app and mode that made the object. The reference lists all addresses.',
  },
  method_not_allowed: {
    cause: 'The address exists, and does not answer this method.',
    mend: 'The header `Allow` lists the methods that it answers.',
  },
  idempotency_in_progress: {
    cause: 'The first request with this `Idempotency-Key` has not ended yet.',
    mend: 'Wait for the seconds in `Retry-After` and send the same request again: it gets the first one’s answer.',
  },
  already_subscribed: {
    cause: 'The customer has a subscription, and the Polar organization allows one for each customer.',
    mend: 'When `subscription_id` is there, change that subscription instead. Or the operator allows several subscriptions in the organization’s settings at Polar.',
  },
  conflict: {
    cause:
      'Something exists or is under way that excludes this: an app of the same product and mode, a comparison that runs, an event that was applied already.',
    mend: 'The `detail` names what is in the way. Read it, and decide whether yours is still needed.',
  },
  subscription_ended: {
    cause: 'The subscription is over. Polar changes nothing about it any more.',
    mend: 'Create a payment for the product: the customer subscribes anew.',
  },
  subscription_ending: {
    cause: 'The subscription is scheduled to end, and Polar changes no such subscription.',
    mend: 'Take the end back first (`uncancel`), then make the change.',
  },
  subscription_inactive: {
    cause: 'The subscription is not active: it is overdue, paused or not complete.',
    mend: 'Read its `status`. Resume a paused one; of an overdue one the customer must pay first.',
  },
  subscription_locked: {
    cause: 'Polar is carrying out another change of the same subscription.',
    mend: 'Wait for the seconds in `Retry-After` and send the request again.',
  },
  not_fulfilled_by_hand: {
    cause:
      'The grant is of a benefit that Polar gives by itself, or one that your app gave, so there is no work to be noted.',
    mend: 'At Polar, give the custom benefit the metadata `fulfilment` with the value `manual`. Grants that are told from then on are work.',
  },
  grant_revoked: {
    cause:
      'The grant was revoked, or waits to be given, so there is nothing to be done for it or to be read.',
    mend: 'Read the grant: its history says when it was taken away, and why. Work for it can be called off with the status `refused`.',
  },
  not_scheduled: {
    cause: 'An end was to be taken back, and none is scheduled.',
    mend: 'Nothing is to be done: the subscription goes on. Read `cancel_at_period_end` before you offer it.',
  },
  not_paused: {
    cause: 'The subscription is neither paused nor scheduled to pause.',
    mend: 'Nothing is to be done. Read its `status` and `pause_at_period_end` before you offer to resume it.',
  },
  cannot_pause: {
    cause: 'Only an active subscription that is not scheduled to end or pause can be paused.',
    mend: 'The `detail` says which it is. Take a scheduled end back first; resume before you give another time.',
  },
  not_paid: {
    cause: 'The payment has not been paid, so there is nothing to refund and no document.',
    mend: 'Wait for the event `payment.succeeded`, or read the payment’s `status`.',
  },
  already_refunded: {
    cause: 'All that was charged has gone back.',
    mend: 'Nothing is to be done. `refundable_amount` of the payment says what is left.',
  },
  gift_claimed: {
    cause: 'Somebody has accepted this gift. A gift is accepted once, and is the recipient’s from then on.',
    mend: 'If that was your user, let them sign in with the address that they accepted it with. A refund of its payment takes it away from the recipient.',
  },
  gift_ended: {
    cause:
      'The gift was taken back, its payment was refunded, is being refunded or disputed, or was never made.',
    mend: 'Read the gift: its `status` says which it is. Make a new one if it is wanted again.',
  },
  gift_expired: {
    cause: 'The link of the gift is older than the days for which it works.',
    mend: 'Send a new link with `POST /v1/gifts/:id/resend`. Nothing of what was paid is lost.',
  },
  not_giftable: {
    cause:
      'It is a subscription, for which its buyer would go on paying, a product that is sold by the seat, or one that gives what Polar hands to whoever pays: a licence key, or a place at GitHub, Discord or Slack.',
    mend: 'Give another one-time product. For a subscription that somebody else is to use, let that person buy it, or sell seats.',
  },
  nothing_to_refund: {
    cause: 'Nothing was charged: the payment was free, or a discount took all of it.',
    mend: 'To take access away from a free purchase, cancel its subscription or revoke its benefit at Polar.',
  },
  payment_disputed: {
    cause: 'The buyer’s bank asks for the money back, and Polar allows no refund beside a dispute.',
    mend: 'Answer the dispute at Polar. The events `dispute.won` and `dispute.lost` tell how it ended.',
  },
  refunds_blocked: {
    cause: 'Polar has blocked refunds of this payment.',
    mend: 'Ask Polar’s support. The gateway cannot lift it.',
  },
  no_receipt: {
    cause: 'A receipt shows a charge, and nothing was charged.',
    mend: 'Offer the invoice instead.',
  },
  billing_details_missing: {
    cause: 'The buyer gave no billing name or address at checkout, and an invoice needs both.',
    mend: 'Send the customer to the portal to fill them in, or offer the receipt.',
  },
  download_unavailable: {
    cause:
      'The app’s own decision is yes, and Polar does not list the file for the customer: it has not granted it yet (then there is `Retry-After`), the file was removed there, or the customer has it by a grant or a grace period of the app’s own, of which Polar knows nothing.',
    mend: 'With `Retry-After` ask again then. Otherwise look at the benefit’s files at Polar, or hand the file out yourself.',
  },
  cursor_moved: {
    cause:
      'The cursor is not at the place that the call expects: another consumer has moved it, somebody has deleted it, or the call would move it back.',
    mend: 'Read on from `sequence` of the answer. Events up to there are done. To go back on purpose, delete the cursor and make it again.',
  },
  mode_not_configured: {
    cause: 'The gateway has no credentials of Polar for the app’s mode.',
    mend: 'The operator sets the variables of the mode, `POLAR_LIVE_…` or `POLAR_SANDBOX_…`. `/health` says what is missing.',
  },
  events_gone: {
    cause:
      'The next event that the consumer wants was told so long ago that its body is deleted: after 90 days, unless the operator has chosen another time (`FLOE_KEEP_DELIVERED_DAYS`).',
    mend: 'Compare your records with `GET /v1/payments` and `GET /v1/subscriptions`, then read on with `after` one less than `oldest_sequence` of the answer. A new consumer begins there too.',
  },
  payload_too_large: {
    cause: 'The body is larger than any request of this route needs: 64 KiB for JSON.',
    mend: 'Send fewer or shorter fields. Keep large data in your own database, and its id in `metadata`.',
  },
  unsupported_media_type: {
    cause: 'A body was sent without `Content-Type: application/json`, or as another type.',
    mend: 'Set the header. curl sends `application/x-www-form-urlencoded` with `-d` unless it is told otherwise.',
  },
  misdirected_request: {
    cause:
      'The request came by another name than the gateway’s own, such as `localhost` where it is `127.0.0.1`, or an address of the platform.',
    mend: 'Use the address in the `detail`. The operator sets it as `FLOE_URL`.',
  },
  validation_failed: {
    cause: 'A parameter or field is missing, has the wrong form, or is not known to this route.',
    mend: '`errors` names each one with its path and what it must be. Unknown names are refused, so look for slips in spelling.',
  },
  unsupported_method: {
    cause: '`method` of a payment names something else than `polar`.',
    mend: 'Leave `method` out, or send `polar`. `detail` and `link` may say how the operator takes money by that method: show them to the buyer.',
  },
  unknown_product: {
    cause: 'There is no such product, it is another app’s, or nobody owns it.',
    mend: 'Take the id from `GET /v1/products`. When the product is missing there, name it `<app’s product>:<plan>` at Polar, or the operator assigns it.',
  },
  product_archived: {
    cause: 'The product was archived at Polar.',
    mend: 'Offer another product, or unarchive it at Polar.',
  },
  unknown_discount: {
    cause:
      'There is no such discount, or it is not bound to this app’s products alone. Or nothing is left of it, it has ended or not begun, or it is for another product or currency: `detail` says more.',
    mend: 'At Polar, bind the discount to products of the app, or set `gateway_product` in its metadata.',
  },
  foreign_discount_codes: {
    cause:
      'With `allow_discount_codes` buyers may type any code that applies to the product, and some of those codes are not this app’s.',
    mend: 'Bind every discount at Polar to products, name one discount in the request instead, or have the operator set `allows_foreign_codes`.',
  },
  amount_too_large: {
    cause: 'The refund is larger than what is left of the payment.',
    mend: 'Send at most `refundable_amount`, or leave `amount` out to refund all that is left.',
  },
  disallowed_url: {
    cause:
      'A page to come back to is not beneath a callback URL of the app, or the URL of an endpoint is not public https.',
    mend: 'Register the callback URL with the app. On your machine: `npm start -- --origin http://localhost:4321` in Floe’s folder, with your page’s own origin.',
  },
  idempotency_mismatch: {
    cause: 'The `Idempotency-Key` was used within 24 hours for a request with another address or body.',
    mend: 'Make a new key for each thing that is to happen once.',
  },
  polar_rejected: {
    cause: 'Polar refused the request, and the gateway has no code of its own for the reason.',
    mend: 'The `detail` has Polar’s reason, and `errors` the fields if Polar named some.',
  },
  rate_limited: {
    cause:
      'The caller, its app or its address asked too often. A visitor may start 20 checkouts, sign-ins or exchanges of codes a minute, each counted for itself; an endpoint may be sent 30 tests a minute; and all visitors of all apps together have a share of what Polar allows. Calls with a secret key are not counted by the gateway, but for tests, replays and applying events of Polar again: Polar allows 500 requests a minute live, 100 in the sandbox.',
    mend: 'Wait for the seconds in `Retry-After`. The `detail` says what is counted.',
    more: { title: 'All limits', url: '/docs/limits#requests-to-polar' },
  },
  internal_error: {
    cause: 'A fault of the gateway.',
    mend: 'Send the request again. If it fails again, give the operator the `request_id`: it is in the logs.',
  },
  polar_failed: {
    cause: 'Polar answered with an error, or with something that it does not document.',
    mend: 'Send the request again after `Retry-After`. Use an `Idempotency-Key` where the route takes one, so that nothing happens twice.',
  },
  polar_scope_missing: {
    cause: 'The operator’s access token for Polar was made without a scope that this route needs.',
    mend: 'The `detail` names the scope. The operator adds it to the token at Polar; `/health` lists all that are missing.',
  },
  polar_unavailable: {
    cause: 'Polar did not answer, or its rate limit is reached.',
    mend: 'Wait for the seconds in `Retry-After`. Access checks and events go on without Polar.',
  },
  unavailable: {
    cause: 'The gateway cannot reach its database, or a setting is wrong.',
    mend: 'Wait for the seconds in `Retry-After`. It is neither a yes nor a no: show “one moment, please”, not an offer. If it stays, the operator looks at `/health`.',
  },
  mail_not_configured: {
    cause: 'The gateway has no address to send mail from, so nobody can sign in by mail.',
    mend: 'The operator sets `FLOE_MAIL_FROM` to an address of a domain that may send mail.',
  },
};
