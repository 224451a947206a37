import * as z from 'zod/mini';
import { describeSession, endSession, exchangeCode } from '../flows/exchange-code.ts';
import { requireRegisteredOrigin } from '../middleware/browser-calls.ts';
import { Problem } from '../problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../route.ts';
import { callerApp } from './caller.ts';
import { payment } from './payments.ts';
import { line, timestamp } from './shapes.ts';

const tag = 'Sessions';

export const postExchange = defineRoute({
  method: 'post',
  path: '/v1/sessions/exchange',
  tag,
  auth: ['publishable', 'secret'],
  summary: 'Exchange a code for a session',
  description:
    'The `code` that a buyer came back with, once, within 2 minutes. `callback_url` is the `success_url` of the payment, without the parameters the gateway appended. `code_verifier` belongs to the `code_challenge` of the payment; a payment without one needs a secret key. The session is for that purchase only, and lasts 30 days: keep it in a first-party cookie. All failures look alike.',
  body: z.strictObject({
    code: line(200),
    callback_url: line(2048),
    code_verifier: z.optional(
      z
        .string()
        .check(z.regex(/^[A-Za-z0-9._~-]{43,128}$/, 'Must have 43 to 128 unreserved characters (RFC 7636).')),
    ),
  }),
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
});

export const getSession = defineRoute({
  method: 'get',
  path: '/v1/session',
  tag,
  auth: ['session'],
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
});

export const deleteSession = defineRoute({
  method: 'delete',
  path: '/v1/session',
  tag,
  auth: ['session'],
  summary: 'End the session',
  description: 'At once where this request lands; elsewhere within 30 seconds.',
  responses: { 204: { description: 'Ended' } },
});

export function mountSessions(app: App): void {
  mount(app, postExchange, async (c, { body }) => {
    const owner = callerApp(c);
    const isSecretKey = c.get('principal').kind === 'secret';
    if (!isSecretKey) requireRegisteredOrigin(c.req.header('origin'), owner.origins);
    const exchanged = await exchangeCode(c.get('services'), owner, {
      code: body.code,
      callbackUrl: body.callback_url,
      verifier: body.code_verifier,
      isSecretKey,
    });
    return c.json(exchanged);
  });
  mount(app, getSession, (c) => c.json(describeSession(callerApp(c), callerSession(c))));
  mount(app, deleteSession, async (c) => {
    await endSession(c.get('services'), callerSession(c));
    return c.body(null, 204);
  });
}

function callerSession(c: AppContext) {
  const principal = c.get('principal');
  if (principal.kind !== 'session') throw new Problem('forbidden_key');
  return principal.session;
}
