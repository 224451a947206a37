import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/* A checkout as anybody sees it who has its address: Polar's API needs no token for it. */

/** Where Polar's API answers for each of its sites. Another site is a simulator, which answers itself. */
const APIS: Readonly<Record<string, string>> = {
  'polar.sh': 'https://api.polar.sh',
  'sandbox.polar.sh': 'https://sandbox-api.polar.sh',
};
const TIMEOUT_MS = 15_000;

/** What Polar says of a checkout. Amounts are in minor units. */
export interface PolarCheckout {
  status: string;
  /** Before discount and tax. */
  amount: number | null;
  currency: string | null;
  /** ISO 8601. */
  expiresAt: string | null;
}

/** Where a checkout is: its API's origin, and the secret that its address ends in. @throws {CliError} for an address that is none */
export function locateCheckout(address: string): { api: string; clientSecret: string; site: string } {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const clientSecret = url?.pathname.split('/').at(-1) ?? '';
  if (!url || clientSecret === '') throw new CliError(EXIT.failed, `${address} is no address of a checkout.`);
  return { api: APIS[url.hostname] ?? url.origin, clientSecret, site: url.hostname };
}

/** Asks Polar for a checkout. @throws {CliError} when Polar refuses or cannot be reached */
export async function readPolarCheckout(context: Context, address: string): Promise<PolarCheckout> {
  const { api, clientSecret } = locateCheckout(address);
  const answer = await callPolar(context, 'GET', `${api}/v1/checkouts/client/${clientSecret}`);
  return {
    status: textIn(answer, 'status') ?? 'unknown',
    amount: numberIn(answer, 'amount') ?? null,
    currency: textIn(answer, 'currency') ?? null,
    expiresAt: textIn(answer, 'expires_at') ?? null,
  };
}

export type PolarAnswer = Readonly<Record<string, unknown>>;

/** Asks Polar, or a simulator, without a token. `timeoutMs`: how long an answer may take. @throws {CliError} */
export async function callPolar(
  context: Context,
  method: 'GET' | 'POST',
  url: string,
  body?: object,
  timeoutMs = TIMEOUT_MS,
): Promise<PolarAnswer> {
  const { signal } = context;
  const response = await context
    .fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    .catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new CliError(EXIT.unavailable, `${new URL(url).host} cannot be reached.`, { cause });
    });
  const answer = readJson(await response.text().catch(() => ''));
  if (response.ok) return answer;
  const code = response.status === 429 || response.status >= 500 ? EXIT.unavailable : EXIT.failed;
  throw new CliError(code, `${new URL(url).host} answered ${response.status}. ${refusalIn(answer)}`.trim());
}

function readJson(text: string): PolarAnswer {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as PolarAnswer) : {};
  } catch {
    return {};
  }
}

/** Polar's words of a refusal: a sentence, or one for each field. */
function refusalIn({ detail }: PolarAnswer): string {
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return '';
  return detail.map((each: unknown) => textIn(Object(each) as PolarAnswer, 'msg') ?? '').join(' ');
}

export function textIn(answer: PolarAnswer, name: string): string | undefined {
  const value = answer[name];
  return typeof value === 'string' ? value : undefined;
}

function numberIn(answer: PolarAnswer, name: string): number | undefined {
  const value = answer[name];
  return typeof value === 'number' ? value : undefined;
}
