import * as z from 'zod/mini';
import { readCustomer } from '../base/subject.rules.ts';
import { endSession, exchangeCode } from './exchange-code.ts';
import {
  presentOwnSession,
  endOneSession,
  endSessions,
  scopeOfSession,
  listOwnSessions,
  type Vouched,
  vouchForSession,
} from './manage-sessions.ts';
import { Problem } from '../base/problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import { admitBrowser, callerApp, callerSession, visitorAgent } from '../http/caller.ts';
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
  query: z.strictObject({ ...owner, ...page }),
});

export const deleteSessions = defineRoute({
  method: 'delete',
  path: '/v1/sessions',
  auth: ['session', 'secret'],
  query: z.strictObject(owner),
});

export const deleteOneSession = defineRoute({
  method: 'delete',
  path: '/v1/sessions/:id',
  auth: ['session', 'secret'],
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
  mount(app, postSession, async (c, { body, rawBody }) => {
    const answer = await vouchForSession(
      c.get('services'),
      callerApp(c),
      { subject: readVouched(body), ttlSeconds: body.ttl_seconds, userAgent: body.user_agent },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(answer.body, 201);
  });
  mount(app, postExchange, async (c, { body, rawBody }) => {
    const seller = callerApp(c);
    const isSecretKey = c.get('principal').kind === 'secret';
    const exchanged = await exchangeCode(
      c.get('services'),
      seller,
      {
        code: body.code,
        callbackUrl: body.callback_url,
        verifier: body.code_verifier,
        isSecretKey,
        userAgent: visitorAgent(c, body.user_agent),
      },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(exchanged.body);
  });
  mount(app, getSessions, async (c, { query }) =>
    c.json(
      await listOwnSessions(c.get('services'), callerApp(c), whoseSessions(c, query), {
        limit: query.limit,
        cursor: query.cursor,
        current: callerSession(c)?.id,
      }),
    ),
  );
  mount(app, deleteSessions, async (c, { query }) =>
    c.json(await endSessions(c.get('services'), callerApp(c), whoseSessions(c, query))),
  );
  mount(app, deleteOneSession, async (c, { params }) => {
    const session = callerSession(c);
    const scope = session && scopeOfSession(session);
    await endOneSession(c.get('services'), callerApp(c), scope, params.id);
    return c.body(null, 204);
  });
  mount(app, getSession, (c) => c.json(presentOwnSession(callerApp(c), ownSession(c))));
  mount(app, deleteSession, async (c) => {
    await endSession(c.get('services'), ownSession(c));
    return c.body(null, 204);
  });
}

function ownSession(c: AppContext) {
  const session = callerSession(c);
  if (!session) throw new Problem('forbidden_key');
  return session;
}

function readVouched(body: {
  external_id?: string | undefined;
  customer?: string | undefined;
  member?: string | undefined;
}): Vouched['subject'] {
  if (body.external_id !== undefined) return { kind: 'external', externalId: body.external_id };
  const named = readCustomer(body.customer ?? '');
  if (!named) throw new Problem('validation_failed');
  if (named.kind === 'external' || body.member === undefined) return named;
  return { kind: 'member', customerId: named.customerId, memberId: body.member };
}

/**
 * @throws {Problem} `validation_failed` when a caller with a secret key names nobody, or one with a session names
 * somebody.
 */
function whoseSessions(c: AppContext, named: { customer?: string | undefined; member?: string | undefined }) {
  const session = callerSession(c);
  if (session) {
    for (const field of ['customer', 'member'] as const) {
      if (named[field] !== undefined)
        throw refuse(field, 'Leave it out: a session speaks for its own customer.');
    }
    return scopeOfSession(session);
  }
  const subject = named.customer === undefined ? undefined : readCustomer(named.customer);
  if (!subject) throw refuse('customer', 'Name the customer: a Polar id or external:<your id>.');
  if (subject.kind === 'customer') return { ...subject, memberId: named.member };
  if (named.member !== undefined) throw refuse('member', 'Name the member’s customer by its Polar id.');
  return { ...subject, includesProven: true };
}

function refuse(field: string, message: string): Problem {
  const path = `query.${field}`;
  return new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
