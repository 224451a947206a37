/** `/v1/discounts` (facts §11). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid, problem } from '../http/errors.ts';
import { currencyField, metadataField, readBody, timeField, uuidField } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import type { DiscountRow } from '../state.ts';
import { discountToWire } from '../wire/product.ts';
import type { World } from '../world.ts';

const code = z
  .string()
  .regex(/^[a-z0-9]+$/i, 'Code must be alphanumeric.')
  .min(3)
  .max(256);
const months = z.number().int().min(1).max(999);
const amount = z.number().int().min(0).max(999_999_999_999);
const redemptions = z.number().int().min(1).max(2_147_483_647);

const windowFields = {
  code: code.nullish(),
  starts_at: timeField.nullish(),
  ends_at: timeField.nullish(),
  max_redemptions: redemptions.nullish(),
  max_redemptions_per_customer: redemptions.nullish(),
  products: z.array(uuidField).nullish(),
};

const createBody = z
  .object({
    ...windowFields,
    name: z.string().min(1),
    type: z.enum(['fixed', 'percentage']).optional(),
    duration: z.enum(['once', 'forever', 'repeating']),
    duration_in_months: months.nullish(),
    amount: amount.nullish(),
    currency: currencyField.nullish(),
    amounts: z.record(currencyField, amount).nullish(),
    basis_points: z.number().int().min(1).max(10_000).optional(),
    metadata: metadataField.default({}),
  })
  .refine((body) => body.duration !== 'repeating' || body.duration_in_months, {
    path: ['duration_in_months'],
    error: 'Field required',
  })
  .refine((body) => body.basis_points !== undefined || body.amount != null || body.amounts != null, {
    path: ['basis_points'],
    error: 'Field required',
  });

const updateBody = z.object({
  ...windowFields,
  name: z.string().min(1).nullish(),
  type: z.string().nullish(),
  duration: z.string().nullish(),
  amount: amount.nullish(),
  currency: currencyField.nullish(),
  amounts: z.record(currencyField, amount).nullish(),
  basis_points: z.number().int().min(1).max(10_000).nullish(),
  metadata: metadataField.optional(),
});

export function discountRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { discounts, products } = world.tables;

  const used = (discount: DiscountRow): number => world.tables.redemptions.by('discount', discount.id).length;

  function checkReferences(
    organizationId: string,
    body: { code?: string | null | undefined; products?: string[] | null | undefined },
    self?: DiscountRow,
  ): void {
    const same = body.code
      ? discounts.by('code', `${organizationId} ${body.code.toLowerCase()}`)[0]
      : undefined;
    if (same && same !== self) {
      throw invalid(['body', 'code'], 'Discount with this code already exists.', body.code);
    }
    body.products?.forEach((id, index) => {
      if (!products.getIn('organization', organizationId, id)) {
        throw invalid(['body', 'products', index], 'Product not found.', id);
      }
    });
  }

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: discounts,
    isThere: (row) => !row.deleted_at,
    search: (row) => [row.name, row.code],
    sorters: { ...fields('created_at', 'name', 'code', 'ends_at'), redemptions_count: used },
    toWire: (row) => discountToWire(world, row),
  });

  routes.get('/', list);

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    checkReferences(organization.id, body);
    const currency = body.currency ?? organization.default_presentment_currency;
    const discount: DiscountRow = discounts.insert({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      organization_id: organization.id,
      name: body.name,
      code: body.code ?? null,
      type: body.type ?? (body.basis_points === undefined ? 'fixed' : 'percentage'),
      duration: body.duration,
      duration_in_months: body.duration_in_months ?? null,
      amounts: body.amounts ?? (body.amount == null ? {} : { [currency]: body.amount }),
      basis_points: body.basis_points ?? 0,
      starts_at: body.starts_at ?? null,
      ends_at: body.ends_at ?? null,
      max_redemptions: body.max_redemptions ?? null,
      max_redemptions_per_customer: body.max_redemptions_per_customer ?? null,
      product_ids: body.products ?? [],
      metadata: body.metadata,
      deleted_at: null,
    });
    const wire = discountToWire(world, discount);
    world.emit(organization.id, 'discount.created', wire);
    return context.json(wire, 201);
  });

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const discount = find(context);
    const body = await readBody(context, updateBody);
    if (body.type && body.type !== discount.type) {
      throw invalid(['body', 'type'], 'Discount type cannot be changed.', body.type);
    }
    if (body.duration && body.duration !== discount.duration) {
      throw invalid(['body', 'duration'], 'Discount duration cannot be changed.', body.duration);
    }
    const amounts = body.amounts ?? (body.amount == null ? null : { [body.currency ?? 'usd']: body.amount });
    if ((amounts || body.basis_points) && used(discount) > 0) {
      throw problem(403, 'NotPermitted', 'The amount of a redeemed discount cannot be changed.');
    }
    checkReferences(discount.organization_id, body, discount);
    discount.name = body.name ?? discount.name;
    if (body.code !== undefined) discount.code = body.code;
    if (body.starts_at !== undefined) discount.starts_at = body.starts_at;
    if (body.ends_at !== undefined) discount.ends_at = body.ends_at;
    if (body.max_redemptions !== undefined) discount.max_redemptions = body.max_redemptions;
    if (body.max_redemptions_per_customer !== undefined) {
      discount.max_redemptions_per_customer = body.max_redemptions_per_customer;
    }
    if (body.products != null) discount.product_ids = body.products;
    discount.amounts = amounts ?? discount.amounts;
    discount.basis_points = body.basis_points ?? discount.basis_points;
    discount.metadata = body.metadata ?? discount.metadata;
    world.touch(discount);
    discounts.reindex(discount);
    const wire = discountToWire(world, discount);
    world.emit(discount.organization_id, 'discount.updated', wire);
    return context.json(wire);
  });

  /** Subscriptions that have the discount keep it. */
  routes.delete('/:id', (context) => {
    const discount = find(context);
    discount.deleted_at = world.stamp();
    world.emit(discount.organization_id, 'discount.deleted', discountToWire(world, discount));
    world.touch(discount);
    discounts.reindex(discount);
    return context.body(null, 204);
  });

  return routes;
}
