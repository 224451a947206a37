import type { Context } from 'hono';
import type { HonoBase } from 'hono/hono-base';
import * as z from 'zod/mini';
import type { $ZodType } from 'zod/v4/core';
import { parseRequestJson } from '../base/json.rules.ts';
import type { Caller, Credential, Principal } from './identify-caller.ts';
import { authenticate } from './authenticate.ts';
import type { KeyScope } from './key-scopes.rules.ts';
import { describeErrors, type FieldError, Problem } from '../base/problem.ts';
import { readText } from './read-text.ts';
import type { Services } from '../base/services.ts';

export interface AppEnv {
  Variables: { services: Services; requestId: string; principal?: Principal };
}
export type AppContext = Context<AppEnv>;
export type App = HonoBase<AppEnv>;

type Schema = $ZodType;
type Parsed<S> = S extends Schema ? z.output<S> : undefined;

/** One address of the HTTP contract: what validates requests here is also what `/openapi.json` says. */
export interface RouteSpec<
  C extends Credential,
  P extends Schema | undefined,
  Q extends Schema | undefined,
  B extends Schema | undefined,
  F extends Schema | undefined = undefined,
> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Hono's form, `/v1/payments/:id`. */
  path: string;
  /** Its address has no other route, although one with parameters, `/v1/payments/:id`, would have room for it. */
  isAlone?: true;
  /** Who may call; empty: anyone. */
  auth: readonly C[];
  /** What a secret key must be allowed to, if it is limited: of every route that takes secret keys, and of no other. */
  scope?: KeyScope;
  params?: P;
  query?: Q;
  body?: B;
  /** An HTML form of the gateway's own pages, instead of JSON. */
  form?: F;
  /** Parameters of the query that may be given more than once; all others must be given once. */
  repeated?: readonly string[];
  /** Parameters that are objects, a name for each of their fields: `metadata[color]=red` (OpenAPI's `deepObject`). */
  nested?: readonly string[];
  /** An empty body counts as `{}`. */
  bodyOptional?: boolean;
  /**
   * Runs when the caller is known and before a word of the request is read: what anybody may ask is counted here, so that
   * being refused costs as much as being answered. Throws, or answers instead of the handler.
   */
  admit?: (c: AppContext, caller: NoInfer<Caller<C>>) => Promise<Response | undefined>;
  /** Takes an `Idempotency-Key`. */
  idempotent?: boolean;
}

export interface Input<C extends Credential, P, Q, B, F = undefined> {
  /** Who calls, of those that the route takes. Of a route that anyone may call nothing can be read of it. */
  caller: Caller<C>;
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  form: Parsed<F>;
  /** The raw JSON text, for fingerprints. */
  rawBody: string;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the registry only reads the schemas as JSON Schema
export type AnyRouteSpec = Omit<RouteSpec<Credential, any, any, any, any>, 'admit'>;

/** JSON bodies: far above any honest request, far below what costs memory. */
const MAX_JSON_BYTES = 64 * 1024;
/** An address and a few tokens. */
const MAX_FORM_BYTES = 4 * 1024;

type ScopeOf<C extends Credential> = 'secret' extends C ? { scope: KeyScope } : { scope?: never };

/** Declares a route. Types only: it returns what it is given. */
export function defineRoute<
  C extends Credential = never,
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
  F extends Schema | undefined = undefined,
>(spec: RouteSpec<C, P, Q, B, F> & ScopeOf<C>): RouteSpec<C, P, Q, B, F> & ScopeOf<C> {
  return spec;
}

const mounted = new WeakMap<App, AnyRouteSpec[]>();

/** The mounted routes of an address, whatever their method. */
export function routesAt(app: App, path: string): readonly AnyRouteSpec[] {
  const routes = routesOf(app);
  const alone = routes.filter((route) => route.isAlone && route.path === path);
  if (alone.length > 0) return alone;
  return routes.filter((route) => {
    const parts = route.path.split('/');
    const given = path.split('/');
    return (
      parts.length === given.length &&
      parts.every((part, i) => (part.startsWith(':') ? given[i] !== '' : part === given[i]))
    );
  });
}

/** Every route mounted on `app`, in order: what `/openapi.json` is made of. */
export function routesOf(app: App): readonly AnyRouteSpec[] {
  return mounted.get(app) ?? [];
}

/** Puts a declared route on `app`: authenticate, validate, then one handler that calls one flow. */
export function mount<
  C extends Credential,
  P extends Schema | undefined,
  Q extends Schema | undefined,
  B extends Schema | undefined,
  F extends Schema | undefined = undefined,
>(
  app: App,
  spec: RouteSpec<C, P, Q, B, F> & ScopeOf<C>,
  handler: (c: AppContext, input: Input<C, P, Q, B, F>) => Response | Promise<Response>,
): void {
  mounted.set(app, [...routesOf(app), spec]);
  app.on(spec.method.toUpperCase(), spec.path, async (c) => {
    const caller = (spec.auth.length > 0 ? await authenticate(c, spec) : undefined) as Caller<C>;
    const turnedAway = await spec.admit?.(c, caller);
    if (turnedAway) return turnedAway;
    const errors: FieldError[] = [];
    const params = check(spec.params, c.req.param(), 'path', errors);
    const query = checkQuery(spec, c, errors);
    let rawBody = '';
    let body: unknown;
    if (spec.body) {
      rawBody = await readText(c.req.raw, MAX_JSON_BYTES);
      const json = parseJson(c.req.raw, rawBody, spec.bodyOptional ?? false);
      errors.push(...findUnkeepable(json, rawBody));
      body = check(spec.body, json, 'body', errors);
    }
    let form: unknown;
    if (spec.form) form = check(spec.form, await readForm(c.req.raw), 'form', errors);
    if (errors.length > 0) throw new Problem('validation_failed', { detail: describeErrors(errors), errors });
    // The one place where what a schema accepted becomes its output type.
    return handler(c, { caller, params, query, body, form, rawBody } as Input<C, P, Q, B, F>);
  });
}

function check(schema: Schema | undefined, value: unknown, where: string, errors: FieldError[]): unknown {
  if (!schema) return undefined;
  const parsed = (schema as z.ZodMiniType).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const unknownKeys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const path = [where, ...issue.path.map(String)];
    if (unknownKeys.length === 0) errors.push({ path: path.join('.'), message: issue.message });
    for (const key of unknownKeys)
      errors.push({ path: [...path, key].join('.'), message: 'This field is not known here.' });
  }
  return undefined;
}

const NO_QUERY = z.strictObject({});

/** Whether a query is read, and one that is not known refused. */
export function readsQuery({ path, query }: AnyRouteSpec): boolean {
  return query !== undefined || /^\/(v1|admin)\//.test(path);
}

/**
 * What is not understood is refused, so that a filter with a slip in its name does not answer with everything. Pages that people
 * open are lenient by their own schema: others add parameters to links.
 */
function checkQuery(spec: AnyRouteSpec, c: AppContext, errors: FieldError[]): unknown {
  const schema: unknown = spec.query ?? (readsQuery(spec) ? NO_QUERY : undefined);
  if (!(schema instanceof z.ZodMiniObject)) return undefined;
  const given = readQuery(c.req.url);
  const fields = new Map<string, unknown>();
  const nested = new Map(spec.nested?.map((name) => [name, new Map<string, string>()]));
  for (const [name, value] of given) {
    const [, into = '', key = ''] = /^(\w+)\[(.*)\]$/.exec(name) ?? [];
    const [holder, field, path] = nested.has(into)
      ? [nested.get(into) ?? fields, key, `query.${into}.${key}`]
      : [fields, name, `query.${name}`];
    const isKnown = holder !== fields || Object.hasOwn(schema.shape, name);
    if (field === UNKEEPABLE) errors.push({ path, message: 'This field is not known here.' });
    else if (!holder.has(field)) holder.set(field, value);
    else if (isKnown && !spec.repeated?.includes(name) && !errors.some((error) => error.path === path))
      errors.push({ path, message: 'Must be given once.' });
  }
  for (const [name, holder] of nested) if (holder.size > 0) fields.set(name, Object.fromEntries(holder));
  return check(schema, Object.fromEntries(fields), 'query', errors);
}

/** Above any honest request: a proxy names a prefix for each part of its site. */
const MAX_PARAMETERS = 1_000;

/**
 * The query, read once. Not with Hono's `query` and `queries`, which read it anew for each name, and look for a `=` from each `&` to
 * the end.
 * @throws {Problem} `validation_failed`
 */
export function readQuery(url: string): URLSearchParams {
  const query = new URL(url).search.slice(1);
  const count = query.split('&', MAX_PARAMETERS + 1).length;
  if (count <= MAX_PARAMETERS) return new URLSearchParams(query);
  const [path, message] = ['query', `Must have at most ${MAX_PARAMETERS} parameters.`];
  throw new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

async function readForm(request: Request): Promise<Record<string, string>> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded')
    throw new Problem('unsupported_media_type', { detail: 'Send the form of the page.' });
  return Object.fromEntries(new URLSearchParams(await readText(request, MAX_FORM_BYTES)));
}

function mediaType(request: Request): string {
  return request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** A name that JavaScript keeps for itself: schemas drop such a field without a word, so it is refused. */
const UNKEEPABLE = '__proto__';
const MAX_SHOWN_PATH = 200;

function findUnkeepable(json: unknown, text: string): FieldError[] {
  // Seldom there: then nothing is walked through. Escaped it is written with a backslash.
  if (!text.includes(UNKEEPABLE) && !text.includes('\\u')) return [];
  const found: FieldError[] = [];
  // Not by calling itself: a body may be nested deeper than calls may be.
  const waiting: { value: unknown; path: string }[] = [{ value: json, path: 'body' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const [name, value] of Object.entries(next.value)) {
      const path = `${next.path}.${name}`.slice(-MAX_SHOWN_PATH);
      if (name === UNKEEPABLE) found.push({ path, message: 'No field can have this name.' });
      waiting.push({ value, path });
    }
  }
  return found;
}

function parseJson(request: Request, text: string, optional: boolean): unknown {
  if (text === '' && optional) return {};
  const type = mediaType(request);
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type))
    throw new Problem('unsupported_media_type');
  try {
    return parseRequestJson(text);
  } catch (cause) {
    throw new Problem('invalid_json', { cause });
  }
}
