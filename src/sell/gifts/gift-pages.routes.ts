import * as z from 'zod/mini';
import { Problem } from '../../base/problem.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { admitVisitor } from '../../http/caller.ts';
import { findApp } from '../../http/find-app.ts';
import { formToken, readCookie, requireOwnForm, requireOwnOrigin } from '../../http/gateway-cookies.ts';
import { refuseLookahead } from '../../http/navigation.ts';
import { type Html, pagePolicy } from '../../http/page.ts';
import { type App, type AppContext, defineRoute, mount } from '../../http/route.ts';
import { email as address, line } from '../../http/shapes.ts';
import { claimByLink, findByCode } from './claim-gift.ts';
import { giftPage, type GiftPage, goOnPage, overPage } from './gift-views.routes.ts';
import { refusalOf } from './gifts.rules.ts';
import type { Gift } from './gifts.rows.ts';
import { statusOfGift } from './present-gift.ts';

/* The page at which a recipient accepts a gift. It works without a script; only its button spends the link. */

const params = z.object({
  app: line(80),
  code: line(100),
});

export const getGiftPage = defineRoute({
  method: 'get',
  path: '/gift/:app/:code',
  auth: [],
  admit: async (c) => refuseLookahead(c) ?? admitVisitor(c, 'gift'),
  params,
});

export const postGiftPage = defineRoute({
  method: 'post',
  path: '/gift/:app/:code',
  auth: [],
  // The origin is checked first, so that another site's page cannot use up its visitor's rate limit here.
  admit: async (c) => {
    requireOwnOrigin(c);
    return admitVisitor(c, 'gift');
  },
  params,
  form: z.object({
    form_token: line(80),
    // Browsers take more for an address than is one: of that the page says so itself.
    email: z.optional(line(254)),
  }),
});

export function mountGiftPages(gateway: App): void {
  mount(gateway, getGiftPage, async (c, { params: { app, code } }) => {
    const services = c.get('services');
    const owner = await findApp(services, app);
    const gift = await findByCode(services, owner, code);
    if (!gift) throw unknownLink();
    const shown = describe(owner, gift, await formToken(c));
    const status = statusOfGift(gift, services.now());
    if (status === 'open') return respond(c, giftPage(shown));
    return respondOver(c, shown, refusalOf(status));
  });

  mount(gateway, postGiftPage, async (c, { params: { app, code }, form }) => {
    await requireOwnForm(c, form.form_token);
    const services = c.get('services');
    const owner = await findApp(services, app);
    if (form.email !== undefined && !address().safeParse(form.email).success) {
      const gift = await findByCode(services, owner, code);
      if (!gift) throw unknownLink();
      const typed = { email: form.email, problem: 'This is not an e-mail address.' };
      return respond(c, giftPage(describe(owner, gift, form.form_token), typed), 422);
    }
    const claimed = await claimByLink(services, owner, {
      code,
      email: form.email,
      browser: readCookie(c, 'form') ?? '',
    });
    if (!claimed.gift) throw unknownLink();
    const shown = describe(owner, claimed.gift, form.form_token);
    if ('refused' in claimed) {
      const { code: why, message: detail } = claimed.refused;
      return respondOver(c, shown, { code: why, detail });
    }
    // Not a redirect: after a form browsers check redirects against `form-action`, which does not name the site.
    c.header('Refresh', `0; url=${claimed.location}`);
    return respond(c, goOnPage(shown, claimed.location));
  });
}

/** Known only to somebody with the link, so it may say no more than that there is none. */
function unknownLink(): Problem {
  return new Problem('not_found', {
    detail:
      'This link does not work, or not any more: a newer one may have been sent. Ask whoever gave you the gift.',
  });
}

function describe(owner: AppRow, gift: Gift, token: string): GiftPage {
  return {
    appName: owner.name,
    productName: gift.productName,
    fromName: gift.fromName,
    message: gift.message,
    isMailed: gift.toEmail !== null,
    formToken: token,
    site: gift.redirectUrl,
  };
}

function respondOver(c: AppContext, shown: GiftPage, why: Pick<Problem, 'code'> & { detail: string }) {
  const status = new Problem(why.code).status;
  return respond(c, overPage(shown, why.detail, { isClaimed: why.code === 'gift_claimed' }), status);
}

async function respond(c: AppContext, body: Html, status: 200 | Problem['status'] = 200): Promise<Response> {
  return c.body(String(await body), status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy({ forms: true }),
    'cache-control': 'no-store',
    // The address has the link's code: other origins get no Referer. With `no-referrer` browsers would send
    // `Origin: null` with the form, whose origin is checked.
    'referrer-policy': 'same-origin',
  });
}
