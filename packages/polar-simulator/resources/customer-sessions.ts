/** `/v1/customer-sessions`: a token for one customer's portal (facts §6). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { invalid } from '../http/errors.ts';
import { readBody, urlField, uuidField } from '../http/input.ts';
import { findCustomer, ownerOf } from '../life/customers.ts';
import { openSession } from '../life/sessions.ts';
import { customerToWire } from '../wire/customer.ts';
import type { World } from '../world.ts';

const createBody = z
  .object({
    customer_id: uuidField.optional(),
    external_customer_id: z.string().optional(),
    customer_external_id: z.string().optional(),
    member_id: uuidField.nullish(),
    external_member_id: z.string().nullish(),
    return_url: urlField.nullish(),
  })
  .refine((body) => body.customer_id ?? body.external_customer_id ?? body.customer_external_id, {
    path: ['customer_id'],
    error: 'Field required',
  });

export function customerSessionRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    const external_customer_id = body.external_customer_id ?? body.customer_external_id;
    const named = { customer_id: body.customer_id, external_customer_id };
    const customer = findCustomer(world, organization.id, named);
    if (!customer) {
      const field = body.customer_id ? 'customer_id' : 'external_customer_id';
      throw invalid(['body', field], 'Customer does not exist.', named[field]);
    }
    const wanted = body.member_id ?? body.external_member_id;
    const members = world.tables.members.by('customer', customer.id);
    const member = wanted
      ? members.find((each) => each.id === wanted || each.external_id === wanted)
      : ownerOf(world, customer.id);
    if (wanted && !member) throw invalid(['body', 'member_id'], 'Member does not exist.', wanted);
    if (!wanted && customer.type === 'team') {
      throw invalid(['body', 'member_id'], 'member_id or external_member_id is required for team customers.');
    }
    const token = openSession(world, customer, {
      prefix: member ? 'polar_mst_' : 'polar_cst_',
      returnUrl: body.return_url ?? null,
      memberId: member?.id ?? null,
    });
    const session = world.tables.customerSessions.by('token', token)[0];
    if (!session) throw new Error('The session was not stored.');
    const portal = new URL(`${world.publicUrl}/${organization.slug}/portal`);
    portal.searchParams.set('customer_session_token', token);
    portal.searchParams.set('email', member?.email ?? customer.email ?? '');
    return context.json(
      {
        id: session.id,
        created_at: session.created_at,
        modified_at: null,
        token,
        expires_at: session.expires_at,
        return_url: session.return_url,
        customer_portal_url: portal.href,
        customer_id: customer.id,
        customer: customerToWire(customer),
      },
      201,
    );
  });

  return routes;
}
