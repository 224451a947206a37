import * as z from 'zod/mini';
import { document } from '../route-docs.ts';
import { deleteOneEndpoint, getEndpoints, getOneEndpoint, postEndpoint } from './endpoints.ts';
import { list, timestamp } from './shapes.ts';

const tag = 'Webhook endpoints';

const endpoint = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string(),
  enabled: z.boolean(),
  created_at: timestamp,
});

export const endpointsDocs = document([
  [
    postEndpoint,
    {
      tag,
      summary: 'Register a webhook endpoint',
      description:
        'Facts of the chosen types are sent there as Standard Webhooks. The secret that signs them is in this answer only. ' +
        'The URL must be https and on the public internet.',
      responses: {
        201: {
          description: 'The endpoint and its secret',
          schema: z.extend(endpoint, { secret: z.string() }),
        },
      },
      problems: ['disallowed_url', 'conflict', 'idempotency_in_progress', 'idempotency_mismatch'],
    },
  ],
  [
    getEndpoints,
    {
      tag,
      summary: 'List webhook endpoints',
      responses: { 200: { description: 'The app’s endpoints, newest first', schema: list(endpoint) } },
    },
  ],
  [
    getOneEndpoint,
    {
      tag,
      summary: 'Read a webhook endpoint',
      responses: { 200: { description: 'The endpoint', schema: endpoint } },
      problems: ['not_found'],
    },
  ],
  [
    deleteOneEndpoint,
    {
      tag,
      summary: 'Delete a webhook endpoint',
      description: 'Deliveries that still wait for it are canceled.',
      responses: { 204: { description: 'Deleted' } },
      problems: ['not_found'],
    },
  ],
]);
