import type { App } from './http/route.ts';
import { mountHome } from './operate/home.routes.ts';
import { mountSignInPages } from './people/sign-in-pages.routes.ts';
import { mountGiftPages } from './sell/gifts/gift-pages.routes.ts';
import { mountCheckoutLinkPages } from './sell/checkout-links/link-pages.routes.ts';
import { mountCheckoutPages } from './sell/browser.routes.ts';

/** The pages that people open. */
export function mountForVisitors(app: App): void {
  mountCheckoutPages(app);
  mountCheckoutLinkPages(app);
  mountGiftPages(app);
  mountSignInPages(app);
  mountHome(app);
}
