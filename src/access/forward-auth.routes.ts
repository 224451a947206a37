import type { ForwardedView } from './access.answers.ts';
import * as z from 'zod/mini';
import { RETRY_SECONDS } from './access.rules.ts';
import { readForwardedPath } from './forwarded-path.rules.ts';
import { areAmbiguous, type PathRule, readPathRule, readPublicRule } from './paths.rules.ts';
import { readSiteSessions } from './site-cookies.rules.ts';
import { decideForwarded, type ForwardedAnswer } from './decide-forwarded.ts';
import { type FieldError, Problem } from '../base/problem.ts';
import { type App, type AppContext, defineRoute, mount, readQuery } from '../http/route.ts';
import { maxAgeText, resource } from './access.routes.ts';
import { line } from '../http/shapes.ts';

/**
 * The headers in which proxies name the original request: nginx by its configuration, Caddy and Traefik by themselves.
 */
const TARGET_HEADERS = ['x-original-uri', 'x-forwarded-uri'];

const MAX_NEXT_CHARS = 4_096;

export const getForwardAuth = defineRoute({
  method: 'get',
  path: '/v1/access/forward-auth',
  auth: [],
  query: z.strictObject({
    app: line(80),
    resource: z.optional(resource()),
    prefix: z.optional(line(900)),
    public: z.optional(line(300)),
    max_age: maxAgeText(),
  }),
  // A repetition of any other parameter may come from the visitor, if a proxy passes the visitor's query on.
  repeated: ['prefix', 'public'],
});

/**
 * Must be mounted before the answers to browsers' preflights: a proxy that passes on the visitor's `OPTIONS` would take
 * their 204 for a yes (ADR 35).
 */
export function mountForwardAuth(app: App): void {
  mount(app, getForwardAuth, async (c, { query }) => {
    const rules = readRules(c, query.resource);
    const target = readTarget(c);
    const path = readForwardedPath(target);
    if (path === undefined) return respond(c, query.app, REFUSED);
    const { app, max_age: maxAge } = query;
    const tokens = readSessions(c, app);
    const answer = await decideForwarded(c.get('services'), { app, path, rules, tokens, maxAge });
    if (answer.reason === 'no_session') c.header('X-Floe-Next', encodeNext(target, path));
    return respond(c, app, answer);
  });
  app.all(getForwardAuth.path, () => {
    throw new Problem('method_not_allowed', {
      detail: 'Proxies ask with GET, whatever the visitor sent.',
      allow: ['GET', 'HEAD'],
    });
  });
}

const REFUSED: ForwardedAnswer = {
  allow: false,
  reason: 'path_refused',
  resource: null,
  subject: null,
  customer: null,
  endsAt: null,
};

/**
 * The path rules in the address that the proxy calls. @throws {Problem} `validation_failed`, for the person who
 * configures it
 */
function readRules(c: AppContext, fixed: string | undefined): PathRule[] {
  const given = readQuery(c.req.url);
  const rules: PathRule[] = [];
  const errors: FieldError[] = [];
  const readAll = (name: string, read: typeof readPathRule) => {
    for (const text of given.getAll(name)) {
      const rule = read(text);
      if (rule.ok) rules.push(rule.value);
      else errors.push({ path: `query.${name}`, message: rule.error });
    }
  };
  readAll('prefix', readPathRule);
  readAll('public', readPublicRule);
  if (fixed !== undefined) rules.push({ prefix: '', resource: fixed, takesRest: false });
  if (errors.length === 0 && rules.every((rule) => rule.resource === null))
    errors.push({ path: 'query.resource', message: 'Name a resource, or prefixes of paths with theirs.' });
  if (areAmbiguous(rules))
    errors.push({ path: 'query.prefix', message: 'Two of the prefixes are the same, but for case.' });
  const [first] = errors;
  if (first) throw new Problem('validation_failed', { detail: `${first.path}: ${first.message}`, errors });
  return rules;
}

/** The address that the visitor asked for; empty, which is refused, when no header or more than one names it. */
function readTarget(c: AppContext): string {
  const said = TARGET_HEADERS.map((name) => c.req.header(name)).filter((value) => value !== undefined);
  return said.length === 1 ? (said[0] ?? '') : '';
}

/**
 * Encodes the address that was asked for as one value of a query, for the redirect to the sign-in page. Proxies cannot
 * encode it, and unencoded, a visitor's `&next=` would become a parameter of its own. A long query is left out, since
 * proxies have small buffers.
 */
function encodeNext(target: string, path: string): string {
  const whole = encodeURIComponent(target);
  return whole.length > MAX_NEXT_CHARS ? encodeURIComponent(path) : whole;
}

function readSessions(c: AppContext, app: string): string[] {
  const bearer = /^Bearer +(floe_st_\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return bearer === undefined ? readSiteSessions(c.req.header('cookie') ?? '', app) : [bearer];
}

function respond(c: AppContext, app: string, answer: ForwardedAnswer): Response {
  const { allow, reason, endsAt } = answer;
  // All of these headers are always present, so that the proxy overwrites those that a visitor sent (ADR 35).
  const identity = {
    'X-Floe-Subject': answer.subject,
    'X-Floe-Customer': answer.customer,
    'X-Floe-App': app,
    'X-Floe-Resource': answer.resource,
    'X-Floe-Expires': endsAt === null ? null : new Date(Math.floor(endsAt / 1000) * 1000).toISOString(),
    'X-Floe-Reason': reason,
  };
  for (const [name, value] of Object.entries(identity)) c.header(name, encodeForQuery(value ?? ''));
  if (reason === 'pending_payment' || reason === 'unavailable')
    c.header('Retry-After', String(RETRY_SECONDS));
  if (reason === 'no_session') c.header('WWW-Authenticate', 'Bearer realm="floe"');
  return c.json({ allow, reason } satisfies ForwardedView, statusOf(answer));
}

/**
 * Encodes a value for a header and for the query of a redirect, where a `+` or `&` in a resource must not begin a
 * parameter.
 */
function encodeForQuery(value: string): string {
  return encodeURI(value.toWellFormed()).replaceAll(/[&+;#]/g, encodeURIComponent);
}

/** nginx knows 2xx, 401 and 403 and treats every other status as a failure, which keeps the page closed too. */
function statusOf({ allow, reason }: ForwardedAnswer): 200 | 401 | 403 | 503 {
  if (allow) return 200;
  if (reason === 'unavailable') return 503;
  return reason === 'no_session' ? 401 : 403;
}
