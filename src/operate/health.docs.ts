import { document } from '../http/route-docs.ts';
import { health } from './health.answers.ts';
import { getHealth } from './health.routes.ts';

export const healthDocs = document([
  [
    getHealth,
    {
      id: 'getHealth',
      tag: 'Gateway',
      summary: 'Which parts are ready',
      description:
        'Checks D1 and its migrations, KV, the queue and the cron trigger, the keys, whether mail was refused in the last 15 minutes, and with one call a minute ' +
        'at most whether Polar takes each mode’s token. `problems` says of each part that is `unavailable` why. Says no values. ' +
        '`capabilities` has the scopes that each use of Polar needs, and as `missing` those that a token was refused for in the last 24 hours: Polar tells no sooner. ' +
        '`organizations` has Polar’s `allow_multiple_subscriptions`: while it is false, a customer can have one active subscription in all, whatever the product. ' +
        '`warnings` say what works and will surprise somebody. ' +
        '503 when D1, a migration or a key is missing: then nothing is answered. `degraded` with 200: the rest works.',
      responses: {
        200: { description: 'Ready, or ready enough to answer', schema: health },
        503: { description: 'Not ready', schema: health },
      },
    },
  ],
]);
