/** What the buyer holds: grants, licence keys, meters (facts §6, §7, §9). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { collection } from '../../http/collection.ts';
import { invalid, problem } from '../../http/errors.ts';
import { emailField, readBody } from '../../http/input.ts';
import { fields } from '../../http/selection.ts';
import { connectGrant } from '../../life/grants.ts';
import type { GrantRow } from '../../state.ts';
import { licenseKeyToWire } from '../../wire/grant.ts';
import { customerMeterBase } from '../../wire/meter.ts';
import { portalGrantToWire } from '../../wire/portal.ts';
import type { World } from '../../world.ts';
import { type PortalEnv, createPortalRouter, isMine, theCustomer } from './access.ts';
import { customerMeterSorters } from '../meters.ts';

const grantUpdate = z.object({
  benefit_type: z.string(),
  properties: z.object({ account_id: z.string().nullish(), invited_email: emailField.nullish() }).default({}),
});

export function portalGrantRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { grants, benefits, orders, subscriptions } = world.tables;

  const benefitOf = (row: GrantRow) => benefits.get(row.benefit_id);

  const { list, get, find } = collection({
    ownedBy: theCustomer,
    table: grants,
    /** Benefits that are not public are not shown. */
    isThere(row, context) {
      const benefit = benefitOf(row);
      return benefit?.visibility === 'public' && !benefit.is_deleted && isMine(context, row);
    },
    isListed: (row) => !row.is_revoked,
    filters: {
      ...fields('benefit_id', 'order_id', 'subscription_id', 'member_id'),
      type: (row) => benefitOf(row)?.type,
      checkout_id: (row) =>
        orders.get(row.order_id)?.checkout_id ?? subscriptions.get(row.subscription_id)?.checkout_id,
    },
    search: (row) => [benefitOf(row)?.description],
    sorters: {
      ...fields('granted_at'),
      type: (row) => benefitOf(row)?.type,
      product_benefit: (row) => row.benefit_id,
    },
    defaultSort: '-granted_at',
    toWire: (row) => portalGrantToWire(world, row),
  });

  routes.get('/', list);
  routes.get('/:id', get);

  /** The account that a grant waits for: the next step after this is `benefit_grant.updated`. */
  routes.patch('/:id', async (context) => {
    const grant = find(context);
    const body = await readBody(context, grantUpdate);
    const benefit = benefitOf(grant);
    if (benefit?.type !== body.benefit_type) {
      throw invalid(['body', 'benefit_type'], `Input should be '${benefit?.type}'`, body.benefit_type);
    }
    if (grant.is_revoked) throw problem(403, 'NotPermitted', 'This benefit was revoked.');
    const { account_id, invited_email } = body.properties;
    if (account_id) connectGrant(world, grant, { account_id, granted_account_id: account_id });
    if (invited_email) connectGrant(world, grant, { invited_email });
    return context.json(portalGrantToWire(world, grant));
  });

  return routes;
}

export function portalLicenseKeyRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();

  const { list, find } = collection({
    ownedBy: theCustomer,
    table: world.tables.licenseKeys,
    isThere: (row, context) => isMine(context, row),
    filters: fields('benefit_id'),
    sorters: fields('created_at'),
    toWire: (row) => licenseKeyToWire(world, row),
  });

  routes.get('/', list);

  routes.get('/:id', (context) => {
    const row = find(context);
    return context.json({ ...licenseKeyToWire(world, row), activations: row.activations });
  });

  return routes;
}

export function portalMeterRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { customerMeters, meters } = world.tables;

  const { list, get } = collection({
    ownedBy: theCustomer,
    table: customerMeters,
    filters: fields('meter_id'),
    search: (row) => [meters.get(row.meter_id)?.name],
    sorters: customerMeterSorters(world),
    defaultSort: '-modified_at',
    toWire(row) {
      const meter = meters.get(row.meter_id);
      if (!meter) throw new Error(`The customer meter ${row.id} has no meter.`);
      const { id, created_at, modified_at, name } = meter;
      return {
        ...customerMeterBase(row),
        customer_id: row.customer_id,
        meter: { id, created_at, modified_at, name },
      };
    },
  });

  routes.get('/', list);
  routes.get('/:id', get);

  return routes;
}
