/** What all of Polar's routes share: version header, credentials, and the shape of errors. */

import { Hono } from 'hono';
import type { Context, MiddlewareHandler } from 'hono';
import type { OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';
import { PolarProblem, bodyTooLarge, invalidToken, problem, unauthorized } from './errors.ts';
import { BODY_MAX_BYTES } from './input.ts';
import { requireScope, scopesFor } from './scopes.ts';

export interface SimulatorEnv {
  Variables: { organization: OrganizationRow };
}

export type ApiContext = Context<SimulatorEnv>;

export const createRouter = (): Hono<SimulatorEnv> => new Hono<SimulatorEnv>();

const VERSIONS = new Set(['2026-04', '2026-10']);
const VERSION_DEFAULT = '2026-04';

/** Collections end with a slash, except these: the bare form of the others redirects (facts §10). */
const BARE = new Set(['/v1/webhooks/endpoints', '/v1/webhooks/deliveries', '/v1/customer-seats']);

/** The version is echoed; an unknown one gets the framework's own 404. */
export function versions(): MiddlewareHandler<SimulatorEnv> {
  return async (context, next) => {
    const version = context.req.header('polar-version') ?? VERSION_DEFAULT;
    if (!VERSIONS.has(version)) return context.json({ detail: 'Not Found' }, 404);
    await next();
    context.header('polar-version', version);
    context.header('cache-control', 'private, no-store');
    return undefined;
  };
}

/** 307 between `/v1/things` and `/v1/things/`, whichever is not the real one. */
export function slashRedirects(collections: ReadonlySet<string>): MiddlewareHandler<SimulatorEnv> {
  return async (context, next) => {
    const url = new URL(context.req.url);
    const { pathname } = url;
    if (collections.has(`${pathname}/`)) return context.redirect(`${pathname}/${url.search}`, 307);
    const bare = pathname.slice(0, -1);
    if (pathname.endsWith('/') && BARE.has(bare)) return context.redirect(`${bare}${url.search}`, 307);
    return next();
  };
}

const OF_THIS_MACHINE = "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*";

/** Hosted pages may stand in frames of pages on this machine; the control pages, whose buttons change everything, in none but their own. */
export function framing(): MiddlewareHandler<SimulatorEnv> {
  return async (context, next) => {
    await next();
    if (!context.res.headers.get('content-type')?.startsWith('text/html')) return;
    const isControl = /^\/_sim(?:\/|$)/.test(context.req.path);
    context.header('content-security-policy', isControl ? "frame-ancestors 'self'" : OF_THIS_MACHINE);
  };
}

/** An organization access token, or 401. */
export function authentication(world: World): MiddlewareHandler<SimulatorEnv> {
  return async (context, next) => {
    const header = context.req.header('authorization');
    const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
    if (!token || !token.startsWith('polar_')) throw token ? invalidToken() : unauthorized();
    const known = world.tables.accessTokens.get(token);
    const organization = world.tables.organizations.get(known?.organization_id);
    if (!organization) throw invalidToken();
    if (known?.scopes) {
      requireScope(known.scopes, scopesFor(context.req.method, context.req.path.slice('/v1/'.length)));
    }
    context.set('organization', organization);
    if (organization.environment === 'sandbox') context.header('x-polar-sandbox', '1');
    return next();
  };
}

/** 411 without a length, 413 above what Polar reads; both before the body is looked at. */
export function bodyLimits(): MiddlewareHandler<SimulatorEnv> {
  return async (context, next) => {
    if (context.req.header('transfer-encoding')?.includes('chunked')) {
      throw problem(411, 'LengthRequired', 'Content-Length is required.');
    }
    if (Number(context.req.header('content-length') ?? 0) > BODY_MAX_BYTES) throw bodyTooLarge();
    return next();
  };
}

export function answerError(error: Error): Response {
  if (error instanceof PolarProblem) {
    return Response.json(error.body, { status: error.status, headers: error.headers });
  }
  // A bug of the simulator: seen in the log, and as Polar's 500 by the caller.
  console.error(error);
  return Response.json({ error: 'InternalServerError', detail: 'Internal Server Error' }, { status: 500 });
}

export const noRoute = (): Response => Response.json({ detail: 'Not Found' }, { status: 404 });
