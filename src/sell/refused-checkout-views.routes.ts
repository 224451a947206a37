import { html } from 'hono/html';
import type { ProblemCode } from '../base/problem.ts';
import { type Html, page } from '../http/page.ts';

/** What the page of a link that opens no checkout knows. */
interface RefusedCheckout {
  appName: string;
  code: ProblemCode;
  /** The address of the same checkout without its discount code. */
  withoutCode: string | undefined;
}

/** The page for what a buyer can understand; undefined: it is the app's mistake, and described as one. */
export function refusedPage({ appName, code, withoutCode }: RefusedCheckout): Html | undefined {
  if (code === 'unknown_product' || code === 'product_archived') return notSoldPage(appName);
  if (code === 'unknown_discount' && withoutCode !== undefined) return unusableCodePage(appName, withoutCode);
  return undefined;
}

function unusableCodePage(appName: string, withoutCode: string): Html {
  return page(
    'This code cannot be used',
    html`<p class="kicker">${appName}</p>
      <h1>This code cannot be used</h1>
      <p>
        It may have been used already, have ended or not have begun, or be for something else. Nothing was
        paid.
      </p>
      <p><a class="button" href="${withoutCode}" rel="noreferrer">Go on without the code</a></p>
      <p class="small">
        You see the price before you pay. If the code should work, ask whoever gave it to you.
      </p>`,
  );
}

function notSoldPage(appName: string): Html {
  return page(
    'This is not sold here',
    html`<p class="kicker">${appName}</p>
      <h1>This is not sold here</h1>
      <p>It is no longer on sale, or the link is not complete. Nothing was paid.</p>
      <p class="small">Look for a newer link where you found this one, or ask whoever gave it to you.</p>`,
  );
}
