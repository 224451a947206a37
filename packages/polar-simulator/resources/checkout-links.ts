/** `/v1/checkout-links`, and the visit of one, which begins a checkout (facts §3). */

import { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { PolarProblem, invalid } from '../http/errors.ts';
import { metadataField, queryOf, readBody, urlField, uuidField } from '../http/input.ts';
import { type Query, fields } from '../http/selection.ts';
import { token } from '../random.ts';
import type { Metadata } from '../state.ts';
import { checkoutUrl } from '../wire/checkout.ts';
import { checkoutLinkToWire } from '../wire/checkout-link.ts';
import type { World } from '../world.ts';
import { createCheckout } from './checkout-creation.ts';
import { changeCheckout, createCheckoutBody, updatePublicBody } from './checkout-input.ts';

const bodyFields = {
  label: z.string().nullish(),
  discount_id: uuidField.nullish(),
  seats: z.number().int().min(1).max(10_000).nullish(),
  success_url: urlField.nullish(),
  return_url: urlField.nullish(),
  trial_interval: z.enum(['day', 'week', 'month', 'year']).nullish(),
  trial_interval_count: z.number().int().min(1).max(1000).nullish(),
};

const createBody = z
  .object({
    ...bodyFields,
    payment_processor: z.literal('stripe'),
    products: z.array(uuidField).min(1).optional(),
    product_id: uuidField.optional(),
    product_price_id: uuidField.optional(),
    allow_discount_codes: z.boolean().default(true),
    require_billing_address: z.boolean().default(false),
    metadata: metadataField.default({}),
  })
  .refine((body) => body.products ?? body.product_id ?? body.product_price_id, {
    path: ['products'],
    error: 'Field required',
  });

const updateBody = z.object({
  ...bodyFields,
  products: z.array(uuidField).min(1).nullish(),
  allow_discount_codes: z.boolean().nullish(),
  require_billing_address: z.boolean().nullish(),
  metadata: metadataField.optional(),
});

export function checkoutLinkRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { checkoutLinks, products, prices, discounts } = world.tables;

  function check(organizationId: string, ids: string[], discountId: string | null | undefined): string[] {
    ids.forEach((id, index) => {
      const product = products.getIn('organization', organizationId, id);
      if (!product || product.is_archived) {
        throw invalid(['body', 'products', index], 'Product does not exist.', id);
      }
    });
    const discount = discounts.getIn('organization', organizationId, discountId);
    if (discountId && (!discount || discount.deleted_at)) {
      throw invalid(['body', 'discount_id'], 'Discount does not exist.', discountId);
    }
    return ids;
  }

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: checkoutLinks,
    isThere: (row) => !row.deleted_at,
    filters: { product_id: (row) => row.product_ids },
    sorters: fields('created_at', 'label', 'success_url', 'allow_discount_codes'),
    toWire: (row) => checkoutLinkToWire(world, row),
  });

  routes.get('/', list);

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    const single = body.product_id ?? prices.get(body.product_price_id)?.product_id ?? '';
    const link = checkoutLinks.insert({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      organization_id: organization.id,
      client_secret: token(world.random, 'polar_cl_'),
      label: body.label ?? null,
      product_ids: check(organization.id, body.products ?? [single], body.discount_id),
      success_url: body.success_url ?? null,
      return_url: body.return_url ?? null,
      allow_discount_codes: body.allow_discount_codes,
      require_billing_address: body.require_billing_address,
      discount_id: body.discount_id ?? null,
      seats: body.seats ?? null,
      trial_interval: body.trial_interval ?? null,
      trial_interval_count: body.trial_interval_count ?? null,
      metadata: body.metadata,
      deleted_at: null,
    });
    world.changed();
    return context.json(checkoutLinkToWire(world, link), 201);
  });

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const link = find(context);
    const {
      products: ids,
      allow_discount_codes,
      require_billing_address,
      metadata,
      ...plain
    } = await readBody(context, updateBody);
    link.product_ids = check(link.organization_id, ids ?? link.product_ids, plain.discount_id);
    for (const [field, value] of Object.entries(plain)) {
      if (value !== undefined) Object.assign(link, { [field]: value });
    }
    link.allow_discount_codes = allow_discount_codes ?? link.allow_discount_codes;
    link.require_billing_address = require_billing_address ?? link.require_billing_address;
    link.metadata = metadata ?? link.metadata;
    world.touch(link);
    return context.json(checkoutLinkToWire(world, link));
  });

  routes.delete('/:id', (context) => {
    const link = find(context);
    link.deleted_at = world.stamp();
    world.touch(link);
    return context.body(null, 204);
  });

  return routes;
}

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

/** One at a time, so that a bad one does not keep the others out. */
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

/** What does not fit is left out: a visitor can mend nothing in a link. */
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
