import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { email, externalId, line, uuid } from '../../http/shapes.ts';
import { nameCustomer, unnameCustomer } from './name-customer.ts';
import { prepareCustomer } from './prepare-customer.ts';

const MAX_NAME = 256;

const ofMapping = {
  auth: ['secret'],
  scope: 'customers:write',
  params: z.object({ id: uuid(), external_id: externalId() }),
} as const;

export const putExternalId = defineRoute({
  ...ofMapping,
  method: 'put',
  path: '/v1/customers/:id/external-ids/:external_id',
});

export const deleteExternalId = defineRoute({
  ...ofMapping,
  method: 'delete',
  path: '/v1/customers/:id/external-ids/:external_id',
});

export const postCustomer = defineRoute({
  method: 'post',
  path: '/v1/customers',
  auth: ['secret'],
  scope: 'customers:write',
  idempotent: true,
  body: z.strictObject({
    external_id: externalId(),
    email: z.optional(z.nullable(email())),
    name: z.optional(z.nullable(line(MAX_NAME))),
  }),
});

export function mountExternalIds(app: App): void {
  mount(app, putExternalId, async (c, { caller, params }) => {
    const named = { customerId: params.id, externalId: params.external_id };
    await nameCustomer(c.get('services'), caller.app, named, doerOf(c, caller));
    return c.body(null, 204);
  });
  mount(app, deleteExternalId, async (c, { caller, params }) => {
    const named = { customerId: params.id, externalId: params.external_id };
    await unnameCustomer(c.get('services'), caller.app, named, doerOf(c, caller));
    return c.body(null, 204);
  });
  mount(app, postCustomer, async (c, { caller, body, rawBody }) => {
    const { external_id: named, email: address = null, name = null } = body;
    const answer = await prepareCustomer(
      c.get('services'),
      caller.app,
      { externalId: named, email: address, name },
      { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) },
    );
    return c.json(answer.body, 201);
  });
}
