import * as z from 'zod/mini';
import { describeSession, endSession, exchangeCode } from '../flows/exchange-code.ts';
import { requireRegisteredOrigin } from '../middleware/browser-calls.ts';
import { Problem } from '../problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../route.ts';
import { callerApp } from './caller.ts';
import { line } from './shapes.ts';

export const postExchange = defineRoute({
  method: 'post',
  path: '/v1/sessions/exchange',
  auth: ['publishable', 'secret'],
  body: z.strictObject({
    code: line(200),
    callback_url: line(2048),
    code_verifier: z.optional(
      z
        .string()
        .check(z.regex(/^[A-Za-z0-9._~-]{43,128}$/, 'Must have 43 to 128 unreserved characters (RFC 7636).')),
    ),
  }),
});

export const getSession = defineRoute({
  method: 'get',
  path: '/v1/session',
  auth: ['session'],
});

export const deleteSession = defineRoute({
  method: 'delete',
  path: '/v1/session',
  auth: ['session'],
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
