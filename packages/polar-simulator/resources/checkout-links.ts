/** `/v1/checkout-links` (facts §3). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid } from '../http/errors.ts';
import { metadataField, readBody, urlField, uuidField } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { token } from '../random.ts';
import { checkoutLinkToWire } from '../wire/checkout-link.ts';
import type { World } from '../world.ts';

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
