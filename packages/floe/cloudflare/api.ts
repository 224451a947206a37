import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Wrangler } from './wrangler.ts';
import { NEEDED_PERMISSIONS } from './wrangler-errors.rules.ts';

/* What is asked of Cloudflare's API directly: looks only. Whatever changes something is done by wrangler. */

const BASE_URL = 'https://api.cloudflare.com/client/v4';
const ATTEMPTS = 3;
const PAUSE_MS = 1_000;
/** The most that all of these lists give at once. */
const PAGE_SIZE = 50;

export interface CloudflareApi {
  /** @returns the result, or undefined when there is none of that name. @throws {CliError} */
  get<T>(path: string, query?: Record<string, string>): Promise<T | undefined>;
  /** All pages. @throws {CliError} */
  list<T>(path: string, query?: Record<string, string>): Promise<T[]>;
  /** A question that is asked by POST. @throws {CliError} */
  ask<T>(path: string, body: unknown): Promise<T>;
}

type Credentials = Record<string, string>;

interface Envelope {
  success: boolean;
  result: unknown;
  errors?: { code: number; message: string }[];
  result_info?: { page?: number; total_pages?: number; total_count?: number; per_page?: number };
}

/** The API, with wrangler's login. @throws {CliError} when nobody is logged in */
export async function openCloudflare(context: Context, wrangler: Wrangler): Promise<CloudflareApi> {
  const credentials = await readCredentials(context, wrangler);
  const base = context.env['CLOUDFLARE_API_BASE_URL'] ?? BASE_URL;

  async function call(
    method: string,
    path: string,
    init: { query?: string; body?: string },
  ): Promise<Envelope> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === ATTEMPTS;
      const response = await context
        .fetch(`${base}${path}${init.query ? `?${init.query}` : ''}`, {
          method,
          headers: { ...credentials, 'content-type': 'application/json' },
          signal: context.signal,
          ...(init.body === undefined ? {} : { body: init.body }),
        })
        .catch((cause: unknown) => {
          context.signal.throwIfAborted();
          if (isLast) throw unreachable(cause);
        });
      if (response && (isLast || (response.status < 500 && response.status !== 429)))
        return (await response.json().catch((cause: unknown) => {
          throw unreachable(cause);
        })) as Envelope;
      await context.sleep(PAUSE_MS * attempt);
    }
  }

  async function result(path: string, answer: Envelope): Promise<unknown> {
    if (answer.success) return answer.result;
    throw explain(path, answer);
  }

  return {
    async get<T>(path: string, query: Record<string, string> = {}) {
      const answer = await call('GET', path, { query: new URLSearchParams(query).toString() });
      if (!answer.success && isUnknown(answer)) return undefined;
      return (await result(path, answer)) as T;
    },
    async list<T>(path: string, query: Record<string, string> = {}) {
      const rows: T[] = [];
      for (let page = 1; ; page++) {
        const asked = new URLSearchParams({ per_page: String(PAGE_SIZE), ...query, page: String(page) });
        const answer = await call('GET', path, { query: asked.toString() });
        const found = (await result(path, answer)) as T[];
        rows.push(...found);
        const total = answer.result_info?.total_count;
        if (found.length === 0 || total === undefined || rows.length >= total) return rows;
      }
    },
    async ask<T>(path: string, body: unknown) {
      return (await result(path, await call('POST', path, { body: JSON.stringify(body) }))) as T;
    },
  };
}

/** Wrangler's login as headers, and asked for in the browser when there is none and somebody is there. */
async function readCredentials(context: Context, wrangler: Wrangler): Promise<Credentials> {
  const { env, isInteractive, out } = context;
  const token = env['CLOUDFLARE_API_TOKEN'];
  if (token) return { authorization: `Bearer ${token}` };
  const read = async () => {
    const login = JSON.parse(await wrangler.run(['auth', 'token', '--json'])) as {
      token?: string;
      key?: string;
      email?: string;
    };
    if (login.token !== undefined) return { authorization: `Bearer ${login.token}` };
    return { 'x-auth-key': login.key ?? '', 'x-auth-email': login.email ?? '' };
  };
  try {
    return await read();
  } catch (cause) {
    if (!isInteractive)
      throw new CliError(EXIT.refused, 'Nobody is logged in to Cloudflare here.', {
        hint: 'Log in first: npx wrangler login. Without a browser, set CLOUDFLARE_API_TOKEN.',
        cause,
      });
  }
  out.note('Log in to Cloudflare in the browser that opens.');
  await wrangler.runInTerminal(['login']);
  return read();
}

/** Cloudflare's numbers for "there is none": Workers, services, databases. */
const UNKNOWN = new Set([10007, 10090, 7404]);

function isUnknown({ errors = [] }: Envelope): boolean {
  return errors.some(({ code }) => UNKNOWN.has(code));
}

/** Wrong or too weak a login. */
const REFUSED = new Set([10000, 10001, 9106, 9109, 1000]);

function explain(path: string, { errors = [] }: Envelope): CliError {
  const words = errors.map(({ code, message }) => `${message} (${code})`).join(', ') || 'no reason given';
  if (errors.some(({ code }) => REFUSED.has(code)))
    return new CliError(EXIT.refused, `Cloudflare refuses this login: ${words}, at ${path}.`, {
      hint: NEEDED_PERMISSIONS,
    });
  return new CliError(EXIT.failed, `Cloudflare answered: ${words}, at ${path}.`);
}

function unreachable(cause: unknown): CliError {
  return new CliError(EXIT.unavailable, 'Cloudflare could not be reached.', {
    hint: 'Check the connection, and run the same command again: it goes on where it stopped.',
    cause,
  });
}
