import { type Context, Hono } from 'hono';
import { FREE_ARTICLE } from './articles.ts';
import { forgetSession, readSession } from './cookies.ts';
import { type Access, checkAccess, findReader } from './gateway.ts';
import { listFiles } from './gateway-files.ts';
import { isPastDue } from './gateway-payments.ts';
import { homePage, type Offer } from './home-page.ts';
import { articlePage, freePage, isWaiting } from './pages.ts';
import { findPlans } from './plans.ts';
import { type Shelf, SHELVES, type SiteOptions } from './tenants.ts';

/** Set by the gateway when a buyer comes back without having paid. */
const unpaidStatus = (c: Context): string | undefined => c.req.query('status');

const TRY_AGAIN_SECONDS = '2';

/** The texts. What is not paid for never leaves this server. */
export function readingRoutes(options: SiteOptions): Hono {
  const routes = new Hono();
  const shelves = Object.values(SHELVES);
  routes.get('/', async (c) => {
    const offers = await Promise.all(shelves.map((shelf) => offer(c, options, shelf)));
    return c.html(homePage(offers, options, unpaidStatus(c)));
  });
  routes.get('/articles/free', (c) => c.html(freePage(FREE_ARTICLE, shelves)));
  for (const shelf of shelves) routes.get(shelf.path, (c) => read(c, options, shelf));
  return routes;
}

async function offer(c: Context, options: SiteOptions, shelf: Shelf): Promise<Offer> {
  const [access, plans] = await Promise.all([accessOf(c, options, shelf), findPlans(options, shelf)]);
  return { shelf, isOwned: access?.allow ?? false, plans };
}

async function read(c: Context, options: SiteOptions, shelf: Shelf): Promise<Response> {
  const access = await accessOf(c, options, shelf);
  const reading = { allow: access?.allow ?? false, reason: access?.reason ?? 'nobody' };
  const needsPlans = !reading.allow && !isWaiting(reading);
  if (isWaiting(reading)) c.header('refresh', TRY_AGAIN_SECONDS);
  return c.html(
    articlePage(shelf, options, {
      ...reading,
      isPastDue: reading.reason === 'revoked' && (await hasFailedPayment(c, options, shelf)),
      paymentStatus: unpaidStatus(c),
      plans: needsPlans ? await findPlans(options, shelf) : undefined,
      files: reading.allow && shelf.hasFiles ? await filesOf(c, options, shelf) : [],
    }),
    reading.reason === 'unavailable' ? 503 : 200,
  );
}

/** Undefined: nobody has signed in or bought here. */
async function accessOf(c: Context, options: SiteOptions, shelf: Shelf): Promise<Access | undefined> {
  const session = readSession(c, shelf.tenant);
  const access = session ? await checkAccess(options.gatewayUrl, session, shelf.resource) : undefined;
  if (session && !access) forgetSession(c, shelf.tenant);
  return access;
}

async function filesOf(c: Context, { gatewayUrl }: SiteOptions, shelf: Shelf) {
  const session = readSession(c, shelf.tenant);
  return session ? listFiles(gatewayUrl, session) : [];
}

/** A card that failed is told from a refund. When the gateway cannot be asked, the page says what it knows. */
async function hasFailedPayment(c: Context, { gatewayUrl, tenants }: SiteOptions, shelf: Shelf) {
  const session = readSession(c, shelf.tenant);
  if (!session) return false;
  try {
    const reader = await findReader(gatewayUrl, session);
    return reader !== undefined && (await isPastDue(gatewayUrl, tenants[shelf.tenant].secretKey, reader));
  } catch {
    return false;
  }
}
