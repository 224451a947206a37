import * as z from 'zod/mini';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { PROBLEMS, type ProblemCode } from '../src/base/problem.ts';
import type { AnyRouteSpec } from '../src/http/route.ts';
import { PROBLEM_HEADERS, PROBLEMS_ANYWHERE, problemsOf, type RouteDocs } from '../src/http/route-docs.ts';
import { type Example, EXAMPLES } from '../src/examples.docs.ts';
import { routeDocs } from '../src/index.docs.ts';
import { problem } from '../src/http/shapes.ts';

/**
 * The OpenAPI 3.1 document of these routes, from the very schemas that validate their requests.
 * @throws when a mounted route is not documented or has no example, or a documented one is not mounted.
 */
export function buildOpenApi(routes: readonly AnyRouteSpec[], version: string): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  const documented = new Map(routeDocs);
  for (const [route] of routeDocs) {
    if (!routes.includes(route))
      throw new Error(`${route.method} ${route.path} is documented and not mounted`);
  }
  for (const route of routes) {
    const docs = documented.get(route);
    if (!docs)
      throw new Error(`${route.method} ${route.path} is mounted and not documented: add it to its *.docs.ts`);
    const example = EXAMPLES[`${route.method.toUpperCase()} ${route.path}`];
    if (!example)
      throw new Error(`${route.method} ${route.path} has no example: add it to src/examples.docs.ts`);
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = describeOperation(route, docs, example);
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Floe',
      version,
      description:
        'An edge gateway for selling with Polar. Errors are RFC 9457 problems with a stable `code`; lists are `{data, next_cursor}`; ' +
        'amounts are integers in minor units; times are ISO 8601 UTC. Every answer has an `X-Request-Id`. ' +
        `Any route may also answer ${PROBLEMS_ANYWHERE.map((code) => `\`${code}\` (${PROBLEMS[code][0]})`).join(', ')}.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      securitySchemes: {
        secret: bearer('A secret key, `floe_sk_…`: for servers.'),
        publishable: bearer('A publishable key, `floe_pk_…`: for browsers.'),
        session: bearer('A session token, `floe_st_…`.'),
        operator: bearer('The operator’s token.'),
      },
    },
  });
}

function bearer(description: string) {
  return { type: 'http' as const, scheme: 'bearer', description };
}

function describeOperation(
  route: AnyRouteSpec,
  docs: RouteDocs,
  example: Example,
): ZodOpenApiOperationObject {
  const operation: ZodOpenApiOperationObject = {
    tags: [docs.tag],
    summary: docs.summary,
    ...(docs.description === undefined ? {} : { description: docs.description }),
    operationId: `${route.method}_${route.path.replaceAll(/[^a-z0-9]+/gi, '_').replaceAll(/^_|_$/g, '')}`,
    security: route.auth.map((credential) => ({ [credential]: [] })),
    responses: {},
    'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: writeCurl(route, example) }],
  };
  const path = route.params;
  const query = withoutNested(route);
  if (path || query) operation.requestParams = { ...(path ? { path } : {}), ...(query ? { query } : {}) };
  if (route.idempotent) {
    operation.parameters = [
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        description: 'The same key again gives the same answer. 1 to 255 characters, kept 24 hours.',
        schema: { type: 'string', maxLength: 255 },
      },
    ];
  }
  for (const name of route.nested ?? []) {
    const schema = { type: 'object' as const, additionalProperties: { type: 'string' as const } };
    const parameter = { name, in: 'query' as const, style: 'deepObject' as const, explode: true, schema };
    operation.parameters = [...(operation.parameters ?? []), parameter];
  }
  if (route.body) {
    operation.requestBody = {
      required: !route.bodyOptional,
      content: {
        'application/json': {
          schema: route.body,
          ...(example.body === undefined ? {} : { example: example.body }),
        },
      },
    };
  }
  if (route.form) {
    operation.requestBody = {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: route.form } },
    };
  }
  for (const [status, response] of Object.entries(docs.responses)) {
    operation.responses[status as '200'] = {
      description: response.description,
      ...describeHeaders(response.headers),
      ...(response.schema || response.contentType
        ? {
            content: {
              [response.contentType ?? 'application/json']: response.schema
                ? { schema: response.schema as never }
                : {},
            },
          }
        : {}),
    };
  }
  for (const [status, codes] of groupByStatus(problemsOf(route, docs))) {
    if (operation.responses[status as '400']) continue;
    operation.responses[status as '400'] = {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join(' '),
      ...describeHeaders(PROBLEM_HEADERS[Number(status)]),
      content: {
        'application/problem+json': { schema: problem },
        ...(docs.problemPages ? { 'text/html': {} } : {}),
      },
    };
  }
  return operation;
}

/** What of the query is text by itself. */
function withoutNested({ query, nested = [] }: AnyRouteSpec): AnyRouteSpec['query'] {
  if (nested.length === 0 || !(query instanceof z.ZodMiniObject)) return query;
  return z.omit(query, Object.fromEntries(nested.map((name) => [name, true])));
}

/** Who may call a route, as the names of the variables that the keys are in. */
const KEYS: Readonly<Record<string, string>> = {
  secret: 'FLOE_SECRET_KEY',
  publishable: 'FLOE_PUBLISHABLE_KEY',
  session: 'FLOE_SESSION',
  operator: 'FLOE_ADMIN_TOKEN',
};

/** The example as a command. Names of the app’s products and buyers are to be put in. */
function writeCurl({ method, auth }: AnyRouteSpec, { path, body }: Example): string {
  const key = auth.map((kind) => KEYS[kind]).find((name) => name !== undefined);
  return [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "$FLOE_URL${path}"`,
    ...(key === undefined ? [] : [`-H "Authorization: Bearer $${key}"`]),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(body)}'`]),
  ].join(' ');
}

function describeHeaders(headers: Readonly<Record<string, string>> | undefined) {
  if (headers === undefined) return {};
  const described = Object.entries(headers).map(([name, description]) => {
    const header = { description, required: true, schema: { type: 'string' as const } };
    return [name, header] as const;
  });
  return { headers: Object.fromEntries(described) };
}

function groupByStatus(codes: ProblemCode[]): Map<string, ProblemCode[]> {
  const groups = new Map<string, ProblemCode[]>();
  for (const code of codes) {
    const status = String(PROBLEMS[code][0]);
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}
