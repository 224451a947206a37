/** A licence key is validated, activated and deactivated, with or without credentials (facts §7). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { type PolarProblem, notFound, problem } from '../http/errors.ts';
import { readBody, uuidField } from '../http/input.ts';
import type { LicenseKeyRow } from '../state.ts';
import { licenseKeyToWire } from '../wire/grant.ts';
import type { World } from '../world.ts';

const values = z
  .record(z.string().min(1).max(40), z.union([z.string().min(1).max(500), z.number(), z.boolean()]))
  .refine((record) => Object.keys(record).length <= 50, 'Dictionary should have at most 50 items');

const validateBody = z.object({
  key: z.string(),
  organization_id: uuidField,
  activation_id: uuidField.nullish(),
  benefit_id: uuidField.nullish(),
  customer_id: uuidField.nullish(),
  increment_usage: z.number().int().min(0).nullish(),
  conditions: values.default({}),
});

const activateBody = z.object({
  key: z.string(),
  organization_id: uuidField,
  label: z.string(),
  conditions: values.default({}),
  meta: values.default({}),
});

const deactivateBody = z.object({ key: z.string(), organization_id: uuidField, activation_id: uuidField });

export function licenseKeyUseRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();

  const find = (organizationId: string, key: string): LicenseKeyRow => {
    const row = world.tables.licenseKeys.by('key', `${organizationId} ${key}`)[0];
    if (!row) throw notFound();
    return row;
  };

  const isExpired = (row: LicenseKeyRow): boolean =>
    row.expires_at !== null && Date.parse(row.expires_at) <= world.now();

  routes.post('/validate', async (context) => {
    const body = await readBody(context, validateBody);
    const row = find(body.organization_id, body.key);
    if (row.status !== 'granted') throw notFound('License key is no longer active.');
    if (isExpired(row)) throw notFound('License key has expired.');
    const activation = row.activations.find((each) => each.id === body.activation_id);
    if (body.activation_id && !activation) throw notFound();
    const conditions = activation ? (row.activation_conditions[activation.id] ?? {}) : {};
    if (Object.keys(conditions).length > 0 && !isSame(conditions, body.conditions)) {
      throw notFound('License key does not match required conditions');
    }
    if (body.benefit_id && body.benefit_id !== row.benefit_id) {
      throw notFound('License key does not match given benefit.');
    }
    if (body.customer_id && body.customer_id !== row.customer_id) {
      throw notFound('License key does not match given user.');
    }
    const more = body.increment_usage ?? 0;
    if (row.limit_usage !== null && more > row.limit_usage - row.usage) {
      throw problem(400, 'BadRequest', `License key only has ${row.limit_usage - row.usage} more usages.`);
    }
    row.usage += more;
    row.validations += 1;
    row.last_validated_at = world.stamp();
    world.touch(row);
    return context.json({ ...licenseKeyToWire(world, row), activation: activation ?? null });
  });

  routes.post('/activate', async (context) => {
    const body = await readBody(context, activateBody);
    const row = find(body.organization_id, body.key);
    if (row.status !== 'granted') throw refuse('License key is no longer active.');
    if (isExpired(row)) throw refuse('License key has expired.');
    if (row.limit_activations === null) {
      throw refuse('This license key does not support activations. Use the /validate endpoint instead.');
    }
    if (row.activations.length >= row.limit_activations) {
      throw refuse('License key activation limit already reached.');
    }
    const activation = {
      id: world.id(),
      license_key_id: row.id,
      label: body.label,
      meta: body.meta,
      created_at: world.stamp(),
      modified_at: null,
    };
    row.activations.push(activation);
    row.activation_conditions[activation.id] = body.conditions;
    world.changed();
    return context.json({ ...activation, license_key: licenseKeyToWire(world, row) });
  });

  routes.post('/deactivate', async (context) => {
    const body = await readBody(context, deactivateBody);
    const row = find(body.organization_id, body.key);
    const index = row.activations.findIndex((each) => each.id === body.activation_id);
    if (index < 0) throw notFound();
    row.activations.splice(index, 1);
    delete row.activation_conditions[body.activation_id];
    world.changed();
    return context.body(null, 204);
  });

  return routes;
}

const refuse = (detail: string): PolarProblem => problem(403, 'NotPermitted', detail);

function isSame(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
