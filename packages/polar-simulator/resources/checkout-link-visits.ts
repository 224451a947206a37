/** `/buy/{secret}`: whoever visits a checkout link begins a checkout of their own (facts §3). */

import { Hono } from 'hono';
import type { SimulatorEnv } from '../http/app.ts';
import { PolarProblem } from '../http/errors.ts';
import { queryOf, uuidField } from '../http/input.ts';
import type { Query } from '../http/selection.ts';
import type { Metadata } from '../state.ts';
import { checkoutUrl } from '../wire/checkout.ts';
import type { World } from '../world.ts';
import { createCheckout } from './checkout-creation.ts';
import { changeCheckout, createCheckoutBody, updatePublicBody } from './checkout-input.ts';

/** Query names that are kept in the checkout's metadata. */
const KEPT = ['reference_id', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'];

/** Each visit begins a checkout of its own and leads there. */
export function checkoutLinkPages(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  routes.get('/buy/:secret', (context) => {
    const link = world.tables.checkoutLinks.by('secret', context.req.param('secret'))[0];
    const organization = world.tables.organizations.get(link?.organization_id);
    if (!link || link.deleted_at || !organization) return context.notFound();
    const query = queryOf(context);
    const wanted = query.get('product_id');
    const first = link.product_ids.filter((id) => id === wanted);
    const rest = link.product_ids.filter((id) => id !== wanted);
    const kept: Metadata = Object.fromEntries(
      KEPT.flatMap((name) => {
        const value = query.get(name);
        return value ? [[name, value.slice(0, 500)]] : [];
      }),
    );
    const row = createCheckout(
      world,
      organization,
      createCheckoutBody.parse({
        products: [...first, ...rest],
        success_url: link.success_url,
        return_url: link.return_url,
        allow_discount_codes: link.allow_discount_codes,
        require_billing_address: link.require_billing_address,
        trial_interval: link.trial_interval,
        trial_interval_count: link.trial_interval_count,
        seats: link.seats,
        metadata: { ...link.metadata, ...kept },
      }),
      (begun) => {
        if (link.discount_id) tryChange(world, begun, { discount_id: link.discount_id });
        for (const change of prefills(query)) tryChange(world, begun, change);
      },
    );
    return context.redirect(checkoutUrl(world, row), 303);
  });
  return routes;
}

/** The prefilled fields as one change each, so that an invalid one does not prevent the others. */
function prefills(query: Query): object[] {
  const amount = query.get('amount');
  const answers = [...query].flatMap(([name, value]) =>
    name.startsWith('custom_field_data.') ? [[name.slice('custom_field_data.'.length), value]] : [],
  );
  return [
    ...['customer_email', 'customer_name', 'discount_code', 'locale'].flatMap((name) => {
      const value = query.get(name);
      return value ? [{ [name]: value }] : [];
    }),
    ...(amount && /^\d+$/.test(amount) ? [{ amount: Number(amount) }] : []),
    ...(answers.length > 0 ? [{ custom_field_data: Object.fromEntries(answers) as object }] : []),
  ];
}

/** Applies a change, or leaves it out when it is invalid: a visitor cannot correct the link. */
function tryChange(world: World, row: Parameters<typeof changeCheckout>[1], change: object): void {
  const parsed = updatePublicBody.extend({ discount_id: uuidField.optional() }).safeParse(change);
  if (!parsed.success) return;
  const { allow_trial: _1, ...wanted } = parsed.data;
  try {
    changeCheckout(world, row, wanted);
  } catch (error) {
    if (!(error instanceof PolarProblem)) throw error;
  }
}
