/** `/v1/customers`, by id and by external id, with state and members (facts §1.11, §4.4, §5). */

import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { type ApiContext, type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid, notFound } from '../http/errors.ts';
import { addressField, emailField, metadataField, queryOf, readBody } from '../http/input.ts';
import { answerList } from '../http/lists.ts';
import { fields } from '../http/selection.ts';
import {
  announceCustomer,
  createCustomer,
  deleteCustomer,
  findByEmail,
  findByExternalId,
  ownerOf,
} from '../life/customers.ts';
import { readTaxId } from '../life/tax-ids.ts';
import type { CustomerRow } from '../state.ts';
import { customerStateToWire, customerToWire } from '../wire/customer.ts';
import type { World } from '../world.ts';
import { exportCustomers } from './exports.ts';
import { customerMemberRoutes } from './members.ts';

const bodyFields = {
  metadata: metadataField.optional(),
  name: z.string().max(256).nullish(),
  billing_address: addressField.nullish(),
  tax_id: z.string().nullish(),
  locale: z.string().nullish(),
};

const owner = z.object({
  email: emailField.nullish(),
  name: z.string().nullish(),
  external_id: z.string().nullish(),
});

const createBody = z
  .object({
    ...bodyFields,
    type: z.enum(['individual', 'team']).default('individual'),
    email: emailField.nullish(),
    external_id: z.string().min(1).nullish(),
    owner: owner.nullish(),
  })
  .refine((body) => body.type === 'team' || body.email, { path: ['email'], error: 'Field required' });

const updateBody = z.object({
  ...bodyFields,
  email: emailField.nullish(),
  external_id: z.string().nullish(),
  type: z.enum(['individual', 'team']).nullish(),
});

export function customerRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { customers } = world.tables;

  const { list, find: byId } = collection({
    ownedBy: theOrganization,
    table: customers,
    isThere: (row) => !row.deleted_at,
    isListed(row, query) {
      const email = query.get('email')?.toLowerCase();
      return email === undefined || row.email?.toLowerCase() === email;
    },
    search: (row) => [row.email, row.name, row.external_id],
    metadata: (row) => row.metadata,
    sorters: fields('created_at', 'email', 'name'),
    toWire: customerToWire,
  });

  const byExternalId = (context: ApiContext): CustomerRow => {
    const externalId = context.req.param('external_id') ?? '';
    const customer = findByExternalId(world, context.var.organization.id, externalId);
    if (!customer) throw notFound();
    return customer;
  };

  routes.get('/', list);

  routes.post('/', async (context) => {
    const { organization } = context.var;
    const body = await readBody(context, createBody);
    checkUnique(organization.id, body.email, body.external_id);
    const ownerEmail = body.owner?.email ?? body.email;
    const customer = createCustomer(world, {
      organizationId: organization.id,
      email: body.email ?? null,
      name: body.name ?? null,
      externalId: body.external_id ?? null,
      billingAddress: body.billing_address ?? null,
      taxId: readTaxId(body.tax_id ?? null, body.billing_address ?? null),
      locale: body.locale ?? null,
      metadata: body.metadata ?? {},
      type: body.type,
      owner: ownerEmail
        ? { email: ownerEmail, name: body.owner?.name ?? null, external_id: body.owner?.external_id ?? null }
        : null,
    });
    announceCustomer(world, customer.id, 'customer.created');
    return context.json(customerToWire(customer), 201);
  });

  routes.get('/export', (context) => exportCustomers(world, context.var.organization, queryOf(context)));

  function checkUnique(
    organizationId: string,
    email: string | null | undefined,
    externalId: string | null | undefined,
    self?: CustomerRow,
  ): void {
    const sameEmail = email ? findByEmail(world, organizationId, email) : undefined;
    if (sameEmail && sameEmail !== self) {
      throw invalid(['body', 'email'], 'A customer with this email address already exists.', email);
    }
    const sameId = externalId ? findByExternalId(world, organizationId, externalId) : undefined;
    if (sameId && sameId !== self) {
      throw invalid(['body', 'external_id'], 'A customer with this external ID already exists.', externalId);
    }
  }

  async function update(context: ApiContext, customer: CustomerRow): Promise<Response> {
    const body = await readBody(context, updateBody);
    if (body.external_id !== undefined && customer.external_id && body.external_id !== customer.external_id) {
      throw invalid(['body', 'external_id'], 'Customer external ID cannot be updated.', body.external_id);
    }
    if (body.type === 'individual' && customer.type === 'team') {
      throw invalid(['body', 'type'], 'A team customer cannot become an individual.', body.type);
    }
    checkUnique(customer.organization_id, body.email, body.external_id, customer);
    if (body.tax_id !== undefined) {
      customer.tax_id = readTaxId(body.tax_id, body.billing_address ?? customer.billing_address);
    }
    if (body.email && body.email !== customer.email) {
      customer.email = body.email;
      customer.email_verified = false;
      // An individual's only member follows the customer.
      const member = ownerOf(world, customer.id);
      if (member && customer.type === 'individual') member.email = body.email;
    }
    if (body.external_id) customer.external_id = body.external_id;
    if (body.name !== undefined) customer.name = body.name;
    if (body.billing_address) customer.billing_address = body.billing_address;
    if (body.locale !== undefined) customer.locale = body.locale;
    if (body.metadata) customer.metadata = body.metadata;
    if (body.type) customer.type = body.type;
    world.touch(customer);
    customers.reindex(customer);
    announceCustomer(world, customer.id, 'customer.updated');
    return context.json(customerToWire(customer));
  }

  function remove(context: ApiContext, customer: CustomerRow): Response {
    deleteCustomer(world, customer, queryOf(context).get('anonymize') === 'true');
    return context.body(null, 204);
  }

  for (const [path, find] of [
    ['/external/:external_id', byExternalId],
    ['/:id', byId],
  ] as const) {
    routes.get(path, (context) => context.json(customerToWire(find(context))));
    routes.patch(path, (context) => update(context, find(context)));
    routes.delete(path, (context) => remove(context, find(context)));
    routes.get(`${path}/state`, (context) => context.json(customerStateToWire(world, find(context))));
    routes.get(`${path}/payment-methods`, (context) => answerPaymentMethods(world, context, find(context)));
    routes.route(`${path}/members`, customerMemberRoutes(world, find));
  }

  return routes;
}

export function answerPaymentMethods(world: World, context: Context, customer: CustomerRow): Response {
  const sorters = fields('created_at');
  return answerList(context, paymentMethodsOf(world, customer), { sorters, toWire: (row) => row });
}

/** The card on file, if there is one. */
export function paymentMethodsOf(world: World, customer: CustomerRow) {
  if (!customer.card) return [];
  const { brand, last4 } = customer.card;
  const exp_year = new Date(world.now()).getUTCFullYear() + 3;
  return [
    {
      id: customer.default_payment_method_id ?? customer.id,
      created_at: customer.created_at,
      modified_at: null,
      processor: 'stripe',
      is_default: true,
      customer_id: customer.id,
      type: 'card',
      method_metadata: { brand, last4, exp_month: 12, exp_year, wallet: null },
    },
  ];
}
