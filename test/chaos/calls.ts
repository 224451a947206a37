import { setTimeout as sleep } from 'node:timers/promises';

/* HTTP as a careful caller does it: what was not answered is asked again, until the run is over. */

const CALL_TIMEOUT_MS = 20_000;
const RETRY_MS = 250;
const MAX_RETRY_AFTER_MS = 5_000;

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface Call {
  method: string;
  path: string;
  token?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

/** How often callers met a gateway that was not there, or not ready. */
export interface Trouble {
  unreachable: number;
  refused: Map<string, number>;
}

export interface Api {
  readonly url: string;
  readonly trouble: Trouble;
  /** Gives the answer, whatever it is. It asks again only when there was none, or after 409, 429 and 5xx. */
  ask(call: Call): Promise<Answer>;
}

/** `giveUp` ends all waiting. @throws its reason */
export function createApi(url: string, giveUp: AbortSignal): Api {
  const trouble: Trouble = { unreachable: 0, refused: new Map() };
  return {
    url,
    trouble,
    async ask(call) {
      for (;;) {
        giveUp.throwIfAborted();
        const answer = await askOnce(url, call).catch((error: unknown) => {
          if (!(error instanceof Error)) throw error;
          trouble.unreachable += 1;
          return undefined;
        });
        if (answer && !isTemporary(answer.status)) return answer;
        if (answer) {
          const what = `${answer.status} ${codeOf(answer.body)}`;
          trouble.refused.set(what, (trouble.refused.get(what) ?? 0) + 1);
        }
        await sleep(answer ? waitOf(answer.headers) : RETRY_MS, undefined, { signal: giveUp });
      }
    },
  };
}

async function askOnce(url: string, call: Call): Promise<Answer> {
  const response = await fetch(`${url}${call.path}`, {
    method: call.method,
    redirect: 'manual',
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    headers: {
      ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function isTemporary(status: number): boolean {
  return status === 409 || status === 429 || status >= 500;
}

function waitOf(headers: Headers): number {
  const seconds = Number(headers.get('retry-after'));
  return seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : RETRY_MS;
}

function codeOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
}

/** The answer’s body. @throws unless its status is one of `statuses` */
export function expectStatus(call: Call, answer: Answer, ...statuses: number[]): unknown {
  if (statuses.includes(answer.status)) return answer.body;
  throw new Error(
    `${call.method} ${call.path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`,
  );
}

/** Runs `act` on all `items`, `width` at a time, in their order. */
export async function eachOf<T>(
  items: Iterable<T>,
  width: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) await act(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
