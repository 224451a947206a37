import { document } from '../../http/route-docs.ts';
import { delivery } from '../deliveries/deliveries.answers.ts';
import { bulkReplay, eventReplay } from './replays.answers.ts';
import { postBulkReplay, postDeliveryReplay, postEventReplay, postRecover } from './replays.routes.ts';

const tag = 'Events and deliveries';

const bulkResponses = {
  200: { description: 'What a dry run counted; nothing was changed', schema: bulkReplay },
  202: { description: 'What is on its way again', schema: bulkReplay },
};

const again =
  'The same bytes with the same `webhook-id`, so a receiver that has it already can tell; the request carries `webhook-replay: true`. It begins a new run through the schedule of retries. An app may send 10,000 deliveries again within an hour; beyond it `429` says when the next may.';

const inBulk =
  'The oldest first, at most 1,000 a call; `remaining` says how many another call goes on with. Left out are deliveries that are being sent right now, those replayed within the hour (so that calling again goes on with the rest), and those of deleted endpoints. `matched` counts to 100,000. Deliveries to a disabled endpoint wait until it is enabled. `dry_run` only counts.';

export const replaysDocs = document([
  [
    postDeliveryReplay,
    {
      id: 'replayDelivery',
      tag,
      summary: 'Send a delivery again',
      description: `Whatever became of it; one that waits for its next attempt is made due now. ${again} One delivery can be replayed every 10 seconds; a replay that is still under way is answered as it is. \`409\` with \`Retry-After\`: an attempt is being made at this moment. \`409\` without: its endpoint was deleted.`,
      responses: { 202: { description: 'The delivery, due now', schema: delivery } },
      problems: ['not_found', 'conflict', 'rate_limited'],
    },
  ],
  [
    postEventReplay,
    {
      id: 'replayEvent',
      tag,
      summary: 'Send an event again',
      description: `To every endpoint that had it, and to endpoints made later whose filter wants it; with \`endpoint_id\` to that one only, whatever its filter. ${again} An endpoint that is being sent it at this moment is left to it. An \`endpoint.*\` event never goes to the endpoint it is about.`,
      responses: {
        202: {
          description: 'The deliveries on their way; `replayed` counts those that this request asked for',
          schema: eventReplay,
        },
      },
      problems: ['not_found', 'conflict', 'rate_limited'],
    },
  ],
  [
    postRecover,
    {
      id: 'recoverWebhookEndpoint',
      tag,
      summary: 'Recover what failed',
      description: `Sends every failed delivery of an endpoint again that was created since then. ${inBulk} ${again}`,
      responses: bulkResponses,
      problems: ['not_found', 'conflict', 'rate_limited'],
    },
  ],
  [
    postBulkReplay,
    {
      id: 'replayDeliveries',
      tag,
      summary: 'Send many deliveries again',
      description: `By endpoint, status, event types and time of creation (\`since\` inclusive, \`until\` exclusive); \`since\`, \`endpoint_id\` or both must be given. ${inBulk} ${again}`,
      responses: bulkResponses,
      problems: ['not_found', 'conflict', 'rate_limited'],
    },
  ],
]);
