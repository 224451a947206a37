/** Polar's error bodies (facts §10). */

export interface ValidationIssue {
  type: string;
  loc: (string | number)[];
  msg: string;
  input?: unknown;
}

/** An answer other than success. Thrown by a route, turned into a response in one place. */
export class PolarProblem extends Error {
  override readonly name = 'PolarProblem';
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`Polar answers ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The standard shape: a class name and plain words. */
export const problem = (status: number, error: string, detail: string): PolarProblem =>
  new PolarProblem(status, { error, detail });

export const notFound = (detail = 'Not found'): PolarProblem => problem(404, 'ResourceNotFound', detail);

/** 422 found by a rule of the resource rather than by the shape of the input. */
export function invalid(loc: (string | number)[], msg: string, input?: unknown): PolarProblem {
  return invalidAll([{ type: 'value_error', loc, msg, input }]);
}

export function invalidAll(issues: ValidationIssue[], error = 'PolarRequestValidationError'): PolarProblem {
  return new PolarProblem(422, {
    error,
    detail: issues.map(({ input, ...issue }) => ({ ...issue, input: input === undefined ? null : input })),
  });
}

export const bodyTooLarge = (): PolarProblem =>
  problem(413, 'RequestBodyTooLarge', 'Request body is too large.');

export const unauthorized = (): PolarProblem =>
  new PolarProblem(
    401,
    { error: 'Unauthorized', detail: 'Unauthorized' },
    { 'www-authenticate': 'Bearer realm="polar"' },
  );

export const invalidToken = (): PolarProblem =>
  new PolarProblem(
    401,
    {
      error: 'invalid_token',
      error_description:
        'The access token provided is expired, revoked, malformed, or invalid for other reasons.',
    },
    { 'www-authenticate': 'Bearer realm="polar", error="invalid_token"' },
  );
