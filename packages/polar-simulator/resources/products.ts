/** `/v1/products` (facts §1.12, §11). */

import type { Hono } from 'hono';
import type * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid } from '../http/errors.ts';
import { readBody } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { resyncProduct } from '../life/grants.ts';
import { findUploaded } from '../life/storage.ts';
import type { AttachedField, ProductRow } from '../state.ts';
import { pricesOf, productToWire } from '../wire/product.ts';
import type { World } from '../world.ts';
import { createPrices } from './prices.ts';
import {
  type attachedFields,
  benefitsBody,
  checkMeterInterval,
  checkTrial,
  createBody,
  updateBody,
} from './product-input.ts';

export function productRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { products, prices, benefits, customFields } = world.tables;

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: products,
    filters: {
      ...fields('id', 'organization_id', 'visibility', 'is_archived', 'is_recurring'),
      benefit_id: (row) => row.benefit_ids,
    },
    search: (row) => [row.name],
    metadata: (row) => row.metadata,
    sorters: {
      ...fields('created_at', 'name'),
      price_amount_type: (row) => pricesOf(world, row)[0]?.amount_type,
      price_amount(row) {
        const price = pricesOf(world, row)[0];
        return price?.amount_type === 'fixed' ? price.price_amount : null;
      },
    },
    toWire: (row) => productToWire(world, row),
  });

  routes.get('/', list);

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    checkTrial(body.trial_interval, body.trial_interval_count, body.recurring_interval != null);
    checkMeterInterval(body);
    const id = world.id();
    const rows = createPrices(world, organization, {
      productId: id,
      isRecurring: body.recurring_interval != null,
      prices: body.prices,
      loc: ['body', 'prices'],
    });
    const product: ProductRow = products.insert({
      id,
      created_at: world.stamp(),
      modified_at: null,
      trial_interval: body.trial_interval ?? null,
      trial_interval_count: body.trial_interval_count ?? null,
      name: body.name,
      description: body.description?.trim() || null,
      visibility: body.visibility,
      recurring_interval: body.recurring_interval ?? null,
      recurring_interval_count: body.recurring_interval ? (body.recurring_interval_count ?? 1) : null,
      meter_interval: body.meter_interval ?? null,
      meter_interval_count: body.meter_interval_count ?? null,
      is_recurring: body.recurring_interval != null,
      is_archived: false,
      organization_id: organization.id,
      metadata: body.metadata,
      benefit_ids: [],
      price_ids: rows.map((price) => price.id),
      media_ids: checkMedias(organization.id, body.medias ?? []),
      attached_fields: checkFields(organization.id, body.attached_custom_fields),
    });
    const wire = productToWire(world, product);
    world.emit(organization.id, 'product.created', wire);
    return context.json(wire, 201);
  });

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const { organization } = context.var;
    const product = find(context);
    const body = await readBody(context, updateBody);
    if (body.recurring_interval != null && body.recurring_interval !== product.recurring_interval) {
      throw invalid(
        ['body', 'recurring_interval'],
        'Recurring interval cannot be changed after creation.',
        body.recurring_interval,
      );
    }
    if (body.prices) replacePrices(product, body.prices, organization);
    product.name = body.name ?? product.name;
    if (body.description !== undefined) product.description = body.description?.trim() || null;
    product.visibility = body.visibility ?? product.visibility;
    product.is_archived = body.is_archived ?? product.is_archived;
    product.metadata = body.metadata ?? product.metadata;
    if (body.trial_interval !== undefined || body.trial_interval_count !== undefined) {
      checkTrial(body.trial_interval, body.trial_interval_count, product.is_recurring);
      product.trial_interval = body.trial_interval ?? null;
      product.trial_interval_count = body.trial_interval_count ?? null;
    }
    if (body.medias) product.media_ids = checkMedias(organization.id, body.medias);
    if (body.attached_custom_fields) {
      product.attached_fields = checkFields(organization.id, body.attached_custom_fields);
    }
    world.touch(product);
    const wire = productToWire(world, product);
    world.emit(organization.id, 'product.updated', wire);
    return context.json(wire);
  });

  function checkMedias(organizationId: string, ids: string[]): string[] {
    ids.forEach((id, index) => {
      if (!findUploaded(world, organizationId, 'product_media', id)) {
        throw invalid(['body', 'medias', index], 'File does not exist or is not yet uploaded.', id);
      }
    });
    return ids;
  }

  function checkFields(organizationId: string, list: z.output<typeof attachedFields>): AttachedField[] {
    return list.map(({ custom_field_id, required }, order) => {
      if (!customFields.getIn('organization', organizationId, custom_field_id)) {
        const loc = ['body', 'attached_custom_fields', order, 'custom_field_id'];
        throw invalid(loc, 'Custom field does not exist.', custom_field_id);
      }
      return { custom_field_id, order, required };
    });
  }

  /** Takes the full list of prices: `{id}` keeps one, a new object adds one, and every price that is missing is archived. */
  function replacePrices(
    product: ProductRow,
    list: z.output<typeof updateBody>['prices'] & object,
    organization: Parameters<typeof createPrices>[1],
  ): void {
    const kept = list.flatMap((item, index) => {
      if (!('id' in item)) return [];
      const price = prices.get(item.id);
      if (!price || !product.price_ids.includes(price.id)) {
        throw invalid(['body', 'prices', index, 'id'], 'Price does not exist.', item.id);
      }
      return [price];
    });
    const added = createPrices(world, organization, {
      productId: product.id,
      isRecurring: product.is_recurring,
      prices: list.flatMap((item) => ('id' in item ? [] : [item])),
      kept,
      loc: ['body', 'prices'],
    });
    for (const price of pricesOf(world, product)) {
      if (kept.includes(price)) continue;
      price.is_archived = true;
      world.touch(price);
    }
    product.price_ids = [...product.price_ids, ...added.map((price) => price.id)];
  }

  routes.post('/:id/benefits', async (context) => {
    const { organization } = context.var;
    const product = find(context);
    const body = await readBody(context, benefitsBody);
    body.benefits.forEach((id, index) => {
      const benefit = benefits.getIn('organization', organization.id, id);
      if (!benefit || benefit.is_deleted) {
        throw invalid(['body', 'benefits', index], 'Benefit does not exist.', id);
      }
    });
    const before = product.benefit_ids;
    product.benefit_ids = [...new Set(body.benefits)];
    world.touch(product);
    const wire = productToWire(world, product);
    world.emit(organization.id, 'product.updated', wire);
    const added = product.benefit_ids.filter((id) => !before.includes(id));
    const removed = before.filter((id) => !product.benefit_ids.includes(id));
    if (added.length + removed.length > 0) resyncProduct(world, product, { added, removed });
    return context.json(wire);
  });

  return routes;
}
