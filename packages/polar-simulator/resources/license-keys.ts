/** `/v1/license-keys` (facts §7). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { notFound } from '../http/errors.ts';
import { pathId, readBody, timeField } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { revokeGrant, scopeOf } from '../life/grants.ts';
import { licenseKeyToWire } from '../wire/grant.ts';
import type { World } from '../world.ts';
import { licenseKeyUseRoutes } from './license-key-use.ts';

const updateBody = z.object({
  status: z.enum(['granted', 'revoked', 'disabled']).nullish(),
  usage: z.number().int().min(0).nullish(),
  limit_activations: z.number().int().positive().nullish(),
  limit_usage: z.number().int().positive().nullish(),
  expires_at: timeField.nullish(),
});

export function licenseKeyRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { licenseKeys, grants } = world.tables;
  routes.route('/', licenseKeyUseRoutes(world));

  const { list, find } = collection({
    ownedBy: theOrganization,
    table: licenseKeys,
    filters: fields('benefit_id', 'status'),
    sorters: fields('created_at'),
    toWire: (row) => licenseKeyToWire(world, row),
  });

  routes.get('/', list);

  routes.get('/:id', (context) => {
    const row = find(context);
    return context.json({ ...licenseKeyToWire(world, row), activations: row.activations });
  });

  routes.get('/:id/activations/:activation_id', (context) => {
    const row = find(context);
    const activation = row.activations.find((each) => each.id === pathId(context, 'activation_id'));
    if (!activation) throw notFound();
    return context.json({ ...activation, license_key: licenseKeyToWire(world, row) });
  });

  /** The status `revoked` also revokes the grant, and `granted` restores it; `disabled` only blocks the key. */
  routes.patch('/:id', async (context) => {
    const row = find(context);
    const body = await readBody(context, updateBody);
    row.usage = body.usage ?? row.usage;
    if (body.limit_activations !== undefined) row.limit_activations = body.limit_activations;
    if (body.limit_usage !== undefined) row.limit_usage = body.limit_usage;
    if (body.expires_at !== undefined) row.expires_at = body.expires_at;
    const before = row.status;
    row.status = body.status ?? row.status;
    world.touch(row);
    const grant = grants
      .by('benefit', row.benefit_id)
      .find((each) => each.properties['license_key_id'] === row.id);
    if (grant && before !== 'revoked' && row.status === 'revoked') revokeGrant(world, grant);
    if (grant && before === 'revoked' && row.status === 'granted') {
      world.schedule('benefit.grant', scopeOf(grant), { delayMs: world.delays.grant });
    }
    return context.json(licenseKeyToWire(world, row));
  });

  return routes;
}
