import * as z from 'zod/mini';
import { admitVisitor } from '../../http/caller.ts';
import { findApp } from '../../http/find-app.ts';
import { redirect, refuseUnlessFollowed } from '../../http/navigation.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { email, line } from '../../http/shapes.ts';
import { followLink } from './follow-link.ts';

export const getLinkPage = defineRoute({
  method: 'get',
  path: '/checkout/:app/:link',
  auth: [],
  admit: async (c) => refuseUnlessFollowed(c) ?? admitVisitor(c, 'checkout'),
  params: z.object({ app: line(80), link: line(64) }),
  query: z.object({ email: z.optional(email()) }),
});

/** What buyers open. */
export function mountCheckoutLinkPages(app: App): void {
  mount(app, getLinkPage, async (c, { params, query }) => {
    const services = c.get('services');
    const owner = await findApp(services, params.app);
    try {
      return redirect(c, await followLink(services, owner, { id: params.link, email: query.email }));
    } catch (error) {
      const { showRefusedCheckout } = await import('../show-refused-checkout.routes.ts');
      return showRefusedCheckout(c, owner, error);
    }
  });
}
