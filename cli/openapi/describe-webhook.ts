import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { EXAMPLE_IDS, EXAMPLE_TIME } from '../../src/examples.docs.ts';
import { sampleBody } from '../../src/tell/events/sample-events.rules.ts';
import type { WEBHOOKS } from '../../src/tell/events/webhooks.docs.ts';

/** What stands for `polar.*` in the example. */
const A_TYPE_OF_POLAR = 'polar.product.updated';

const header = (name: string, required: boolean, description: string, example: string) => ({
  name,
  in: 'header' as const,
  required,
  description,
  schema: { type: 'string' as const },
  example,
});

/** What every message has (Standard Webhooks 1.0). */
const PARAMETERS = [
  header(
    'webhook-id',
    true,
    'The event’s id. It is the same each time that the event is sent.',
    EXAMPLE_IDS.event,
  ),
  header(
    'webhook-timestamp',
    true,
    'When it was sent, seconds since 1970.',
    String(Date.parse(EXAMPLE_TIME) / 1000),
  ),
  header(
    'webhook-signature',
    true,
    'One or more signatures, `v1,` and base64: HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` with the endpoint’s secret.',
    'v1,5cTfrZfsVDuwMmQvmhLyjl0iPEu2kxWqjeHyNzFmYvA=',
  ),
  header('webhook-replay', false, '`true` when somebody asked for it to be sent again.', 'true'),
];

/** One webhook of the document, with the sample that `POST /v1/webhook-endpoints/{id}/test` sends. */
export function describeWebhook({ type, name, when, schema }: (typeof WEBHOOKS)[number]): {
  post: ZodOpenApiOperationObject;
} {
  const at = {
    id: EXAMPLE_IDS.event,
    app: 'quay-sandbox',
    mode: 'sandbox',
    now: Date.parse(EXAMPLE_TIME),
  } as const;
  return {
    post: {
      operationId: `on${name}`,
      tags: ['Webhooks'],
      summary: type,
      description: when,
      security: [],
      parameters: PARAMETERS,
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema,
            example: JSON.parse(sampleBody(type === 'polar.*' ? A_TYPE_OF_POLAR : type, at)) as unknown,
          },
        },
      },
      responses: {
        '2XX': { description: 'You have it. What you answer beyond the status is not read.' },
        410: { description: 'You do not want any more: the endpoint is disabled.' },
        default: {
          description:
            'You do not have it yet. It is sent again, as your `Retry-After` or the schedule of retries says.',
        },
      },
    },
  };
}
