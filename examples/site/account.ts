import { type Context, Hono } from 'hono';
import { accountPage, codePage, type Holding } from './account-view.ts';
import {
  forgetAttempt,
  forgetSession,
  keepAttempt,
  keepSession,
  readAttempt,
  readSession,
} from './cookies.ts';
import { findReader } from './gateway.ts';
import { listPayments } from './gateway-payments.ts';
import { sendCode, verifyCode } from './gateway-sign-in.ts';
import { isOwnPage, readField } from './own-page.ts';
import { readTenantName, type Shelf, SHELVES, type SiteOptions, type TenantName } from './tenants.ts';

const UNREACHABLE = 'Signing in is not possible right now. Please try again in a moment.';

/** What a reader has bought, and signing in with the address it was bought with. */
export function accountRoutes(options: SiteOptions): Hono {
  const routes = new Hono();
  const { gatewayUrl, tenants } = options;

  const showAccount = async (c: Context, wrong?: { tenant: TenantName; error: string }) => {
    const holdings = await Promise.all(
      Object.values(SHELVES).map(async (shelf) => ({
        ...(await holdingOf(c, options, shelf)),
        error: wrong?.tenant === shelf.tenant ? wrong.error : undefined,
      })),
    );
    return c.html(accountPage(holdings, options), wrong ? 422 : 200);
  };

  routes.get('/account', (c) => showAccount(c));

  routes.post('/account/:tenant/code', async (c) => {
    const tenant = readTenantName(c.req.param('tenant'));
    if (!tenant || !isOwnPage(c)) return c.text('Sign in on a page of this shop.', 403);
    const email = await readField(c, 'email');
    const sent = await sendCode(gatewayUrl, tenants[tenant].secretKey, email).catch(() => ({
      refused: UNREACHABLE,
    }));
    if ('refused' in sent) return showAccount(c, { tenant, error: sent.refused });
    keepAttempt(c, tenant, sent, sent.expiresAt);
    return c.redirect(`/account/${tenant}/code`, 303);
  });

  routes.get('/account/:tenant/code', (c) => {
    const tenant = readTenantName(c.req.param('tenant'));
    if (!tenant || !readAttempt(c, tenant)) return c.redirect('/account', 303);
    return c.html(codePage(SHELVES[tenant]));
  });

  routes.post('/account/:tenant/verify', async (c) => {
    const tenant = readTenantName(c.req.param('tenant'));
    if (!tenant || !isOwnPage(c)) return c.text('Sign in on a page of this shop.', 403);
    const attempt = readAttempt(c, tenant);
    if (!attempt) return c.redirect('/account', 303);
    const typed = { attempt, code: await readField(c, 'code'), session: readSession(c, tenant) };
    const session = await verifyCode(gatewayUrl, tenants[tenant].secretKey, typed).catch(() => ({
      refused: UNREACHABLE,
    }));
    if ('refused' in session) return c.html(codePage(SHELVES[tenant], session.refused), 422);
    forgetAttempt(c, tenant);
    keepSession(c, tenant, session.token, session.expiresAt);
    return c.redirect('/account', 303);
  });
  return routes;
}

async function holdingOf(c: Context, options: SiteOptions, shelf: Shelf): Promise<Holding> {
  const session = readSession(c, shelf.tenant);
  if (!session) return { shelf, reader: undefined, payments: [] };
  try {
    const reader = await findReader(options.gatewayUrl, session);
    if (!reader) {
      forgetSession(c, shelf.tenant);
      return { shelf, reader, payments: [] };
    }
    const { secretKey } = options.tenants[shelf.tenant];
    return { shelf, reader, payments: await listPayments(options.gatewayUrl, secretKey, reader) };
  } catch {
    return { shelf, reader: undefined, payments: undefined };
  }
}
