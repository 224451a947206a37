import { type Context, Hono } from 'hono';
import { readSession } from './cookies.ts';
import { findReader } from './gateway.ts';
import { findDocument, findPayment, isOf, type Payment } from './gateway-payments.ts';
import { messagePage, notFoundPage } from './pages.ts';
import { isWhole, thanksPage } from './receipt-view.ts';
import { readTenantName, type Shelf, SHELVES, type SiteOptions } from './tenants.ts';

const TRY_AGAIN_SECONDS = '2';

/** The receipt after a purchase, and Polar's invoice of it: for whoever bought it. */
export function receiptRoutes(options: SiteOptions): Hono {
  const routes = new Hono();
  const { gatewayUrl } = options;

  routes.get('/thanks/:tenant/:payment', (c) =>
    ifOwn(c, options, (shelf, payment) => {
      // Polar makes the order a moment after the payment.
      if (!isWhole(payment)) c.header('refresh', TRY_AGAIN_SECONDS);
      return c.html(thanksPage(shelf, payment));
    }),
  );

  routes.get('/documents/:tenant/:payment/:kind{invoice|receipt}', (c) =>
    ifOwn(c, options, async (shelf, { id }) => {
      const kind = c.req.param('kind') === 'invoice' ? 'invoice' : 'receipt';
      const { secretKey } = options.tenants[shelf.tenant];
      const found = await findDocument(gatewayUrl, secretKey, { id, kind });
      const link = { href: '/account', text: 'Go to your account' };
      if ('refused' in found) {
        return c.html(messagePage({ title: `There is no ${kind} yet`, text: found.refused, link }), 409);
      }
      if (found.url !== null) return c.redirect(found.url, 303);
      c.header('refresh', TRY_AGAIN_SECONDS);
      return c.html(
        messagePage({ title: `Polar makes the ${kind}`, text: 'It opens by itself in a moment.', link }),
      );
    }),
  );
  return routes;
}

/** Shows a payment to whoever made it. To anybody else it does not exist. */
async function ifOwn(
  c: Context,
  options: SiteOptions,
  show: (shelf: Shelf, payment: Payment) => Response | Promise<Response>,
): Promise<Response> {
  const tenant = readTenantName(c.req.param('tenant'));
  const session = tenant && readSession(c, tenant);
  if (!tenant || !session) return c.html(notFoundPage(), 404);
  try {
    const [reader, payment] = await Promise.all([
      findReader(options.gatewayUrl, session),
      findPayment(options.gatewayUrl, options.tenants[tenant].secretKey, c.req.param('payment') ?? ''),
    ]);
    if (!reader || !payment || !isOf(reader, payment)) return c.html(notFoundPage(), 404);
    return await show(SHELVES[tenant], payment);
  } catch {
    c.header('refresh', TRY_AGAIN_SECONDS);
    return c.html(
      messagePage({
        title: 'One moment',
        text: 'Your purchase cannot be looked up right now. Nothing is lost, and this page tries again by itself.',
      }),
      503,
    );
  }
}
