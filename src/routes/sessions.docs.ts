import * as z from 'zod/mini';
import { document } from '../route-docs.ts';
import { payment } from './payments.docs.ts';
import { deleteSession, getSession, postExchange } from './sessions.ts';
import { timestamp } from './shapes.ts';

const tag = 'Sessions';

export const sessionsDocs = document([
  [
    postExchange,
    {
      tag,
      summary: 'Exchange a code for a session',
      description:
        'The `code` that a buyer came back with, once, within 2 minutes. `callback_url` is the `success_url` of the payment, without the parameters the gateway appended. `code_verifier` belongs to the `code_challenge` of the payment; a payment without one needs a secret key. The session is for that purchase only, and lasts 30 days: keep it in a first-party cookie. All failures look alike.',
      responses: {
        200: {
          description: 'The session, shown this once',
          schema: z.object({
            session: z.string(),
            expires_at: timestamp,
            subject: z.object({ payment_id: z.string(), customer_id: z.nullable(z.string()) }),
            payment,
          }),
        },
      },
      problems: ['invalid_code', 'forbidden_origin'],
    },
  ],
  [
    getSession,
    {
      tag,
      summary: 'Read the session',
      responses: {
        200: {
          description: 'Who it is for',
          schema: z.object({
            app: z.string(),
            expires_at: timestamp,
            subject: z.object({
              payment_id: z.nullable(z.string()),
              customer_id: z.nullable(z.string()),
              member_id: z.nullable(z.string()),
            }),
          }),
        },
      },
    },
  ],
  [
    deleteSession,
    {
      tag,
      summary: 'End the session',
      description: 'At once where this request lands; elsewhere within 30 seconds.',
      responses: { 204: { description: 'Ended' } },
    },
  ],
]);
