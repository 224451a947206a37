import * as z from 'zod/mini';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { PROBLEMS, type ProblemCode } from '../../src/base/problem.ts';
import exampleAnswers from '../../src/example-answers.json' with { type: 'json' };
import type { Example } from '../../src/examples.docs.ts';
import type { AnyRouteSpec } from '../../src/http/route.ts';
import { writeCurl } from '../docs/samples/curl.ts';
import { keyVariable } from '../docs/samples/variables.ts';
import {
  type AnswerDocs,
  PROBLEM_HEADERS,
  PROBLEMS_ANYWHERE,
  problemsOf,
  type RouteDocs,
} from '../../src/http/route-docs.ts';
import { ANY_PROBLEM, describeProblems, headersOf, IDEMPOTENCY_KEY, sharedAnswer } from './shared-parts.ts';

/** Answers that the gateway has given, by route and status. A test holds them against what it gives. */
const ANSWERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = exampleAnswers;

/** One operation of the document, from what validates its requests and from its `*.docs.ts`. */
export function describeOperation(
  route: AnyRouteSpec,
  docs: RouteDocs,
  example: Example,
): ZodOpenApiOperationObject {
  const operation: ZodOpenApiOperationObject = {
    tags: [docs.tag],
    summary: docs.summary,
    ...(docs.description === undefined ? {} : { description: docs.description }),
    operationId: docs.id,
    security: route.auth.map((credential) => ({ [credential]: [] })),
    // Not in `security`: OpenAPI 3.1 takes names of roles there, and tools that check documents refuse them.
    ...(route.scope === undefined ? {} : { 'x-required-scope': route.scope }),
    responses: {},
    'x-codeSamples': [
      {
        lang: 'Shell',
        label: 'curl',
        source: writeCurl({
          ...example,
          method: route.method.toUpperCase(),
          key: keyVariable(example, route.auth),
        }),
      },
    ],
  };
  const path = route.params;
  const query = withoutNested(route);
  if (path || query) operation.requestParams = { ...(path ? { path } : {}), ...(query ? { query } : {}) };
  if (route.idempotent) operation.parameters = [IDEMPOTENCY_KEY];
  for (const name of route.nested ?? []) {
    const schema = { type: 'object' as const, additionalProperties: { type: 'string' as const } };
    const parameter = { name, in: 'query' as const, style: 'deepObject' as const, explode: true, schema };
    operation.parameters = [...(operation.parameters ?? []), parameter];
  }
  if (route.body) {
    operation.requestBody = {
      required: !route.bodyOptional,
      content: { 'application/json': { schema: route.body, example: example.body ?? {} } },
    };
  }
  if (route.form) {
    operation.requestBody = {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: route.form } },
    };
  }
  const answers = ANSWERS[nameOf(route)] ?? {};
  for (const [status, answer] of Object.entries(docs.responses))
    operation.responses[status as '200'] = describeAnswer(status, answer, answers[status]) as never;
  for (const [status, codes] of groupByStatus([...problemsOf(route, docs), ...PROBLEMS_ANYWHERE]))
    addProblems(operation, status, codes, docs);
  if (!Object.keys(docs.responses).some((status) => status.startsWith('2')))
    operation.responses.default = ANY_PROBLEM;
  return operation;
}

/** `POST /v1/payments`. */
function nameOf({ method, path }: AnyRouteSpec): string {
  return `${method.toUpperCase()} ${path}`;
}

function describeAnswer(status: string, answer: AnswerDocs, example: unknown) {
  const { description, schema, contentType, headers } = answer;
  const shared: Record<string, object> = headersOf(status);
  return {
    description,
    headers: { ...shared, ...describeHeaders(headers) },
    ...(schema
      ? {
          content: {
            'application/json': {
              schema: schema as never,
              ...(example === undefined ? {} : { example }),
            },
          },
        }
      : {}),
    ...(contentType === undefined
      ? {}
      : {
          content: Object.fromEntries(
            [contentType].flat().map((type) => [type, { schema: { type: 'string' as const } }]),
          ),
        }),
  };
}

/** Problems of a status at which the route may also answer something else stand beside it. */
function addProblems(
  operation: ZodOpenApiOperationObject,
  status: string,
  codes: readonly ProblemCode[],
  { problemPages }: RouteDocs,
): void {
  const page = problemPages ? { 'text/html': { schema: { type: 'string' as const } } } : {};
  const other = operation.responses[status as '400'] as
    | { description: string; content?: object; headers?: object }
    | undefined;
  const shared = sharedAnswer(codes);
  if (!other && shared && !problemPages) {
    operation.responses[status as '400'] = shared as never;
    return;
  }
  const problems = describeProblems(status, codes);
  operation.responses[status as '400'] = {
    description: other ? `${other.description}. Or ${problems.description}` : problems.description,
    headers: { ...problems.headers, ...describeHeaders(PROBLEM_HEADERS[Number(status)]), ...other?.headers },
    content: { ...other?.content, ...problems.content, ...page },
  } as never;
}

/** What of the query is text by itself. */
function withoutNested({ query, nested = [] }: AnyRouteSpec): AnyRouteSpec['query'] {
  if (nested.length === 0 || !(query instanceof z.ZodMiniObject)) return query;
  return z.omit(query, Object.fromEntries(nested.map((name) => [name, true])));
}

/** What the values of headers are, where they are no mere text. */
const HEADER_SCHEMAS: Readonly<Record<string, object>> = {
  'Retry-After': { type: 'integer', minimum: 0 },
  Location: { type: 'string', format: 'uri-reference' },
};

function describeHeaders(headers: AnswerDocs['headers']): Record<string, object> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, description]) => [
      name,
      { description, required: true, schema: HEADER_SCHEMAS[name] ?? { type: 'string' } },
    ]),
  );
}

function groupByStatus(codes: readonly ProblemCode[]): Map<string, ProblemCode[]> {
  const groups = new Map<string, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const status = String(PROBLEMS[code][0]);
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}
