import { document } from '../http/route-docs.ts';
import {
  deleteOneSession,
  deleteSession,
  deleteSessions,
  getSession,
  getSessions,
  postExchange,
  postSession,
} from './sessions.routes.ts';
import { endedSessions, exchanged, sessionList, newSession, ownSession } from './sessions.answers.ts';

const tag = 'Sessions';

const WHOSE =
  'A session means all sessions of its own customer in this app, and one that is for a purchase only means itself. A secret key names the `customer` (a Polar id, its team members included, or `external:<your id>`) and may name one `member`. Sessions that came from a customer’s purchases are theirs too, and to `external:<your id>` belong those of payments made in that name: a session of your user has them while nobody is proven in them, a secret key all.';

export const sessionsDocs = document([
  [
    postSession,
    {
      id: 'createSession',
      tag,
      summary: 'Vouch for your user',
      description:
        'A session for a user whom your server has signed in: by your own name, `external_id` (or `customer: "external:…"`), which stands for all customers you have tied to it, or by Polar’s customer id as `customer`. It lasts `ttl_seconds`, 30 days unless you say so and 90 at most. `user_agent` is the visitor’s, for the list of sessions: only the names of the browser and the system are kept.',
      responses: {
        201: {
          description: 'The session, shown this once',
          schema: newSession,
        },
      },
    },
  ],
  [
    postExchange,
    {
      id: 'exchangeCode',
      tag,
      summary: 'Exchange a code for a session',
      description:
        'The `code` that a buyer came back with, once, within 2 minutes. `callback_url` is the `success_url` of the payment, without the parameters the gateway appended. `code_verifier` belongs to the `code_challenge` of the payment; a payment without one needs a secret key. The session is for that purchase only, and lasts 30 days: keep it in a first-party cookie. It becomes the customer’s when they sign in by mail. All failures look alike. Send an `Idempotency-Key` and an answer that was lost on its way can be had again: the same key with the same body gives the same session. With a publishable key an address may exchange twenty a minute.',
      responses: {
        200: {
          description: 'The session, shown this once',
          schema: exchanged,
        },
      },
      problems: ['invalid_code', 'rate_limited'],
    },
  ],
  [
    getSessions,
    {
      id: 'listSessions',
      tag,
      summary: 'List sessions',
      description: `Newest first. ${WHOSE} \`current\` is the one that asks. \`proof\`: a \`purchase\`, the \`app\`, or the \`email\`, which is shown masked. \`holder\`: the app, or the gateway’s own pages.`,
      responses: {
        200: {
          description: 'A page of them',
          schema: sessionList,
        },
      },
    },
  ],
  [
    deleteSessions,
    {
      id: 'endSessions',
      tag,
      summary: 'Sign out everywhere',
      description: `Ends them all, the one that asks as well: at once where this request lands, elsewhere within 30 seconds. ${WHOSE}`,
      responses: { 200: { description: 'How many were ended', schema: endedSessions } },
    },
  ],
  [
    deleteOneSession,
    {
      id: 'endSession',
      tag,
      summary: 'End one session',
      description:
        'One of its own customer’s for a session, any of the app’s for a secret key. At once where this request lands, elsewhere within 30 seconds.',
      responses: { 204: { description: 'Ended' } },
      problems: ['not_found'],
    },
  ],
  [
    getSession,
    {
      id: 'getCurrentSession',
      tag,
      summary: 'Read the session',
      description: 'Whom the session speaks for, how that is known, and how long it lasts.',
      responses: {
        200: { description: 'Who it is for', schema: ownSession },
      },
    },
  ],
  [
    deleteSession,
    {
      id: 'endCurrentSession',
      tag,
      summary: 'Sign out',
      description: 'Ends this session: at once where this request lands; elsewhere within 30 seconds.',
      responses: { 204: { description: 'Ended' } },
    },
  ],
]);
