import * as z from 'zod/mini';
import { document } from '../route-docs.ts';
import { getHealth } from './health.ts';

const part = z.enum(['ready', 'unavailable', 'not_configured']);

const health = z.object({
  status: z.enum(['ready', 'degraded']),
  parts: z.object({
    d1: part,
    kv: part,
    queue: part,
    mail: part,
    polar: z.object({ live: part, sandbox: part }),
  }),
});

export const healthDocs = document([
  [
    getHealth,
    {
      tag: 'Gateway',
      summary: 'Which parts are ready',
      description:
        'Tells whether D1 and KV answer and which modes have credentials. Says no values. 503 when D1 does not answer.',
      responses: {
        200: { description: 'Ready, or ready enough to answer', schema: health },
        503: { description: 'Not ready', schema: health },
      },
    },
  ],
]);
