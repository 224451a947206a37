/** `/v1/benefits` and `/v1/benefit-grants` (facts §1.12, §11). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid, problem } from '../http/errors.ts';
import { readBody } from '../http/input.ts';
import { type List, answerList } from '../http/lists.ts';
import { fields } from '../http/selection.ts';
import { scopeOf } from '../life/grants.ts';
import { findUploaded } from '../life/storage.ts';
import type { BenefitRow, GrantRow } from '../state.ts';
import { fileToWire } from '../wire/file.ts';
import { grantToWire } from '../wire/grant.ts';
import type { World } from '../world.ts';
import { createBody, propertiesOf, updateBody } from './benefit-input.ts';

export function benefitRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { benefits, grants, meters, files } = world.tables;

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: benefits,
    isThere: (row) => !row.is_deleted,
    isListed: (row, query) => !query.getAll('exclude_id').includes(row.id),
    filters: fields('id', 'type'),
    search: (row) => [row.description],
    metadata: (row) => row.metadata,
    sorters: { ...fields('created_at', 'description', 'type'), user_order: (row) => row.created_at },
    toWire: (row) => row,
  });

  function checkFiles(organizationId: string, properties: object): void {
    if (!('files' in properties) || !Array.isArray(properties.files)) return;
    properties.files.forEach((id: unknown, index) => {
      if (!findUploaded(world, organizationId, 'downloadable', String(id))) {
        throw invalid(['body', 'properties', 'files', index], 'File does not exist.', id);
      }
    });
  }

  routes.get('/', list);

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    if ('meter_id' in body.properties) {
      const { meter_id } = body.properties;
      if (!meters.getIn('organization', organization.id, meter_id)) {
        throw invalid(['body', 'properties', 'meter_id'], 'Meter does not exist.', meter_id);
      }
    }
    checkFiles(organization.id, body.properties);
    const benefit = {
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      type: body.type,
      description: body.description,
      selectable: true,
      deletable: true,
      is_deleted: false,
      organization_id: organization.id,
      metadata: body.metadata,
      visibility: body.visibility ?? (body.type === 'feature_flag' ? 'private' : 'public'),
      visibility_configurable: true,
      // The guild behind a token is only known to Discord; any steady id will do.
      properties:
        body.type === 'discord' ? { ...body.properties, guild_id: '1000000000000000001' } : body.properties,
    } as BenefitRow;
    benefits.insert(benefit);
    world.emit(organization.id, 'benefit.created', benefit);
    return context.json(benefit, 201);
  });

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const benefit = find(context);
    const body = await readBody(context, updateBody);
    if (body.type !== benefit.type) {
      throw invalid(['body', 'type'], `Input should be '${benefit.type}'`, body.type);
    }
    const before = JSON.stringify(materialOf(benefit));
    if (body.properties) {
      const merged = propertiesOf[benefit.type].safeParse({ ...benefit.properties, ...body.properties });
      if (!merged.success) {
        const issue = merged.error.issues[0];
        const path = issue?.path.map(String) ?? [];
        throw invalid(['body', 'properties', ...path], issue?.message ?? 'Invalid properties');
      }
      checkFiles(benefit.organization_id, merged.data);
      Object.assign(benefit.properties, merged.data);
    }
    benefit.description = body.description ?? benefit.description;
    benefit.visibility = body.visibility ?? benefit.visibility;
    benefit.metadata = body.metadata ?? benefit.metadata;
    world.touch(benefit);
    world.emit(benefit.organization_id, 'benefit.updated', benefit);
    if (before !== JSON.stringify(materialOf(benefit))) {
      for (const grant of grants.by('benefit', benefit.id)) {
        if (grant.is_granted) {
          world.schedule('benefit.update', { grant_id: grant.id }, { delayMs: world.delays.grant });
        }
      }
    }
    return context.json(benefit);
  });

  /** Polar has no event `benefit.deleted`; it sends `benefit.updated` with `is_deleted`. */
  routes.delete('/:id', (context) => {
    const benefit = find(context);
    if (!benefit.deletable) throw problem(403, 'NotPermitted', 'Not permitted');
    benefit.is_deleted = true;
    world.touch(benefit);
    world.emit(benefit.organization_id, 'benefit.updated', benefit);
    for (const grant of grants.by('benefit', benefit.id)) {
      if (grant.is_revoked) continue;
      world.schedule('benefit.revoke', scopeOf(grant), { delayMs: world.delays.grant });
    }
    return context.body(null, 204);
  });

  routes.get('/:id/grants', (context) =>
    answerList(context, grants.by('benefit', find(context).id), grantList(world)),
  );

  routes.get('/:id/files', (context) => {
    const benefit = find(context);
    const ids = benefit.type === 'downloadables' ? benefit.properties.files : [];
    const rows = ids.flatMap((id) => files.get(id) ?? []);
    return answerList(context, rows, {
      sorters: fields('created_at'),
      defaultSort: 'created_at',
      toWire(row) {
        const entries = world.tables.downloadables.by('file', row.id).filter((each) => each.downloads > 0);
        return {
          ...fileToWire(world, row),
          downloaders: new Set(entries.map((each) => each.member_id ?? each.customer_id)).size,
          downloads: entries.reduce((sum, each) => sum + each.downloads, 0),
        };
      },
    });
  });

  return routes;
}

export function benefitGrantRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { list } = collection({
    ownedBy: theOrganization,
    table: world.tables.grants,
    ...grantList(world),
  });
  routes.get('/', list);
  return routes;
}

const grantList = (world: World): List<GrantRow> => ({
  filters: {
    ...fields('customer_id', 'member_id', 'is_granted'),
    external_customer_id: (row) => world.tables.customers.get(row.customer_id)?.external_id,
  },
  sorters: fields('created_at', 'granted_at', 'revoked_at'),
  toWire: (row) => grantToWire(world, row),
});

/** The part of a benefit whose change reaches those who hold it; null for types of which nothing does (facts §1.12). */
function materialOf(benefit: BenefitRow): unknown {
  if (benefit.type === 'license_keys') {
    const { expires, activations, limit_usage } = benefit.properties;
    return [expires, activations, limit_usage];
  }
  if (benefit.type !== 'downloadables') return null;
  const { files, archived } = benefit.properties;
  return files.filter((id) => !archived[id]).toSorted();
}
