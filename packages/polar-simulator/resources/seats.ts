/** `/v1/customer-seats`: the seller's side, and claiming with an invitation (facts §1.10). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { finder, theOrganization } from '../http/collection.ts';
import { notFound, problem } from '../http/errors.ts';
import { emailField, pathId, queryOf, readBody, uuidField } from '../http/input.ts';
import type { Query } from '../http/selection.ts';
import { findCustomer } from '../life/customers.ts';
import { openSession } from '../life/sessions.ts';
import {
  type SeatPurchase,
  assignSeat,
  claimSeat,
  findInvitation,
  resendInvitation,
  revokeSeat,
  seatPurchaseOf,
  seatPurchaseOfSeat,
  seatsOf,
  takenSeats,
} from '../life/seats.ts';
import type { SeatRow } from '../state.ts';
import { seatToWire } from '../wire/seat.ts';
import type { World } from '../world.ts';

const METADATA_KEYS_MAX = 10;
const METADATA_BYTES_MAX = 1024;

export const assignBody = z.object({
  subscription_id: uuidField.nullish(),
  order_id: uuidField.nullish(),
  checkout_id: uuidField.nullish(),
  email: emailField.nullish(),
  customer_id: uuidField.nullish(),
  external_customer_id: z.string().nullish(),
  member_id: uuidField.nullish(),
  external_member_id: z.string().nullish(),
  metadata: z
    .record(z.string(), z.unknown())
    .refine(
      (value) => Object.keys(value).length <= METADATA_KEYS_MAX,
      'Metadata cannot have more than 10 keys',
    )
    .refine((value) => JSON.stringify(value).length <= METADATA_BYTES_MAX, 'Metadata is too large')
    .nullish(),
  immediate_claim: z.boolean().default(false),
});

const claimBody = z.object({ invitation_token: z.string() });

type Assign = z.output<typeof assignBody>;

/** The purchase that a request is about; the caller checks whose it is. */
export function findSeatPurchase(
  world: World,
  wanted: Pick<Assign, 'subscription_id' | 'order_id' | 'checkout_id'>,
): SeatPurchase {
  const checkout = world.tables.checkouts.get(wanted.checkout_id);
  const ordered = world.tables.orders.get(wanted.order_id ?? checkout?.order_id);
  const subscription = world.tables.subscriptions.get(wanted.subscription_id ?? ordered?.subscription_id);
  const found = seatPurchaseOf(world, { subscription, order: ordered });
  if (!found) throw notFound();
  return found;
}

export function seatsToWire(world: World, from: SeatPurchase) {
  return {
    seats: seatsOf(world, from.purchase).map((seat) => seatToWire(world, seat)),
    available_seats: Math.max(0, from.total - takenSeats(world, from.purchase).length),
    total_seats: from.total,
  };
}

export const wantedPurchase = (query: Query) => ({
  subscription_id: query.get('subscription_id'),
  order_id: query.get('order_id'),
});

export function assign(world: World, from: SeatPurchase, body: Assign): SeatRow {
  let email = body.email;
  if (body.customer_id || body.external_customer_id) {
    const customer = findCustomer(world, from.customer.organization_id, body);
    if (!customer) throw problem(404, 'CustomerNotFound', 'Customer not found.');
    email ??= customer.email ?? null;
  }
  return assignSeat(world, from, {
    email,
    memberId: body.member_id,
    externalMemberId: body.external_member_id,
    metadata: body.metadata ?? null,
    immediateClaim: body.immediate_claim,
  });
}

export function seatRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();

  const own = (from: SeatPurchase, organizationId: string): SeatPurchase => {
    if (from.customer.organization_id !== organizationId) throw notFound();
    return from;
  };

  const find = finder({ ownedBy: theOrganization, table: world.tables.seats }, 'seat_id');

  routes.get('/', (context) => {
    const from = findSeatPurchase(world, wantedPurchase(queryOf(context)));
    return context.json(seatsToWire(world, own(from, context.var.organization.id)));
  });

  routes.post('/', async (context) => {
    const body = await readBody(context, assignBody);
    const from = own(findSeatPurchase(world, body), context.var.organization.id);
    return context.json(seatToWire(world, assign(world, from, body)));
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

/** Without credentials: the invitation is the credential, and works once. */
export function seatClaimRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();

  routes.get('/:invitation_token', (context) => {
    const seat = findInvitation(world, context.req.param('invitation_token'));
    const from = seat && seatPurchaseOfSeat(world, seat);
    const organization = world.tables.organizations.get(seat?.organization_id);
    if (!seat || !from || !organization) throw notFound();
    return context.json({
      product_name: from.product.name,
      product_id: from.product.id,
      organization_name: organization.name,
      organization_slug: organization.slug,
      customer_email: seat.email ?? '',
      can_claim: true,
    });
  });

  routes.post('/', async (context) => {
    const body = await readBody(context, claimBody);
    const { seat, from } = claimSeat(world, body.invitation_token);
    return context.json({
      seat: seatToWire(world, seat),
      customer_session_token: openSession(world, from.customer, {
        prefix: 'polar_mst_',
        memberId: seat.member_id,
      }),
    });
  });

  return routes;
}

/** The invitation that Polar sends by mail, for whoever plays the invited person. */
export function seatMailRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  routes.get('/:seat_id/invitation', (context) => {
    const seat = world.tables.seats.get(pathId(context, 'seat_id'));
    if (!seat?.invitation_token) throw notFound();
    return context.json({ invitation_token: seat.invitation_token, email: seat.email });
  });
  return routes;
}
