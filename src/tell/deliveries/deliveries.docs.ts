import { EVENT_TYPES } from '../../base/event-types.rules.ts';
import { document } from '../../http/route-docs.ts';
import { getDeliveries, getEvents, getOneDelivery, getOneEvent } from './deliveries.routes.ts';
import { deliveryList, event, eventList, loggedDelivery } from './deliveries.answers.ts';

const tag = 'Events and deliveries';

export const deliveriesDocs = document([
  [
    getEvents,
    {
      id: 'listEvents',
      tag,
      summary: 'List what the app was told, or read it in order',
      description: `\`body\` is what webhook endpoints receive; \`id\` is its \`webhook-id\`. Events are kept whether or not there is an endpoint.\n\nWithout \`after\`: the list, newest first.\n\nWith \`after\`: the feed. Events come in order of their \`sequence\`, each once, none left out; when there is none, the answer waits up to \`wait\` seconds. \`types\` filters. Go on with \`after\` set to \`next_after\`, which also passes events of other types. \`deleted\` has the numbers in between whose events were deleted, since nobody paid. When bodies that you have not read are deleted because of their age, the answer is \`410 events_gone\`. An app may have 20 requests waiting.\n\nTypes: ${Object.entries(
        EVENT_TYPES,
      )
        .map(([type, when]) => `\n- \`${type}\`: ${when}`)
        .join(
          '',
        )}\n- \`polar.<type>\`: what Polar says and the gateway has no name of its own for.\n\nA page with a \`type\` may have fewer entries than \`limit\`, or none: go on while \`next_cursor\` is set.`,
      responses: { 200: { description: 'Events', schema: eventList } },
      problems: ['events_gone', 'rate_limited'],
    },
  ],
  [
    getOneEvent,
    {
      id: 'getEvent',
      tag,
      summary: 'Read an event',
      description: 'With its `body`, as endpoints received it.',
      responses: { 200: { description: 'The event', schema: event } },
      problems: ['not_found'],
    },
  ],
  [
    getDeliveries,
    {
      id: 'listDeliveries',
      tag,
      summary: 'List deliveries',
      description:
        'One event on its way to one endpoint, newest first. `type` takes wildcards as an endpoint’s `events` do; a page with it may have fewer entries than `limit`, or none: go on while `next_cursor` is set. `created_after` (inclusive) and `created_before` (exclusive) bound `created_at`.',
      responses: { 200: { description: 'Deliveries', schema: deliveryList } },
    },
  ],
  [
    getOneDelivery,
    {
      id: 'getDelivery',
      tag,
      summary: 'Read a delivery and its attempts',
      description: '`attempt_log` says of each attempt when it was, what was answered and how long it took.',
      responses: {
        200: {
          description: 'The delivery; `attempt_log` has every attempt, first to last',
          schema: loggedDelivery,
        },
      },
      problems: ['not_found'],
    },
  ],
]);
