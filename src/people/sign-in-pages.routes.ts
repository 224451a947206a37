import * as z from 'zod/mini';
import { maskAddress } from './sign-in.rules.ts';
import { findApp } from '../http/find-app.ts';
import type { Counted } from '../http/rate-limit.ts';
import { endVisit, findVisitor, openPortal, type Visitor } from './open-portal.ts';
import { requireMailer, startSignIn } from './start-sign-in.ts';
import { verifyVisit } from './verify-sign-in.ts';
import { Problem } from '../base/problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { admitVisitor } from '../http/caller.ts';
import {
  dropCookie,
  formToken,
  readCookie,
  requireOwnForm,
  requireOwnOrigin,
  writeCookie,
} from '../http/gateway-cookies.ts';
import { redirect, refuseUnlessFollowed } from '../http/navigation.ts';
import { type Html, pagePolicy } from '../http/page.ts';
import { email, line } from '../http/shapes.ts';
import { addressPage, codePage, pathTo, signedInPage, type SignInPage } from './sign-in-views.routes.ts';

/* The gateway's own pages: sign in by mail, then to Polar's portal. They work without a script. */

const app = line(80);
const to = z._default(z.enum(['', 'portal']), '');
const query = z.object({ app, to });

export const getSignIn = defineRoute({ method: 'get', path: '/sign-in', auth: [], query });
export const getSignInCode = defineRoute({ method: 'get', path: '/sign-in/code', auth: [], query });
export const getPortal = defineRoute({
  method: 'get',
  path: '/portal',
  auth: [],
  admit: async (c) => refuseUnlessFollowed(c) ?? admitVisitor(c, 'portal'),
  query: z.object({ app }),
});

const formFields = { app, to, form_token: line(80) };
export const postSignInForm = defineRoute({
  method: 'post',
  path: '/sign-in',
  auth: [],
  admit: admitForm('sign-in'),
  form: z.object({ ...formFields, email: email() }),
});
export const postSignInCode = defineRoute({
  method: 'post',
  path: '/sign-in/code',
  auth: [],
  admit: admitForm('verify'),
  form: z.object({ ...formFields, code: line(40) }),
});
export const postSignOut = defineRoute({
  method: 'post',
  path: '/sign-out',
  auth: [],
  form: z.object(formFields),
});

export function mountSignInPages(gateway: App): void {
  mount(gateway, getSignIn, async (c, { query: asked }) => {
    const services = c.get('services');
    requireMailer(services);
    const owner = await findApp(services, asked.app);
    const shown = await describePage(c, owner, asked.to);
    const visitor = await visitorOf(c, owner);
    if (!visitor) return respond(c, addressPage(shown));
    // Not a redirect: after a form browsers check redirects against `form-action`, which does not name Polar.
    if (asked.to === 'portal') c.header('Refresh', `0; url=${pathTo('/portal', { ...shown, to: '' })}`);
    return respond(c, signedInPage(shown, maskAddress(visitor.session.email ?? '')));
  });

  mount(gateway, postSignInForm, async (c, { form }) => {
    await requireOwnForm(c, form.form_token);
    const services = c.get('services');
    const owner = await findApp(services, form.app);
    const { attempt, browserToken } = await startSignIn(services, owner, {
      email: form.email,
      returnUrl: undefined,
      holder: 'gateway',
      isPublic: true,
    });
    writeCookie(c, 'attempt', `${attempt}.${browserToken}`);
    return redirect(c, pathTo('/sign-in/code', { appSlug: owner.slug, to: form.to }));
  });

  mount(gateway, getSignInCode, async (c, { query: asked }) => {
    const owner = await findApp(c.get('services'), asked.app);
    const shown = await describePage(c, owner, asked.to);
    if (readCookie(c, 'attempt') === undefined) return redirect(c, pathTo('/sign-in', shown));
    return respond(c, codePage(shown));
  });

  mount(gateway, postSignInCode, async (c, { form }) => {
    await requireOwnForm(c, form.form_token);
    const services = c.get('services');
    const owner = await findApp(services, form.app);
    const before = await findVisitor(services, readCookie(c, 'visit'));
    const [attempt = '', browserToken = ''] = (readCookie(c, 'attempt') ?? '').split('.');
    try {
      const token = await verifyVisit(
        services,
        owner,
        {
          attempt,
          browserToken,
          guess: { kind: 'code', value: form.code },
          userAgent: c.req.header('user-agent'),
        },
        // One cookie, one session.
        before?.session,
      );
      writeCookie(c, 'visit', token);
      dropCookie(c, 'attempt');
      return redirect(c, pathTo('/sign-in', { appSlug: owner.slug, to: form.to }));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'invalid_code') throw error;
      const shown = await describePage(c, owner, form.to);
      return respond(c, codePage(shown, WRONG_CODE), error.status);
    }
  });

  mount(gateway, postSignOut, async (c, { form }) => {
    await requireOwnForm(c, form.form_token);
    const services = c.get('services');
    const visitor = await findVisitor(services, readCookie(c, 'visit'));
    if (visitor) await endVisit(services, visitor);
    dropCookie(c, 'visit');
    return redirect(c, pathTo('/sign-in', { appSlug: form.app, to: '' }));
  });

  mount(gateway, getPortal, async (c, { query: asked }) => {
    const services = c.get('services');
    const visitor = await findVisitor(services, readCookie(c, 'visit'));
    const portal = visitor?.app.slug === asked.app ? await openPortal(services, visitor) : undefined;
    return redirect(c, portal ?? pathTo('/sign-in', { appSlug: asked.app, to: 'portal' }));
  });
}

/** The origin is checked first, so that another site's page cannot use up its visitor's rate limit here. */
function admitForm(what: Counted): (c: AppContext) => Promise<undefined> {
  return async (c) => {
    requireOwnOrigin(c);
    return admitVisitor(c, what);
  };
}

const WRONG_CODE =
  'That code is not right, or no longer: it works once, for a short time, and a few wrong ones end it. Try again, or ask for another.';

async function visitorOf(c: AppContext, owner: AppRow): Promise<Visitor | undefined> {
  const visitor = await findVisitor(c.get('services'), readCookie(c, 'visit'));
  return visitor?.app.id === owner.id ? visitor : undefined;
}

async function describePage(c: AppContext, owner: AppRow, then: string): Promise<SignInPage> {
  return { appName: owner.name, appSlug: owner.slug, to: then, formToken: await formToken(c) };
}

async function respond(c: AppContext, body: Html, status: 200 | Problem['status'] = 200): Promise<Response> {
  return c.body(String(await body), status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy({ forms: true }),
    'cache-control': 'no-store',
    // With `no-referrer` browsers send `Origin: null` with a form, but this gateway checks the origin of forms.
    'referrer-policy': 'same-origin',
  });
}
