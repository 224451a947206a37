import * as z from 'zod/mini';
import { type Named, readCustomer } from '../base/subject.rules.ts';
import { exchangeCode } from './exchange-code.ts';
import { endSession } from './end-sessions.ts';
import { presentOwnSession } from './present-session.ts';
import { endOneSession, endSessions } from './end-sessions.ts';
import { scopeOfNamed, scopeOfOwn } from './session-scopes.rules.ts';
import { listOwnSessions } from './list-own-sessions.ts';
import { vouchForSession } from './vouch-for-session.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { doerOf } from '../http/doer.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import { whoIsAsked } from '../http/asked.ts';
import { admitBrowser, visitorAgent } from '../http/caller.ts';
import type { Caller } from '../http/identify-caller.ts';
import type { SessionScope } from './sessions.rows.ts';
import { customer, externalId, fitting, line, page, userAgent, uuid } from '../http/shapes.ts';

const DAY_SECONDS = 86_400;
const DEFAULT_TTL_SECONDS = 30 * DAY_SECONDS;
const MAX_TTL_SECONDS = 90 * DAY_SECONDS;
const MIN_TTL_SECONDS = 60;
const TTL_MESSAGE = `Must be a whole number of seconds from ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}.`;

export const postSession = defineRoute({
  method: 'post',
  path: '/v1/sessions',
  auth: ['secret'],
  scope: 'sessions:write',
  idempotent: true,
  body: z
    .strictObject({
      external_id: z.optional(externalId()),
      customer: z.optional(customer()),
      member: z.optional(uuid()),
      ttl_seconds: z._default(
        z
          .int(TTL_MESSAGE)
          .check(z.minimum(MIN_TTL_SECONDS, TTL_MESSAGE), z.maximum(MAX_TTL_SECONDS, TTL_MESSAGE)),
        DEFAULT_TTL_SECONDS,
      ),
      user_agent: userAgent(),
    })
    .check(
      z.refine(
        ({ external_id, customer: named }) => (external_id === undefined) !== (named === undefined),
        'Name your user with either external_id or customer.',
      ),
      z.refine(
        ({ member, customer: named }) =>
          member === undefined || (named !== undefined && readCustomer(named)?.kind === 'customer'),
        { path: ['member'], error: 'Name the member’s customer by its Polar id.' },
      ),
    ),
});

export const postExchange = defineRoute({
  method: 'post',
  path: '/v1/sessions/exchange',
  auth: ['publishable', 'secret'],
  scope: 'sessions:write',
  admit: admitBrowser('exchange'),
  idempotent: true,
  body: z.strictObject({
    code: line(200),
    callback_url: line(2048),
    code_verifier: z.optional(
      fitting(128, /^[A-Za-z0-9._~-]{43,128}$/, 'Must have 43 to 128 unreserved characters (RFC 7636).'),
    ),
    user_agent: userAgent(),
  }),
});

/** A caller with a secret key says whose sessions it means; a caller with a session means its own. */
const owner = { customer: z.optional(customer()), member: z.optional(uuid()) };

export const getSessions = defineRoute({
  method: 'get',
  path: '/v1/sessions',
  auth: ['session', 'secret'],
  scope: 'sessions:read',
  query: z.strictObject({ ...owner, ...page }),
});

export const deleteSessions = defineRoute({
  method: 'delete',
  path: '/v1/sessions',
  auth: ['session', 'secret'],
  scope: 'sessions:write',
  query: z.strictObject(owner),
});

export const deleteOneSession = defineRoute({
  method: 'delete',
  path: '/v1/sessions/:id',
  auth: ['session', 'secret'],
  scope: 'sessions:write',
  params: z.object({ id: line(80) }),
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
  mount(app, postSession, async (c, { caller, body, rawBody }) => {
    const { external_id: named } = body;
    const subject =
      named === undefined
        ? whoIsAsked(caller, body, 'body')
        : ({ kind: 'external', externalId: named } as const);
    const answer = await vouchForSession(
      c.get('services'),
      caller.app,
      { subject, ttlSeconds: body.ttl_seconds, userAgent: body.user_agent },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(answer.body, 201);
  });
  mount(app, postExchange, async (c, { caller, body, rawBody }) => {
    const exchanged = await exchangeCode(
      c.get('services'),
      caller.app,
      {
        code: body.code,
        callbackUrl: body.callback_url,
        verifier: body.code_verifier,
        isSecretKey: caller.kind === 'secret',
        userAgent: visitorAgent(c, caller, body.user_agent),
      },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(exchanged.body);
  });
  mount(app, getSessions, async (c, { caller, query }) =>
    c.json(
      await listOwnSessions(c.get('services'), caller.app, whoseSessions(caller, query), {
        limit: query.limit,
        cursor: query.cursor,
        current: caller.kind === 'session' ? caller.session.id : undefined,
      }),
    ),
  );
  mount(app, deleteSessions, async (c, { caller, query }) =>
    c.json(
      await endSessions(
        c.get('services'),
        caller.app,
        whoseSessions(caller, query),
        doerUnlessHolder(c, caller),
      ),
    ),
  );
  mount(app, deleteOneSession, async (c, { caller, params }) => {
    // A secret key may end any of the app's.
    const scope = caller.kind === 'session' ? whoseSessions(caller, {}) : undefined;
    const which = { id: params.id, by: doerUnlessHolder(c, caller) };
    await endOneSession(c.get('services'), caller.app, scope, which);
    return c.body(null, 204);
  });
  mount(app, getSession, (c, { caller }) => c.json(presentOwnSession(caller.app, caller.session)));
  mount(app, deleteSession, async (c, { caller }) => {
    await endSession(c.get('services'), caller.session);
    return c.body(null, 204);
  });
}

/** Who ends sessions that are not its own. */
function doerUnlessHolder(c: AppContext, caller: Caller<'secret' | 'session'>): Doer | undefined {
  return caller.kind === 'secret' ? doerOf(c, caller) : undefined;
}

/**
 * @throws {Problem} `validation_failed` when a caller with a secret key names nobody, or one with a session names
 * somebody.
 */
function whoseSessions(caller: Caller<'secret' | 'session'>, named: Named): SessionScope {
  return caller.kind === 'secret'
    ? scopeOfNamed(whoIsAsked(caller, named, 'query'))
    : scopeOfOwn(whoIsAsked(caller, named, 'query'), caller.session.id);
}
