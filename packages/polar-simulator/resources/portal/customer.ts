/** The portal's own customer: details, cards, session (facts §6). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { addressField, readBody, uuidField } from '../../http/input.ts';
import { announceCustomer } from '../../life/customers.ts';
import { readTaxId } from '../../life/tax-ids.ts';
import { portalCustomerToWire } from '../../wire/portal.ts';
import type { World } from '../../world.ts';
import { type PortalEnv, createPortalRouter, needBilling } from './access.ts';
import { portalPaymentMethodRoutes } from './payment-methods.ts';

const updateBody = z.object({
  billing_name: z.string().nullish(),
  billing_address: addressField.nullish(),
  tax_id: z.string().nullish(),
  default_payment_method_id: uuidField.nullish(),
});

export function portalCustomerRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();

  routes.get('/me', (context) => context.json(portalCustomerToWire(context.var.customer)));

  routes.patch('/me', async (context) => {
    needBilling(context);
    const { customer } = context.var;
    const body = await readBody(context, updateBody);
    if (body.tax_id !== undefined) {
      customer.tax_id = readTaxId(body.tax_id, body.billing_address ?? customer.billing_address);
    }
    if (body.billing_name !== undefined) customer.billing_name = body.billing_name;
    if (body.billing_address) customer.billing_address = body.billing_address;
    world.touch(customer);
    announceCustomer(world, customer.id, 'customer.updated');
    return context.json(portalCustomerToWire(customer));
  });

  routes.route('/me/payment-methods', portalPaymentMethodRoutes(world));

  return routes;
}

export function portalSessionRoutes(_world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();

  routes.get('/introspect', (context) => {
    const { expires_at, return_url } = context.var.session;
    return context.json({ expires_at, return_url });
  });

  routes.get('/user', (context) => {
    const { customer, member } = context.var;
    return context.json({
      type: member ? 'member' : 'customer',
      name: member?.name ?? customer.name,
      email: member?.email ?? customer.email ?? '',
      customer_id: customer.id,
      member_id: member?.id ?? null,
      role: member?.role ?? null,
    });
  });

  return routes;
}
