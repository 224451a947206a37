import { document } from '../http/route-docs.ts';
import { received } from './polar-events.answers.ts';
import { postPolarWebhook } from './polar-webhook.routes.ts';

export const polarWebhookDocs = document([
  [
    postPolarWebhook,
    {
      id: 'receivePolarWebhook',
      tag: 'Polar events',
      summary: 'Receive a webhook of Polar’s',
      description:
        'Standard Webhooks headers. The secret that verifies tells the mode. 2xx means stored: again is no error. ' +
        'Register this address at Polar as a raw endpoint with all event types.',
      responses: {
        200: {
          description: 'Stored',
          schema: received,
        },
      },
      problems: [
        'invalid_signature',
        'organization_mismatch',
        'payload_too_large',
        'validation_failed',
        'unavailable',
      ],
    },
  ],
]);
