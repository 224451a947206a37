import * as z from 'zod/mini';
import { startSignInOnce } from './start-sign-in.ts';
import { verifySignIn } from './verify-sign-in.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import { admitBrowser, visitorAgent } from '../http/caller.ts';
import { email, line, userAgent, text } from '../http/shapes.ts';

export const postSignIn = defineRoute({
  method: 'post',
  path: '/v1/sign-in',
  auth: ['publishable', 'secret'],
  scope: 'sessions:write',
  admit: admitBrowser('sign-in'),
  idempotent: true,
  body: z.strictObject({ email: email(), return_url: z.optional(line(2048)) }),
});

export const postSignInVerify = defineRoute({
  method: 'post',
  path: '/v1/sign-in/verify',
  auth: ['publishable', 'secret'],
  scope: 'sessions:write',
  admit: admitBrowser('verify'),
  idempotent: true,
  body: z
    .strictObject({
      attempt: line(80),
      browser_token: line(80),
      code: z.optional(text(60)),
      link_token: z.optional(line(80)),
      session: z.optional(line(200)),
      user_agent: userAgent(),
    })
    .check(
      z.refine(
        ({ code, link_token }) => (code === undefined) !== (link_token === undefined),
        'Send either code or link_token.',
      ),
    ),
});

export function mountSignIn(app: App): void {
  mount(app, postSignIn, async (c, { caller, body, rawBody }) => {
    const started = await startSignInOnce(
      c.get('services'),
      caller.app,
      {
        email: body.email,
        returnUrl: body.return_url,
        holder: 'app',
        isPublic: caller.kind !== 'secret',
      },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(started.body, 202);
  });
  mount(app, postSignInVerify, async (c, { caller, body, rawBody }) => {
    const verified = await verifySignIn(
      c.get('services'),
      caller.app,
      {
        attempt: body.attempt,
        browserToken: body.browser_token,
        guess:
          body.code === undefined
            ? { kind: 'link', value: body.link_token ?? '' }
            : { kind: 'code', value: body.code },
        session: body.session,
        userAgent: visitorAgent(c, caller, body.user_agent),
      },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(verified.body);
  });
}
