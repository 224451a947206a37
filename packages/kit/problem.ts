import { isRecord } from './claims.ts';

/** One wrong field of a request. `path` is dotted, `body.customer.email`. */
export interface FieldError {
  path: string;
  message: string;
}

/** What is known of a failed call. */
interface Failure {
  /** The HTTP status; 0 when there was no answer. */
  status: number;
  /**
   * The gateway's stable code, such as `validation_failed`; here also `unreachable`, `timeout`, and `http_403` for an answer
   * that is not the gateway's own.
   */
  code: string;
  message: string;
  errors?: readonly FieldError[];
  requestId?: string;
  /** Seconds after which trying again makes sense. */
  retryAfter?: number;
  members?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** A call that failed: an RFC 9457 problem of the gateway's, or no answer at all. */
export class FloeError extends Error {
  override readonly name = 'FloeError';
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldError[];
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  /** All members of the problem, also those that only some have: `oldest_sequence`, `required_scope`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(failure: Failure) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.status = failure.status;
    this.code = failure.code;
    this.errors = failure.errors ?? [];
    this.requestId = failure.requestId;
    this.retryAfter = failure.retryAfter;
    this.members = failure.members ?? {};
  }
}

/**
 * The error for an answer with a failing status; reads its body. Only a problem (RFC 9457) counts as the gateway's own:
 * a firewall or an access product in between may answer with JSON that has a `code` and a `reason` too.
 */
export async function readProblem(response: Response): Promise<FloeError> {
  const { status } = response;
  const retryAfter = readRetryAfter(response.headers);
  const text = await response.text().catch(() => undefined);
  const body = isProblem(response.headers) ? parse(text ?? '') : {};
  if (text === undefined || body === undefined) return brokenOff(retryAfter);
  const requestId = asText(body['request_id']) ?? response.headers.get('x-request-id') ?? undefined;
  return new FloeError({
    status,
    // An access check that could not be made answers in its own shape.
    code: asText(body['code']) ?? (status === 503 ? 'unavailable' : `http_${status}`),
    message: asText(body['detail']) ?? asText(body['title']) ?? `The gateway answered ${status}.`,
    errors: readFieldErrors(body['errors']),
    members: body,
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** The connection was cut within the answer, so it is not known what the gateway said. */
function brokenOff(retryAfter: number | undefined): FloeError {
  const message = 'The gateway’s answer broke off.';
  return new FloeError({
    status: 0,
    code: 'unreachable',
    message,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** What the gateway said, each sentence once: several fields may be wrong in the same way. */
export function describeCause({ message, errors }: FloeError): string {
  if (errors.length === 0) return message;
  const sentences = [...new Set(errors.map((each) => each.message))];
  return sentences
    .map((sentence) => {
      const paths = errors.filter((each) => each.message === sentence).map(({ path }) => path);
      return `${paths.join(', ')}: ${sentence}`;
    })
    .join(' ');
}

/** `Retry-After` in seconds (RFC 9110 section 10.2.3), a number or a date; undefined when there is none. */
export function readRetryAfter(headers: Headers, now: number = Date.now()): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}

function isProblem(headers: Headers): boolean {
  return /^application\/problem\+json\s*(?:;|$)/i.test(headers.get('content-type') ?? '');
}

function readFieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    const path = isRecord(each) ? asText(each['path']) : undefined;
    const message = isRecord(each) ? asText(each['message']) : undefined;
    return path === undefined || message === undefined ? [] : [{ path, message }];
  });
}

/** Undefined for what is no JSON. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return undefined;
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
