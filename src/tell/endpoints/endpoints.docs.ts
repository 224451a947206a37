import { document } from '../../http/route-docs.ts';
import {
  deleteOneEndpoint,
  getEndpoints,
  getMetrics,
  getOneEndpoint,
  getUnhealthyEndpoints,
  patchEndpoint,
  postAnySendNow,
  postEndpoint,
  postEndpointTest,
  postSecretRotation,
  postSendNow,
} from './endpoints.routes.ts';
import {
  dueDeliveries,
  endpoint,
  endpointList,
  metrics,
  newEndpoint,
  rotatedSecret,
  testReport,
  unhealthyEndpointList,
} from './endpoints.answers.ts';

const tag = 'Webhook endpoints';

const sentNow = {
  202: {
    description: 'How many deliveries are due, and on their way',
    schema: dueDeliveries,
  },
};

export const endpointsDocs = document([
  [
    postEndpoint,
    {
      id: 'createWebhookEndpoint',
      tag,
      summary: 'Register a webhook endpoint',
      description:
        'Events of the chosen types are sent there as Standard Webhooks. The secret that signs them is in this answer only. ' +
        'The URL must be https and on the public internet. `rate_limit` is how many sends a minute it takes at most; null: as ' +
        'fast as it answers. `ordering: payment` sends the events of one payment strictly one after the other: the next only ' +
        'when the one before has arrived or was given up. `match` asks for more than the type: conditions on fields of the event’s ' +
        '`data`, such as `{"payment.amount": {"gte": 10000}, "payment.currency": "usd"}`, all of which must hold; a field that is not ' +
        'there meets none but `not` and `exists: false`. A path that no event has is refused; beneath `payment.metadata` and `polar.data` any name may stand. `format` is how the body is written: `standard`, or a message for the incoming ' +
        'webhook of `slack` or `discord`, whose URL is shown as its origin only. `url` may also be `queue:<name>` or `worker:<name>`: a ' +
        'Cloudflare Queue or another Worker that the operator has bound for this app.',
      responses: {
        201: {
          description: 'The endpoint and its secret',
          schema: newEndpoint,
        },
      },
      problems: ['disallowed_url', 'conflict', 'idempotency_in_progress', 'idempotency_mismatch'],
    },
  ],
  [
    getEndpoints,
    {
      id: 'listWebhookEndpoints',
      tag,
      summary: 'List webhook endpoints',
      description: 'Newest first, disabled ones too. Secrets are not shown.',
      responses: { 200: { description: 'The app’s endpoints, newest first', schema: endpointList } },
    },
  ],
  [
    getOneEndpoint,
    {
      id: 'getWebhookEndpoint',
      tag,
      summary: 'Read a webhook endpoint',
      description:
        '`disabled_reason` says who disabled it: `paused`, the app itself; `gone`, its own answer 410; `failing`, five days ' +
        'without a success. `catching_up` is true while it is sent what it missed while it was disabled.',
      responses: { 200: { description: 'The endpoint', schema: endpoint } },
      problems: ['not_found'],
    },
  ],
  [
    patchEndpoint,
    {
      id: 'updateWebhookEndpoint',
      tag,
      summary: 'Change, pause or resume a webhook endpoint',
      description:
        'Only the fields given. A new URL, rate or order counts for everything sent from now on, also for what waits; a new ' +
        'choice of events, or `match`, only for events told from now on. Its `format` stays. `enabled: false` pauses: it goes on collecting deliveries, none ' +
        'is lost. `enabled: true` resumes, whatever the reason it was disabled for: its failures are forgotten, and what it ' +
        'missed is sent at once, in order.',
      responses: { 200: { description: 'The endpoint', schema: endpoint } },
      problems: ['not_found', 'disallowed_url'],
    },
  ],
  [
    deleteOneEndpoint,
    {
      id: 'deleteWebhookEndpoint',
      tag,
      summary: 'Delete a webhook endpoint',
      description: 'Deliveries that still wait for it are canceled.',
      responses: { 204: { description: 'Deleted' } },
      problems: ['not_found'],
    },
  ],
  [
    postSecretRotation,
    {
      id: 'rotateWebhookEndpointSecret',
      tag,
      summary: 'Rotate the secret of a webhook endpoint',
      description:
        'The new secret is in this answer only: send an `Idempotency-Key`, and a lost answer can be asked for again. For ' +
        '`overlap_seconds` (a day unless given, at most seven) the secret it replaces signs as well, so receivers may take ' +
        'their time. With 0 every older secret stops at once, for one that has leaked. At most four older ones sign.',
      responses: {
        200: {
          description: 'The new secret, and when the last of the older ones stops signing',
          schema: rotatedSecret,
        },
      },
      problems: ['not_found', 'idempotency_in_progress', 'idempotency_mismatch'],
    },
  ],
  [
    postEndpointTest,
    {
      id: 'testWebhookEndpoint',
      tag,
      summary: 'Send a test to a webhook endpoint',
      description:
        'Sends a sample of a type now, signed as always, and answers with what came back, within about 17 seconds. The body is ' +
        'that of a real event with `data.test: true`, `sequence` 0 and made-up ids. It is no event and no delivery: nothing is ' +
        'stored, and whatever the answer, the endpoint stays as it is. A disabled endpoint can be tested too. The type need not ' +
        'be among those it asked for; any of the contract’s will do, and any `polar.<type>`.',
      responses: {
        200: {
          description: 'What came back. `delivered`: it answered 2xx',
          schema: testReport,
        },
      },
      problems: ['not_found', 'rate_limited', 'unavailable'],
    },
  ],
  [
    postSendNow,
    {
      id: 'sendWebhookEndpointNow',
      tag,
      summary: 'Send a webhook endpoint what waits for it, now',
      description:
        'For a receiver that is back: what waits for its next attempt is due at once, and a pause or pace that it had asked for is ' +
        'forgotten. Each delivery stays where it is in its schedule, and `rate_limit` and `ordering` hold. What was given up is not ' +
        'sent: `POST /v1/webhook-endpoints/{id}/recover` does that. `409`: it is disabled. Enable it: it is then sent all that it missed.',
      responses: sentNow,
      problems: ['not_found', 'conflict'],
    },
  ],
  [
    postAnySendNow,
    {
      id: 'sendAnyWebhookEndpointNow',
      tag: 'Endpoints of all apps',
      summary: 'Send any app’s webhook endpoint what waits for it, now',
      description: 'As the app itself may ask. It is noted in the audit log.',
      responses: sentNow,
      problems: ['not_found', 'conflict'],
    },
  ],
  [
    getMetrics,
    {
      id: 'getWebhookEndpointMetrics',
      tag,
      summary: 'How a webhook endpoint does',
      description:
        'Since `since`: a day ago unless given, at most 90 days. Counted from its newest 10,000 attempts at most. `latency_ms` is ' +
        'of attempts that got an answer, whatever it was. `deliveries` counts those made since then; `backlog` is all that has ' +
        'not arrived yet, however old; both stop at 10,000. `last_success_at` may be before `since`.',
      responses: { 200: { description: 'The figures', schema: metrics } },
      problems: ['not_found'],
    },
  ],
  [
    getUnhealthyEndpoints,
    {
      id: 'listUnhealthyWebhookEndpoints',
      tag: 'Endpoints of all apps',
      summary: 'Webhook endpoints that fail or are disabled, of all apps',
      description: 'Latest first. `since`: when it began to fail, or was disabled.',
      responses: {
        200: {
          description: 'The endpoints',
          schema: unhealthyEndpointList,
        },
      },
    },
  ],
]);
