import type { AppRow } from '../base/db/schema.rows.ts';
import { Problem } from '../base/problem.ts';
import { pagePolicy } from '../http/page.ts';
import { prefersHtml } from '../http/prefers-html.ts';
import type { AppContext } from '../http/route.ts';
import { refusedPage } from './refused-checkout-views.routes.ts';

/**
 * What a buyer sees whose link opens no checkout: a page that says so in a buyer's words, and what to do next. Whatever else went
 * wrong, and whatever a program asked for, is thrown again, and is shown as problems are.
 * @throws what `refusal` is
 */
export async function showRefusedCheckout(c: AppContext, app: AppRow, refusal: unknown): Promise<Response> {
  if (!(refusal instanceof Problem) || !prefersHtml(c.req.header('accept'))) throw refusal;
  const body = refusedPage({ appName: app.name, code: refusal.code, withoutCode: readWithoutCode(c) });
  if (body === undefined) throw refusal;
  return c.body(String(await body), refusal.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy(),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    vary: 'Accept',
  });
}

/** The same link without its code, on this origin; undefined when it has none. */
function readWithoutCode(c: AppContext): string | undefined {
  const { pathname, searchParams } = new URL(c.req.url);
  if (!searchParams.has('discount_code')) return undefined;
  searchParams.delete('discount_code');
  return `${pathname}?${searchParams.toString()}`;
}
