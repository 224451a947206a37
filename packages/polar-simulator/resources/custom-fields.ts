/** `/v1/custom-fields`: questions that a product can ask at checkout. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid } from '../http/errors.ts';
import { metadataField, readBody } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import type { CustomFieldRow } from '../state.ts';
import type { World } from '../world.ts';

const words = z.string().min(1).optional();
const whole = z.number().int().optional();
const form = { form_label: words, form_help_text: words, form_placeholder: words };
const options = z.array(z.object({ value: z.string().min(1), label: z.string().min(1) })).min(1);

const propertiesOf = {
  text: z.object({ ...form, textarea: z.boolean().optional(), min_length: whole, max_length: whole }),
  number: z.object({ ...form, ge: whole, le: whole }),
  date: z.object({ ...form, ge: whole, le: whole }),
  checkbox: z.object(form),
  select: z.object({ ...form, options }),
} as const;

const type = z.enum(['text', 'number', 'date', 'checkbox', 'select']);
const slug = z.string().regex(/^[a-z0-9-_]+$/, 'Slug may only contain a-z, 0-9, - and _.');
const properties = z.record(z.string(), z.unknown());

const createBody = z.object({
  type,
  slug,
  name: z.string().min(1),
  metadata: metadataField.default({}),
  properties: properties.default({}),
});

const updateBody = z.object({
  type,
  slug: slug.nullish(),
  name: z.string().min(1).nullish(),
  metadata: metadataField.optional(),
  properties: properties.nullish(),
});

export function customFieldRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { customFields } = world.tables;

  function checkSlug(organizationId: string, wanted: string, self?: CustomFieldRow): void {
    const same = customFields.by('slug', `${organizationId} ${wanted}`)[0];
    if (same && same !== self) {
      throw invalid(['body', 'slug'], 'Custom field with this slug already exists.', wanted);
    }
  }

  function checkProperties(kind: CustomFieldRow['type'], given: Record<string, unknown>) {
    const result = propertiesOf[kind].safeParse(given);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw invalid(['body', kind, 'properties', ...(issue?.path.map(String) ?? [])], issue?.message ?? '');
  }

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: customFields,
    filters: fields('type'),
    search: (row) => [row.name, row.slug],
    sorters: fields('created_at', 'slug', 'name', 'type'),
    defaultSort: 'slug',
    toWire: (row) => row,
  });

  routes.get('/', list);

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    checkSlug(organization.id, body.slug);
    const field = customFields.insert({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      organization_id: organization.id,
      type: body.type,
      slug: body.slug,
      name: body.name,
      metadata: body.metadata,
      properties: checkProperties(body.type, body.properties),
    });
    world.changed();
    return context.json(field, 201);
  });

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const field = find(context);
    const body = await readBody(context, updateBody);
    if (body.type !== field.type) {
      throw invalid(['body', 'type'], 'The type of a custom field cannot be changed.', body.type);
    }
    if (body.slug) checkSlug(field.organization_id, body.slug, field);
    if (body.properties) field.properties = checkProperties(field.type, body.properties);
    field.slug = body.slug ?? field.slug;
    field.name = body.name ?? field.name;
    field.metadata = body.metadata ?? field.metadata;
    world.touch(field);
    customFields.reindex(field);
    return context.json(field);
  });

  routes.delete('/:id', (context) => {
    const field = find(context);
    customFields.delete(field.id);
    world.changed();
    return context.body(null, 204);
  });

  return routes;
}
