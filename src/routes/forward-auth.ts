import * as z from 'zod/mini';
import { RETRY_SECONDS } from '../domain/access.ts';
import { readForwardedPath } from '../domain/forwarded-path.ts';
import { areAmbiguous, type PathRule, readPathRule, readPublicRule } from '../domain/path-rules.ts';
import { readSiteSessions } from '../domain/site-cookies.ts';
import { decideForwarded, type ForwardedAnswer } from '../flows/decide-forwarded.ts';
import { type FieldError, Problem } from '../problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../route.ts';
import { maxAgeText, resource } from './access.ts';
import { line } from './shapes.ts';

/** What proxies say the original request in: nginx by its configuration, Caddy and Traefik by themselves. */
const TARGET_HEADERS = ['x-original-uri', 'x-forwarded-uri'];

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
});

/**
 * Mounted before the answers to browsers' preflights: a proxy that passes on the visitor's `OPTIONS` would take their 204
 * for a yes.
 */
export function mountForwardAuth(app: App): void {
  mount(app, getForwardAuth, async (c, { query }) => {
    const rules = readRules(c, query.resource);
    const path = readPath(c);
    if (path === undefined) return respond(c, query.app, REFUSED);
    const tokens = readSessions(c, query.app);
    return respond(
      c,
      query.app,
      await decideForwarded(c.get('services'), {
        app: query.app,
        path,
        rules,
        tokens,
        maxAge: query.max_age,
      }),
    );
  });
  app.all(getForwardAuth.path, () => {
    throw new Problem('method_not_allowed', { detail: 'Proxies ask with GET, whatever the visitor sent.' });
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

/** The rules of the proxy's own address for us. @throws {Problem} `validation_failed`, for whoever configures it */
function readRules(c: AppContext, fixed: string | undefined): PathRule[] {
  const rules: PathRule[] = [];
  const errors: FieldError[] = [];
  const readAll = (name: string, read: typeof readPathRule) => {
    for (const text of c.req.queries(name) ?? []) {
      const rule = read(text);
      if (rule.ok) rules.push(rule.value);
      else errors.push({ path: `query.${name}`, message: rule.error });
    }
  };
  readAll('prefix', readPathRule);
  readAll('public', readPublicRule);
  if (fixed !== undefined) rules.push({ prefix: '', resource: fixed, takesRest: false });
  for (const name of ['app', 'resource', 'max_age']) {
    // The second would be somebody else's: of a visitor, when a proxy passes its query on.
    if ((c.req.queries(name) ?? []).length > 1)
      errors.push({ path: `query.${name}`, message: 'Must be given once.' });
  }
  if (errors.length === 0 && rules.every((rule) => rule.resource === null))
    errors.push({ path: 'query.resource', message: 'Name a resource, or prefixes of paths with theirs.' });
  if (areAmbiguous(rules))
    errors.push({ path: 'query.prefix', message: 'Two of the prefixes are the same, but for case.' });
  const [first] = errors;
  if (first) throw new Problem('validation_failed', { detail: `${first.path}: ${first.message}`, errors });
  return rules;
}

/** The path that the visitor asked for; undefined when it is not canonical, or when two say what it was. */
function readPath(c: AppContext): string | undefined {
  const said = TARGET_HEADERS.map((name) => c.req.header(name)).filter((value) => value !== undefined);
  return said.length === 1 ? readForwardedPath(said[0] ?? '') : undefined;
}

function readSessions(c: AppContext, app: string): string[] {
  const bearer = /^Bearer +(floe_st_\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return bearer === undefined ? readSiteSessions(c.req.header('cookie') ?? '', app) : [bearer];
}

function respond(c: AppContext, app: string, answer: ForwardedAnswer): Response {
  const { allow, reason, endsAt } = answer;
  // Always all of them: a proxy overwrites with what it is given, and what is missing it may leave as the visitor sent it.
  const identity = {
    'X-Floe-Subject': answer.subject,
    'X-Floe-Customer': answer.customer,
    'X-Floe-App': app,
    'X-Floe-Resource': answer.resource,
    'X-Floe-Expires': endsAt === null ? null : new Date(Math.floor(endsAt / 1000) * 1000).toISOString(),
    'X-Floe-Reason': reason,
  };
  for (const [name, value] of Object.entries(identity))
    c.header(name, encodeURI((value ?? '').toWellFormed()));
  if (reason === 'pending_payment' || reason === 'unavailable')
    c.header('Retry-After', String(RETRY_SECONDS));
  if (reason === 'no_session') c.header('WWW-Authenticate', 'Bearer realm="floe"');
  return c.json({ allow, reason }, statusOf(answer));
}

/** nginx knows 2xx, 401 and 403 and takes all else for a failure, which is closed as well. */
function statusOf({ allow, reason }: ForwardedAnswer): 200 | 401 | 403 | 503 {
  if (allow) return 200;
  if (reason === 'unavailable') return 503;
  return reason === 'no_session' ? 401 : 403;
}
