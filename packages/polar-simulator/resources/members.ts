/** Members of a customer: `/v1/members` and `/v1/customers/{…}/members` (facts §1.11). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type ApiContext, type SimulatorEnv, createRouter } from '../http/app.ts';
import { invalid, notFound, problem } from '../http/errors.ts';
import { emailField, pathId, queryOf, readBody } from '../http/input.ts';
import { answerList } from '../http/lists.ts';
import { fields, selects } from '../http/selection.ts';
import { createMember, deleteMember } from '../life/customers.ts';
import type { CustomerRow, MemberRow } from '../state.ts';
import { memberToWire } from '../wire/customer.ts';
import type { World } from '../world.ts';

const createBody = z.object({
  email: emailField,
  name: z.string().max(256).nullish(),
  external_id: z.string().nullish(),
  role: z.enum(['member', 'billing_manager']).default('member'),
});

const updateBody = z.object({
  name: z.string().max(256).nullish(),
  email: emailField.nullish(),
  role: z.enum(['owner', 'billing_manager', 'member']).nullish(),
});

export function memberRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  routes.get('/', (context) => {
    const isWanted = selects<CustomerRow>(queryOf(context), {
      filters: { customer_id: (row) => row.id, external_customer_id: (row) => row.external_id },
    });
    const rows = world.tables.customers
      .by('organization', context.var.organization.id)
      .filter(isWanted)
      .flatMap((customer) => world.tables.members.by('customer', customer.id));
    return answerList(context, rows, {
      filters: fields('role'),
      sorters: fields('created_at'),
      toWire: memberToWire,
    });
  });
  return routes;
}

export function customerMemberRoutes(
  world: World,
  findCustomer: (context: ApiContext) => CustomerRow,
): Hono<SimulatorEnv> {
  const routes = createRouter();

  /** By the member's id; under a customer's external id by the member's external id. */
  const find = (context: ApiContext): MemberRow => {
    const members = world.tables.members.by('customer', findCustomer(context).id);
    const isExternal = context.req.param('external_id') !== undefined;
    const wanted = isExternal ? context.req.param('member_id') : pathId(context, 'member_id');
    const member = members.find((each) => (isExternal ? each.external_id : each.id) === wanted);
    if (!member) throw notFound();
    return member;
  };

  const isOnlyOwner = (member: MemberRow): boolean =>
    member.role === 'owner' &&
    world.tables.members.by('customer', member.customer_id).filter((each) => each.role === 'owner').length ===
      1;

  routes.post('/', async (context) => {
    const customer = findCustomer(context);
    const body = await readBody(context, createBody);
    if (customer.type !== 'team') {
      throw problem(403, 'NotPermitted', 'Only team customers can have more than one member.');
    }
    const members = world.tables.members.by('customer', customer.id);
    if (members.some((each) => each.email.toLowerCase() === body.email.toLowerCase())) {
      throw invalid(['body', 'email'], 'A member with this email address already exists.', body.email);
    }
    const member = createMember(world, customer, {
      email: body.email,
      name: body.name ?? null,
      external_id: body.external_id ?? null,
      role: body.role,
    });
    world.emit(customer.organization_id, 'member.created', memberToWire(member));
    return context.json(memberToWire(member), 201);
  });

  routes.get('/:member_id', (context) => context.json(memberToWire(find(context))));

  routes.patch('/:member_id', async (context) => {
    const member = find(context);
    const body = await readBody(context, updateBody);
    if (body.role && body.role !== 'owner' && isOnlyOwner(member)) {
      throw invalid(['body', 'role'], 'A customer must have an owner.', body.role);
    }
    if (body.name !== undefined) member.name = body.name;
    member.email = body.email ?? member.email;
    member.role = body.role ?? member.role;
    world.touch(member);
    world.emit(member.organization_id, 'member.updated', memberToWire(member));
    return context.json(memberToWire(member));
  });

  routes.delete('/:member_id', (context) => {
    const member = find(context);
    if (isOnlyOwner(member)) throw invalid(['path', 'member_id'], 'The only owner cannot be deleted.');
    deleteMember(world, member);
    return context.body(null, 204);
  });

  return routes;
}
