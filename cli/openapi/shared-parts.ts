import { PROBLEMS, type ProblemCode } from '../../src/base/problem.ts';
import { PROBLEMS_ANYWHERE } from '../../src/http/route-docs.ts';
import { KEY_SCOPE_DOCS } from '../../src/http/key-scopes.docs.ts';
import { EXAMPLE_IDS } from '../../src/examples.docs.ts';

/* What many operations share, as `components` that they point at. */

const refTo = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

const REQUEST_ID = refTo('headers', 'X-Request-Id');

/** Headers that an answer may have, beside those that its description names. */
export function headersOf(status: string): Record<string, { $ref: string }> {
  return {
    'X-Request-Id': REQUEST_ID,
    ...(RETRYABLE.has(status) ? { 'Retry-After': refTo('headers', 'Retry-After') } : {}),
    ...(status === '405' ? { Allow: refTo('headers', 'Allow') } : {}),
  };
}

/** Statuses of problems for which waiting may help. */
const RETRYABLE = new Set(['409', '429', '502', '503']);

export const HEADERS = {
  'X-Request-Id': {
    description: 'Names this request in the gateway’s logs.',
    required: true,
    schema: { type: 'string' as const, examples: [EXAMPLE_IDS.request] },
  },
  'Retry-After': {
    description: 'In how many seconds asking again makes sense. Left out when it makes none.',
    schema: { type: 'integer' as const, minimum: 0, examples: [5] },
  },
  Allow: {
    description: 'The methods that the address answers.',
    schema: { type: 'string' as const, examples: ['GET, HEAD'] },
  },
};

export const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header' as const,
    required: false,
    description:
      'The same key again gives the same answer, so that a request may be sent again when its answer was lost. 1 to 255 characters, kept 24 hours.',
    schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
    example: 'order-4711',
  },
};

export const IDEMPOTENCY_KEY = refTo('parameters', 'IdempotencyKey');

/** Every problem, as its code is the name of its example. */
export const PROBLEM_EXAMPLES = Object.fromEntries(
  Object.entries(PROBLEMS).map(([code, [status, title]]) => [
    code,
    { summary: title, value: { type: 'about:blank', title, status, code, request_id: EXAMPLE_IDS.request } },
  ]),
);

/** The name of the answer that any route may give with this status; undefined when there is none. */
export function sharedAnswer(codes: readonly ProblemCode[]): { $ref: string } | undefined {
  const [code] = codes;
  if (codes.length !== 1 || code === undefined || !PROBLEMS_ANYWHERE.includes(code)) return undefined;
  return refTo('responses', nameOf(code));
}

/** What any route may answer. */
export const ANSWERS = {
  ...Object.fromEntries(
    PROBLEMS_ANYWHERE.map((code) => [nameOf(code), describeProblems(String(PROBLEMS[code][0]), [code])]),
  ),
  AnyProblem: {
    description: 'Any other problem, as a page where a browser asks.',
    headers: headersOf('default'),
    content: {
      'application/problem+json': { schema: refTo('schemas', 'Problem') },
      'text/html': { schema: { type: 'string' as const } },
    },
  },
};

/** For routes that only redirect: generators and linters look for an answer beside the redirect. */
export const ANY_PROBLEM = refTo('responses', 'AnyProblem');

/** The problems of one status: `PROBLEMS` says what each means. */
export function describeProblems(status: string, codes: readonly ProblemCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join(' '),
    headers: headersOf(status),
    content: {
      'application/problem+json': {
        schema: refTo('schemas', 'Problem'),
        examples: Object.fromEntries(codes.map((code) => [code, refTo('examples', code)])),
      },
    },
  };
}

function nameOf(code: ProblemCode): string {
  return code
    .split('_')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
}

function bearer(description: string) {
  return { type: 'http' as const, scheme: 'bearer', description };
}

export const SECURITY_SCHEMES = {
  secret: {
    ...bearer(
      'A secret key, `floe_sk_…`: for servers. It may be limited to scopes. `x-required-scope` of an operation is the one that it then needs, and `x-scopes` says what each is for.',
    ),
    'x-scopes': KEY_SCOPE_DOCS,
  },
  publishable: bearer('A publishable key, `floe_pk_…`: for browsers.'),
  session: bearer('A session token, `floe_st_…`.'),
  operator: bearer('The operator’s token.'),
};
