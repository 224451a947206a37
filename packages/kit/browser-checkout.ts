import type { BrowserSettings } from './browser-settings.ts';
import { createClient } from './client.ts';
import { isRecord } from './claims.ts';
import { toBase64Url } from './encoding.ts';
import { RETURN_PARAMETERS } from './exchange.ts';
import { isVerifier } from './gate-return.ts';
import { FloeError } from './problem.ts';

export interface CheckoutInput {
  /** Polar's id of the product. */
  product: string;
  /** Filled in at the checkout. Nobody is signed in by it. */
  email?: string;
  /** Where the buyer comes back to, beneath a callback URL of the app. Default: this page. */
  successUrl?: string;
  /** Where the buyer goes who does not buy. Default: this page. */
  returnUrl?: string;
  discountCode?: string;
  /** Buyers may type a discount code at the checkout. */
  allowDiscountCodes?: boolean;
  locale?: string;
  seats?: number;
  units?: number;
  /** One that the product has a price in: `eur`. Default: as Polar chooses. */
  currency?: string;
}

const VERIFIER_BYTES = 32;
/** A checkout may be left open over lunch. */
const VERIFIER_MS = 60 * 60_000;

/** Opens a checkout that is tied to this browser (PKCE, RFC 7636). @returns its address @throws {FloeError} */
export async function startCheckout(settings: BrowserSettings, input: CheckoutInput): Promise<string> {
  const floe = createClient({ gateway: settings.gateway, key: settings.key, fetch: settings.fetch });
  const { product, email, discountCode, allowDiscountCodes, locale, seats, units, currency } = input;
  const { url } = await floe('POST /v1/checkout', {
    body: {
      product_id: product,
      ...returnAddresses(settings, input),
      ...(email === undefined ? {} : { email }),
      ...(discountCode === undefined ? {} : { discount_code: discountCode }),
      ...(allowDiscountCodes === undefined ? {} : { allow_discount_codes: allowDiscountCodes }),
      ...(locale === undefined ? {} : { locale }),
      ...(seats === undefined ? {} : { seats }),
      ...(units === undefined ? {} : { units }),
      ...(currency === undefined ? {} : { currency }),
      code_challenge: await makeChallenge(settings),
    },
  });
  if (url === null) throw new FloeError({ status: 0, code: 'unavailable', message: 'There is no checkout.' });
  return url;
}

/** The same as a link to follow, for when no request can be made from here. Tied to this browser too. */
export async function linkCheckout(settings: BrowserSettings, input: CheckoutInput): Promise<string> {
  const { product, email, discountCode, allowDiscountCodes, locale, seats, units, currency } = input;
  const query = new URLSearchParams({ product, ...returnAddresses(settings, input) });
  if (email !== undefined) query.set('email', email);
  if (discountCode !== undefined) query.set('discount_code', discountCode);
  if (allowDiscountCodes !== undefined) query.set('allow_discount_codes', String(allowDiscountCodes));
  if (locale !== undefined) query.set('locale', locale);
  if (seats !== undefined) query.set('seats', String(seats));
  if (units !== undefined) query.set('units', String(units));
  if (currency !== undefined) query.set('currency', currency);
  query.set('code_challenge', await makeChallenge(settings));
  return `${settings.gateway}/checkout/${settings.app}?${query}`;
}

/** The verifier of the purchases under way in this browser; undefined when none began here. */
export function recallVerifier({ storage, app, now }: BrowserSettings): string | undefined {
  const kept = readJson(storage.getItem(verifierKey(app)));
  const { verifier, expiresAt } = kept;
  const isUsable = typeof verifier === 'string' && isVerifier(verifier) && typeof expiresAt === 'number';
  return isUsable && expiresAt > now() ? verifier : undefined;
}

/** Whether a purchase may have begun in this browser, however long ago. */
export function mayHaveBegun({ storage, app }: BrowserSettings): boolean {
  return storage.getItem(verifierKey(app)) !== null || !storage.isLasting();
}

/** After this no code in an address can be exchanged in this browser. */
export function forgetVerifier({ storage, app }: BrowserSettings): void {
  storage.removeItem(verifierKey(app));
}

/** This page's address, without what a return or a sign-in has added. */
export function ownAddress({ page }: BrowserSettings): string | undefined {
  if (page === undefined) return undefined;
  const url = new URL(page.location.href);
  return `${url.origin}${url.pathname}${dropReturn(url)}`;
}

/** The query without a return's parameters. As text: printing it anew may write the site's own differently. */
export function dropReturn(url: URL): string {
  if (!url.searchParams.has('payment_id')) return url.search;
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => !RETURN_PARAMETERS.includes(pair.split('=', 1)[0] ?? ''));
  return others.length === 0 ? '' : `?${others.join('&')}`;
}

/** One verifier for all purchases under way in this browser: in another tab there may be one more. */
async function makeChallenge(settings: BrowserSettings): Promise<string> {
  const { storage, app, now } = settings;
  const verifier =
    recallVerifier(settings) ?? toBase64Url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  storage.setItem(verifierKey(app), JSON.stringify({ verifier, expiresAt: now() + VERIFIER_MS }));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return toBase64Url(new Uint8Array(digest));
}

function returnAddresses(settings: BrowserSettings, input: CheckoutInput) {
  const [successUrl = ownAddress(settings), returnUrl = ownAddress(settings)] = [
    absolute(settings, input.successUrl),
    absolute(settings, input.returnUrl),
  ];
  return {
    ...(successUrl === undefined ? {} : { success_url: successUrl }),
    ...(returnUrl === undefined ? {} : { return_url: returnUrl }),
  };
}

function absolute({ page }: BrowserSettings, url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url, page?.location.href).href;
}

function verifierKey(app: string): string {
  return `floe:${app}:verifier`;
}

/** A JSON object that was stored; empty when it is not that. */
export function readJson(raw: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(raw ?? 'null');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
