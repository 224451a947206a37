import { createHash, randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import {
  forgetSession,
  forgetVerifier,
  keepSession,
  keepVerifier,
  readSession,
  readVerifier,
} from './cookies.ts';
import { endSession, exchangeCode } from './gateway.ts';
import { startCheckout } from './gateway-payments.ts';
import { isOwnPage, readField } from './own-page.ts';
import { messagePage } from './pages.ts';
import { readTenantName, type Shelf, SHELVES, type SiteOptions } from './tenants.ts';

const VERIFIER_BYTES = 32;
const PURCHASE_ID_BYTES = 9;
const TRY_AGAIN_SECONDS = '3';
const UNREACHABLE =
  'The checkout is not available right now. Nothing was charged; please try again in a moment.';

/** From the buy button to the receipt. The money part happens at the gateway and at Polar. */
export function buyingRoutes(options: SiteOptions): Hono {
  const routes = new Hono();

  routes.post('/buy/:tenant', async (c) => {
    const tenant = readTenantName(c.req.param('tenant'));
    if (!tenant || !isOwnPage(c)) return c.text('Buy from a page of this shop.', 403);
    return buy(c, options, SHELVES[tenant]);
  });

  for (const shelf of Object.values(SHELVES)) {
    routes.get(shelf.welcomePath, (c) => welcome(c, options, shelf));
    routes.post(`${shelf.path}/leave`, async (c) => {
      const session = readSession(c, shelf.tenant);
      if (!isOwnPage(c)) return c.text('Leave from a page of this shop.', 403);
      forgetSession(c, shelf.tenant);
      // The cookie is deleted in any case; the session then expires by itself.
      if (session) await endSession(options.gatewayUrl, session).catch(() => undefined);
      return c.redirect((await readField(c, 'from')) === '/account' ? '/account' : shelf.path, 303);
    });
  }
  return routes;
}

/**
 * Opens a checkout with a PKCE pair (RFC 7636): the verifier stays in a cookie that no script can read, and proves that
 * the buyer who comes back is this browser.
 */
async function buy(c: Context, options: SiteOptions, shelf: Shelf): Promise<Response> {
  const { tenant, welcomePath } = shelf;
  const [productId, from] = [await readField(c, 'product'), await readField(c, 'from')];
  const { origin } = new URL(c.req.url);
  const purchase = randomBytes(PURCHASE_ID_BYTES).toString('base64url');
  const verifier = randomBytes(VERIFIER_BYTES).toString('base64url');
  const refuse = (text: string) =>
    c.html(messagePage({ title: 'This cannot be bought right now', text, link: linkTo(shelf) }), 502);
  try {
    const checkout = await startCheckout(options.gatewayUrl, options.tenants[tenant].secretKey, {
      shop: shelf.title,
      productId,
      successUrl: callbackUrl(c, welcomePath, purchase),
      returnUrl: origin + (from === '/' ? from : shelf.path),
      codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    if ('refused' in checkout) return refuse(checkout.refused);
    keepVerifier(c, purchase, welcomePath, verifier);
    // Not a redirect: browsers check where a form leads against `form-action`, which does not name Polar.
    c.header('refresh', `0; url=${checkout.url}`);
    return c.html(
      messagePage({
        title: 'To the checkout …',
        text: 'Polar takes the payment.',
        link: { href: checkout.url, text: 'Go on' },
      }),
    );
  } catch {
    return refuse(UNREACHABLE);
  }
}

/** The buyer is back: the code becomes a session, the session a cookie, and the address is clean again. */
async function welcome(c: Context, options: SiteOptions, shelf: Shelf): Promise<Response> {
  const code = c.req.query('code');
  const purchase = c.req.query('buy');
  const verifier = readVerifier(c, purchase);
  if (code !== undefined && purchase !== undefined && verifier !== undefined) {
    try {
      const session = await exchangeCode(options.gatewayUrl, options.tenants[shelf.tenant].secretKey, {
        code,
        callbackUrl: callbackUrl(c, shelf.welcomePath, purchase),
        verifier,
      });
      if (session) {
        forgetVerifier(c, purchase, shelf.welcomePath);
        keepSession(c, shelf.tenant, session.token, session.expiresAt);
        return c.redirect(`/thanks/${shelf.tenant}/${session.paymentId}`, 303);
      }
    } catch {
      c.header('refresh', TRY_AGAIN_SECONDS);
      return c.html(
        messagePage({
          title: 'One moment',
          text: 'You have paid, but we cannot reach our payment service to open the text. This page tries again by itself.',
          link: linkTo(shelf),
        }),
        503,
      );
    }
  }
  // The link was used before, by a reload or the back button. A reader who has a session simply goes on.
  if (readSession(c, shelf.tenant)) return c.redirect(shelf.path, 303);
  return c.html(
    messagePage({
      title: 'This link has done its work',
      text: 'It opens what you bought once, in the browser you bought it with. If you have paid there, open the text in that browser, or sign in with your address.',
      link: linkTo(shelf),
    }),
    410,
  );
}

const linkTo = (shelf: Shelf) => ({ href: shelf.path, text: `Go to “${shelf.article.title}”` });

/** Exactly what was given as `success_url`: the gateway compares. */
function callbackUrl(c: Context, welcomePath: string, purchase: string): string {
  return `${new URL(c.req.url).origin}${welcomePath}?buy=${purchase}`;
}
