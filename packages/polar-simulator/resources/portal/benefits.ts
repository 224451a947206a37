/** What the buyer holds: grants, licence keys, downloads, meters (facts §6–§9). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../../http/app.ts';
import { invalid, notFound, problem } from '../../http/errors.ts';
import { emailField, pathId, queryOf, readBody } from '../../http/input.ts';
import { listPage, matches, matchesText } from '../../http/lists.ts';
import { connectGrant } from '../../life/grants.ts';
import { createDownload } from '../../life/storage.ts';
import type { CustomerMeterRow, GrantRow, LicenseKeyRow } from '../../state.ts';
import { fileBaseToWire } from '../../wire/file.ts';
import { licenseKeyToWire } from '../../wire/grant.ts';
import { customerMeterBase } from '../../wire/meter.ts';
import { portalGrantToWire } from '../../wire/portal.ts';
import type { World } from '../../world.ts';
import { type PortalContext, type PortalEnv, createPortalRouter, isMine } from './access.ts';
import { customerMeterSorters } from '../meters.ts';

const grantUpdate = z.object({
  benefit_type: z.string(),
  properties: z.object({ account_id: z.string().nullish(), invited_email: emailField.nullish() }).default({}),
});

export function portalGrantRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { grants, benefits, orders, subscriptions } = world.tables;

  /** Benefits that are not public are not shown. */
  const isShown = (context: PortalContext, row: GrantRow): boolean => {
    const benefit = benefits.get(row.benefit_id);
    return benefit?.visibility === 'public' && !benefit.is_deleted && isMine(context, row);
  };

  const find = (context: PortalContext): GrantRow => {
    const grant = grants.get(pathId(context));
    if (grant?.customer_id !== context.var.customer.id || !isShown(context, grant)) throw notFound();
    return grant;
  };

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = grants.by('customer', context.var.customer.id).filter((row) => {
      const benefit = benefits.get(row.benefit_id);
      const checkoutId =
        orders.get(row.order_id)?.checkout_id ?? subscriptions.get(row.subscription_id)?.checkout_id;
      return (
        isShown(context, row) &&
        !row.is_revoked &&
        matches(query, 'type', benefit?.type) &&
        matches(query, 'benefit_id', row.benefit_id) &&
        matches(query, 'order_id', row.order_id) &&
        matches(query, 'subscription_id', row.subscription_id) &&
        matches(query, 'checkout_id', checkoutId) &&
        matches(query, 'member_id', row.member_id) &&
        matchesText(query, benefit?.description)
      );
    });
    return context.json(
      listPage({
        rows,
        query,
        sorters: {
          granted_at: (row) => row.granted_at,
          type: (row) => benefits.get(row.benefit_id)?.type,
          product_benefit: (row) => row.benefit_id,
        },
        defaultSort: '-granted_at',
        toWire: (row) => portalGrantToWire(world, row),
      }),
    );
  });

  routes.get('/:id', (context) => context.json(portalGrantToWire(world, find(context))));

  /** The account that a grant waits for: the next step after this is `benefit_grant.updated`. */
  routes.patch('/:id', async (context) => {
    const grant = find(context);
    const body = await readBody(context, grantUpdate);
    const benefit = benefits.get(grant.benefit_id);
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
  const { licenseKeys } = world.tables;
  const isOwn = (context: PortalContext, row: LicenseKeyRow): boolean =>
    row.customer_id === context.var.customer.id && isMine(context, { member_id: row.member_id ?? null });

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = licenseKeys
      .by('customer', context.var.customer.id)
      .filter((row) => isOwn(context, row) && matches(query, 'benefit_id', row.benefit_id));
    return context.json(
      listPage({
        rows,
        query,
        sorters: { created_at: (row) => row.created_at },
        defaultSort: '-created_at',
        toWire: (row) => licenseKeyToWire(world, row),
      }),
    );
  });

  routes.get('/:id', (context) => {
    const row = licenseKeys.get(pathId(context));
    if (!row || !isOwn(context, row)) throw notFound();
    return context.json({ ...licenseKeyToWire(world, row), activations: row.activations });
  });

  return routes;
}

export function portalDownloadableRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { grants, files } = world.tables;

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = grants
      .by('customer', context.var.customer.id)
      .filter(
        (grant) =>
          grant.is_granted && isMine(context, grant) && matches(query, 'benefit_id', grant.benefit_id),
      )
      .flatMap((grant) => {
        const ids = Array.isArray(grant.properties['files']) ? grant.properties['files'] : [];
        return ids.flatMap((id) => {
          const file = files.get(String(id));
          return file && !file.deleted_at ? [{ grant, file }] : [];
        });
      });
    return context.json(
      listPage({
        rows,
        query,
        sorters: { created_at: ({ file }) => file.created_at },
        defaultSort: '-created_at',
        toWire({ grant, file }) {
          const { id, expires_at } = createDownload(world, file, context.var.customer.id);
          const url = `${world.publicUrl}/v1/customer-portal/downloadables/${id}`;
          return {
            id: file.id,
            benefit_id: grant.benefit_id,
            file: { ...fileBaseToWire(file), download: { url, headers: {}, expires_at } },
          };
        },
      }),
    );
  });

  return routes;
}

/** The link itself needs no credentials, and is not checked again after a revocation. */
export function downloadRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  routes.get('/:token', (context) => {
    const download = world.tables.downloads.get(context.req.param('token'));
    const file = world.tables.files.get(download?.file_id);
    if (!download || !file) throw notFound();
    if (Date.parse(download.expires_at) <= world.now()) {
      throw problem(410, 'ResourceUnavailable', 'This download link has expired.');
    }
    download.downloads += 1;
    world.changed();
    return context.redirect(`${world.publicUrl}/_storage/${file.path}?signature=${download.id}`, 302);
  });
  return routes;
}

export function portalMeterRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { customerMeters, meters } = world.tables;

  const toWire = (row: CustomerMeterRow) => {
    const meter = meters.get(row.meter_id);
    if (!meter) throw new Error(`The customer meter ${row.id} has no meter.`);
    const { id, created_at, modified_at, name } = meter;
    return {
      ...customerMeterBase(row),
      customer_id: row.customer_id,
      meter: { id, created_at, modified_at, name },
    };
  };

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = customerMeters
      .by('customer', context.var.customer.id)
      .filter(
        (row) =>
          matches(query, 'meter_id', row.meter_id) && matchesText(query, meters.get(row.meter_id)?.name),
      );
    return context.json(
      listPage({
        rows,
        query,
        sorters: customerMeterSorters(world),
        defaultSort: '-modified_at',
        toWire,
      }),
    );
  });

  routes.get('/:id', (context) => {
    const row = customerMeters.get(pathId(context));
    if (row?.customer_id !== context.var.customer.id) throw notFound();
    return context.json(toWire(row));
  });

  return routes;
}
