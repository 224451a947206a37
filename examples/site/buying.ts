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
import { problemPage } from './pages.ts';
import { readTenantName, type Shelf, SHELVES, type SiteOptions } from './tenants.ts';

const VERIFIER_BYTES = 32;
const PURCHASE_ID_BYTES = 9;

/** From the buy button to the open text. The money part happens at the gateway and at Polar. */
export function buyingRoutes(options: SiteOptions): Hono {
  const routes = new Hono();

  /** Called by the buy button: a PKCE pair (RFC 7636). The verifier stays in a cookie that no script can read. */
  routes.post('/buy/:tenant', (c) => {
    const tenant = readTenantName(c.req.param('tenant'));
    if (!tenant || !isOwnPage(c)) return c.json({ message: 'Start from the page of the article.' }, 400);
    const { welcomePath } = SHELVES[tenant];
    const purchase = randomBytes(PURCHASE_ID_BYTES).toString('base64url');
    const verifier = randomBytes(VERIFIER_BYTES).toString('base64url');
    keepVerifier(c, purchase, welcomePath, verifier);
    return c.json({
      success_url: callbackUrl(c, welcomePath, purchase),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
  });

  for (const shelf of Object.values(SHELVES)) {
    routes.get(shelf.welcomePath, (c) => welcome(c, options, shelf));
    routes.post(`${shelf.path}/leave`, async (c) => {
      const session = readSession(c, shelf.tenant);
      if (!isOwnPage(c)) return c.text('Leave from the page of the article.', 403);
      forgetSession(c, shelf.tenant);
      // The cookie is deleted in any case; the session then expires by itself.
      if (session) await endSession(options.gatewayUrl, session).catch(() => undefined);
      return c.redirect(shelf.path, 303);
    });
  }
  return routes;
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
        return c.redirect(shelf.path, 303);
      }
    } catch {
      return c.html(
        problemPage(shelf, {
          title: 'One moment',
          text: 'You have paid, but we cannot reach our payment service to open the text. This page tries again by itself.',
          refreshSeconds: 3,
        }),
        503,
      );
    }
  }
  // The link was used before, by a reload or the back button. A reader who has a session simply goes on.
  if (readSession(c, shelf.tenant)) return c.redirect(shelf.path, 303);
  return c.html(
    problemPage(shelf, {
      title: 'This link has done its work',
      text: 'It opens what you bought once, in the browser you bought it with. If you have paid there, open the text in that browser.',
    }),
    410,
  );
}

/** Exactly what was given as `success_url`: the gateway compares. */
function callbackUrl(c: Context, welcomePath: string, purchase: string): string {
  return `${new URL(c.req.url).origin}${welcomePath}?buy=${purchase}`;
}

/** Browsers say where a request comes from; other sites may not start or end anything here. */
function isOwnPage(c: Context): boolean {
  return c.req.header('origin') === new URL(c.req.url).origin;
}
