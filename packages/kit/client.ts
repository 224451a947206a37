import { type Api, IDEMPOTENT } from './api.ts';
import type { Fetch } from './jwks.ts';
import { requireText } from './options.ts';
import { withoutSlashes } from './origin.ts';
import { FloeError, readProblem } from './problem.ts';

/** A route for apps, as `GET /v1/payments/{id}`. */
export type Route = keyof Api;

/** What a call of `R` answers. */
export type Answer<R extends Route> = Api[R]['response'];

/** What a call of `R` needs: path parameters, query and body, as far as the route has them. */
export type CallInput<R extends Route> = Omit<Api[R], 'response'> & CallOptions;

export interface CallOptions {
  /** For routes that create. Made up when left out; give your own to repeat a call after a restart. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** Left out altogether where nothing in it is needed. */
type CallArguments<R extends Route> =
  Partial<CallInput<R>> extends CallInput<R> ? [input?: CallInput<R>] : [input: CallInput<R>];

export interface ClientOptions {
  /** The gateway's origin, `https://floe.example.com`. */
  gateway: string;
  /** A secret key (servers only), a publishable key, or a session's token. */
  key: string;
  fetch?: Fetch;
  /** For each attempt. Default 10,000. */
  timeoutMs?: number;
  /** Reads what is answered. Default `JSON.parse`, which rounds a number beyond 2^53. */
  parse?: (text: string) => unknown;
  /** How often a call that may be repeated is tried again. Default 2. */
  retries?: number;
  /** When the gateway asks for a longer wait than this, the call fails and its caller decides. Seconds, default 30. */
  longestWait?: number;
}

/** Calls a route of the gateway. @throws {FloeError} for every failure; the reason of `signal` when it is aborted. */
export type Client = <R extends Route>(route: R, ...args: CallArguments<R>) => Promise<Answer<R>>;

const TIMEOUT_MS = 10_000;
const RETRIES = 2;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_SECONDS = 30;

/**
 * A client for the gateway's API. What reads, and what creates under an `Idempotency-Key`, is tried again when the
 * network fails or the gateway asks for patience (`Retry-After`); nothing else is.
 * @throws {TypeError} when the gateway or the key is not set
 * @example
 * const floe = createClient({ gateway: 'https://floe.example.com', key: env.FLOE_SECRET_KEY });
 * const payment = await floe('POST /v1/payments', { body: { product_id, success_url } });
 */
export function createClient(options: ClientOptions): Client {
  return createCaller(options, IDEMPOTENT);
}

/** What the command line gives beside the options of a client. */
interface CallerOptions extends ClientOptions {
  /** Ends every call, and every wait between two attempts. */
  signal?: AbortSignal;
  /** Waits between two attempts. */
  wait?: (ms: number) => Promise<void>;
}

/** A client for any table of routes. `idempotent`: those that take an `Idempotency-Key`. @throws {TypeError} */
export function createCaller(options: CallerOptions, idempotent: ReadonlySet<string>): Client {
  const origin = withoutSlashes(requireText('createClient', 'gateway', options.gateway));
  requireText('createClient', 'key', options.key);
  const attempts = 1 + (options.retries ?? RETRIES);
  const longestWait = options.longestWait ?? LONGEST_WAIT_SECONDS;
  return async function call(route, ...args) {
    const input: CallInputs = args[0] ?? {};
    const signal = input.signal ?? options.signal;
    const { method, url } = address(origin, route, input);
    // Documents are sent on to unless JSON is asked for.
    const headers: Record<string, string> = {
      authorization: `Bearer ${options.key}`,
      accept: 'application/json',
    };
    const isIdempotent = idempotent.has(route);
    // All attempts have the same key, so the gateway acts once.
    if (isIdempotent) headers['idempotency-key'] = input.idempotencyKey ?? crypto.randomUUID();
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    if (body !== undefined) headers['content-type'] = 'application/json';

    const mayRepeat = method === 'GET' || method === 'DELETE' || isIdempotent;
    for (let attempt = 1; ; attempt++) {
      const outcome = await send(
        options,
        url,
        { method, headers, ...(body === undefined ? {} : { body }) },
        signal,
      );
      if (!(outcome instanceof FloeError)) return outcome as never;
      // Elements show visitors a neutral sentence. Whoever builds the page reads here how it is registered.
      if (outcome.code === 'forbidden_origin') console.error(`floe: ${outcome.message}`);
      const waitSeconds = outcome.retryAfter ?? 0;
      if (!mayRepeat || !isPassing(outcome) || attempt >= attempts || waitSeconds > longestWait) {
        throw outcome;
      }
      const backoffMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
      const waitMs = Math.max(waitSeconds * 1000, backoffMs);
      await (options.wait ? options.wait(waitMs) : wait(waitMs, signal));
    }
  };
}

type Text = string | number | boolean;

interface CallInputs extends CallOptions {
  params?: Record<string, string>;
  query?: Record<string, Text | Record<string, Text> | undefined>;
  body?: unknown;
}

function address(origin: string, route: string, input: CallInputs): { method: string; url: string } {
  const [method = '', template = ''] = route.split(' ', 2);
  const path = template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = input.params?.[name];
    // `.` and `..` survive encoding and would be resolved away: another route.
    if (!value || /^\.{1,2}$/.test(value)) throw new TypeError(`${route} needs \`params.${name}\`.`);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (typeof value === 'object') {
      for (const [key, each] of Object.entries(value)) query.set(`${name}[${key}]`, String(each));
    } else if (value !== undefined) query.set(name, String(value));
  }
  return { method, url: `${origin}${path}${query.size === 0 ? '' : `?${query}`}` };
}

/** One attempt: the answer's value, or why there is none. @throws the reason of `signal` */
async function send(
  options: ClientOptions,
  url: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  try {
    const response = await (options.fetch ?? fetch)(url, {
      ...init,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (!response.ok) return await readProblem(response);
    const text = await response.text();
    return text === '' ? undefined : (options.parse ?? JSON.parse)(text);
  } catch (error) {
    signal?.throwIfAborted();
    return timeout.aborted
      ? new FloeError({
          status: 0,
          code: 'timeout',
          message: 'The gateway did not answer in time.',
          cause: error,
        })
      : new FloeError({
          status: 0,
          code: 'unreachable',
          message: 'The gateway cannot be reached.',
          cause: error,
        });
  }
}

/** Whether the same call may succeed later. */
export function isPassing({ status, code }: FloeError): boolean {
  return status === 0 || status === 429 || status >= 500 || code === 'idempotency_in_progress';
}

/** @throws the reason of `signal` when it is aborted */
export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
