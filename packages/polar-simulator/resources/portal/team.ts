/** Seats and members of a team, managed by its owner or billing manager (facts §6, §1.10, §1.11). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { finder } from '../../http/collection.ts';
import { notFound, problem } from '../../http/errors.ts';
import { emailField, pathId, queryOf, readBody } from '../../http/input.ts';
import { answerList } from '../../http/lists.ts';
import { fields } from '../../http/selection.ts';
import { createMember, deleteMember } from '../../life/customers.ts';
import { type SeatPurchase, resendInvitation, revokeSeat } from '../../life/seats.ts';
import type { MemberRow } from '../../state.ts';
import { memberToWire } from '../../wire/customer.ts';
import { portalSubscriptionToWire } from '../../wire/portal.ts';
import { seatToWire } from '../../wire/seat.ts';
import type { World } from '../../world.ts';
import { assign, assignBody, findSeatPurchase, seatsToWire, wantedPurchase } from '../seats.ts';
import { type PortalContext, type PortalEnv, createPortalRouter, needBilling, thePayer } from './access.ts';

export function portalSeatRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();

  const own = (context: PortalContext, from: SeatPurchase): SeatPurchase => {
    if (from.customer.id !== context.var.customer.id) throw notFound();
    return from;
  };

  const find = finder({ ownedBy: thePayer, table: world.tables.seats }, 'seat_id');

  routes.get('/', (context) => {
    needBilling(context);
    const from = findSeatPurchase(world, wantedPurchase(queryOf(context)));
    return context.json(seatsToWire(world, own(context, from)));
  });

  routes.post('/', async (context) => {
    needBilling(context);
    const body = await readBody(context, assignBody);
    const from = own(context, findSeatPurchase(world, body));
    return context.json(seatToWire(world, assign(world, from, body)));
  });

  /** The subscriptions in which the asking member sits. */
  routes.get('/subscriptions', (context) => {
    const { customer, member } = context.var;
    const rows = world.tables.subscriptions
      .by('customer', customer.id)
      .filter((row) =>
        world.tables.seats
          .by('purchase', row.id)
          .some((seat) => seat.status === 'claimed' && (!member || seat.member_id === member.id)),
      );
    return answerList(context, rows, {
      sorters: fields('started_at'),
      defaultSort: '-started_at',
      toWire: (row) => portalSubscriptionToWire(world, row),
    });
  });

  routes.delete('/:seat_id', (context) => {
    const seat = find(context);
    revokeSeat(world, seat);
    return context.json(seatToWire(world, seat));
  });

  routes.post('/:seat_id/resend', (context) => {
    const seat = find(context);
    resendInvitation(world, seat);
    return context.json(seatToWire(world, seat));
  });

  return routes;
}

const role = z.enum(['owner', 'billing_manager', 'member']);
const createBody = z.object({
  email: emailField,
  name: z.string().max(256).nullish(),
  role: role.default('member'),
});
const updateBody = z.object({ name: z.string().max(256).nullish(), role: role.nullish() });

export function portalMemberRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const refuse = (detail: string) => problem(400, 'BadRequest', detail);

  /** Members are managed with a member's token, and by those who may bill. */
  const team = (context: PortalContext): MemberRow[] => {
    if (!context.var.member) throw problem(403, 'NotPermitted', 'This needs a member session.');
    needBilling(context);
    return world.tables.members.by('customer', context.var.customer.id);
  };

  const find = (context: PortalContext): MemberRow => {
    const id = pathId(context);
    const member = team(context).find((each) => each.id === id);
    if (!member) throw notFound();
    return member;
  };

  const toWire = (row: MemberRow) => {
    const { created_at, modified_at, id, email, name, role: held } = memberToWire(row);
    return { created_at, modified_at, id, email, name, role: held };
  };

  const isOnlyOwner = (context: PortalContext, member: MemberRow): boolean =>
    member.role === 'owner' && team(context).filter((each) => each.role === 'owner').length === 1;

  routes.get('/', (context) => answerList(context, team(context), { sorters: fields('created_at'), toWire }));

  routes.post('/', async (context) => {
    const members = team(context);
    const { customer } = context.var;
    const body = await readBody(context, createBody);
    if (customer.type !== 'team') throw refuse('Only team customers can add members.');
    if (body.role === 'owner') throw refuse('A new member cannot be the owner.');
    const known = members.find((each) => each.email.toLowerCase() === body.email.toLowerCase());
    if (known) return context.json(toWire(known), 201);
    const member = createMember(world, customer, {
      email: body.email,
      name: body.name ?? null,
      external_id: null,
      role: body.role,
    });
    world.emit(customer.organization_id, 'member.created', memberToWire(member));
    return context.json(toWire(member), 201);
  });

  routes.patch('/:id', async (context) => {
    const member = find(context);
    const body = await readBody(context, updateBody);
    if (body.role && body.role !== member.role) {
      if (member.id === context.var.member?.id) throw refuse('You cannot change your own role.');
      if (isOnlyOwner(context, member)) throw refuse('A team must have an owner.');
      member.role = body.role;
    }
    if (body.name !== undefined) member.name = body.name;
    world.touch(member);
    world.emit(member.organization_id, 'member.updated', memberToWire(member));
    return context.json(toWire(member));
  });

  routes.delete('/:id', (context) => {
    const member = find(context);
    if (member.id === context.var.member?.id) throw refuse('You cannot remove yourself.');
    if (isOnlyOwner(context, member)) throw refuse('A team must have an owner.');
    deleteMember(world, member);
    return context.body(null, 204);
  });

  return routes;
}
