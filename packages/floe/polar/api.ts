import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import type { Mode } from '../deployments/deployment-file.ts';
import { EXIT } from '../exit-codes.ts';
import { count } from '../words/names.rules.ts';

/* Polar's API, for the few things that setting a gateway up takes. */

const BASE_URLS: Record<Mode, string> = {
  live: 'https://api.polar.sh',
  sandbox: 'https://sandbox-api.polar.sh',
};
const VERSION = '2026-10';
const ATTEMPTS = 5;
const PAUSE_MS = 1_000;
/** Polar may ask for more than that; then somebody should try again later. */
const LONGEST_PAUSE_S = 60;
const TOO_MANY = 429;

interface PolarAnswer {
  status: number;
  body: unknown;
}

export interface PolarApi {
  mode: Mode;
  /** Where it is, without a slash at the end. */
  address: string;
  /** The variable or the file that the token came from. */
  tokenFrom: string;
  /**
   * Any answer below 500. What reads is tried again; what writes only when Polar has said that it did not do it (429).
   * @throws {CliError} when Polar does not answer
   */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<PolarAnswer>;
}

interface CallOptions {
  /** Ends the call, in place of Ctrl-C: for what is given back after that. */
  signal?: AbortSignal;
}

/** The variable that an access token is in. */
export const tokenVariable = (mode: Mode): string => `POLAR_${mode.toUpperCase()}_ACCESS_TOKEN`;

/** `url`: of a simulator that stands for Polar. */
export function openPolar(
  context: Context,
  mode: Mode,
  accessToken: string,
  url?: string,
  tokenFrom = tokenVariable(mode),
): PolarApi {
  const base = addressOf(mode, url);
  const send = createTransport(context);
  return {
    mode,
    address: base,
    tokenFrom,
    async call(method, path, body, { signal } = {}) {
      const init = {
        method,
        headers: {
          authorization: `Bearer ${accessToken}`,
          'content-type': 'application/json',
          'polar-version': VERSION,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const response = await send(`${base}${path}`, init, signal);
      return { status: response.status, body: await readBody(response) };
    },
  };
}

export const addressOf = (mode: Mode, url?: string): string => (url || BASE_URLS[mode]).replace(/\/+$/, '');

/**
 * Sends a request: what reads is tried again, what writes only when Polar has said that it did not do it (429). Gives any answer below 500 but a
 * 429. A wait that Polar asks for is said. `signal`: ends it, in place of Ctrl-C. @throws {CliError} when Polar does not answer
 */
export function createTransport(
  context: Context,
): (url: string, init: RequestInit, signal?: AbortSignal) => Promise<Response> {
  return async (url, init, signal = context.signal) => {
    const isRead = init.method === 'GET';
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === ATTEMPTS;
      const response = await context.fetch(url, { ...init, signal }).catch((cause: unknown) => {
        signal.throwIfAborted();
        if (isLast || !isRead) throw unreachable(url, cause);
      });
      if (response && response.status < 500 && response.status !== TOO_MANY) return response;
      if (response && (isLast || (!isRead && response.status !== TOO_MANY)))
        throw new CliError(EXIT.unavailable, `Polar answers ${response.status} at the moment.`, {
          hint: 'Run the same command again in a while: it goes on where it stopped.',
        });
      const asked = Math.min(Number(response?.headers.get('retry-after') ?? 0) || 0, LONGEST_PAUSE_S);
      const pause = () => context.sleep(Math.max(PAUSE_MS * attempt, asked * 1000));
      if (asked === 0) await pause();
      else await context.out.wait(`Polar asks to wait ${count(asked, 'second')}.`, pause);
    }
  };
}

/** Whether an address is Polar’s own, and no simulator’s. */
export const isPolar = (address: string): boolean => Object.values(BASE_URLS).includes(address);

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unreachable(url: string, cause: unknown): CliError {
  const { origin } = new URL(url);
  return new CliError(EXIT.unavailable, `Polar could not be reached at ${origin}.`, {
    hint: 'Check the connection, and run the same command again: it goes on where it stopped.',
    cause,
  });
}
