/** Seats of a purchase are assigned, claimed and revoked; benefits follow the person who sits (facts §1.10). */

import type { models } from '@polar-sh/sdk/2026-10';
import { notFound, problem } from '../http/errors.ts';
import { token } from '../random.ts';
import type { CustomerRow, MemberRow, OrderRow, ProductRow, SeatRow, SubscriptionRow } from '../state.ts';
import { DAY_MS, isoFromMs } from '../time.ts';
import { seatToWire } from '../wire/seat.ts';
import type { World } from '../world.ts';
import { createMember, ownerOf } from './customers.ts';
import { type Purchase, purchaseOfOrder, purchaseOfSubscription, scheduleRevocations } from './grants.ts';

/** What seats hang on: a subscription or a one-time order of a seat-based product. */
export interface SeatPurchase {
  purchase: Purchase;
  customer: CustomerRow;
  product: ProductRow;
  total: number;
}

export function seatPurchaseOf(
  world: World,
  source: { subscription?: SubscriptionRow | undefined; order?: OrderRow | undefined },
): SeatPurchase | null {
  const bought = source.subscription ?? source.order;
  const customer = world.tables.customers.get(bought?.customer_id);
  const product = world.tables.products.get(bought?.product_id);
  if (!bought || bought.seats == null || !customer || !product) return null;
  const purchase = source.subscription
    ? purchaseOfSubscription(world, source.subscription)
    : source.order && purchaseOfOrder(world, source.order);
  return purchase ? { purchase, customer, product, total: bought.seats } : null;
}

export const seatPurchaseOfSeat = (world: World, seat: SeatRow): SeatPurchase | null =>
  seatPurchaseOf(world, {
    subscription: world.tables.subscriptions.get(seat.subscription_id),
    order: world.tables.orders.get(seat.order_id),
  });

const idOf = (purchase: Purchase): string => purchase.subscription_id ?? purchase.order_id ?? '';

export const seatsOf = (world: World, purchase: Purchase): SeatRow[] =>
  world.tables.seats.by('purchase', idOf(purchase));

export const takenSeats = (world: World, purchase: Purchase): SeatRow[] =>
  seatsOf(world, purchase).filter((seat) => seat.status !== 'revoked');

export interface SeatHolder {
  email?: string | null | undefined;
  memberId?: string | null | undefined;
  externalMemberId?: string | null | undefined;
}

/** A member that is created on the way makes no `member.created`. */
function memberFor(world: World, customer: CustomerRow, holder: SeatHolder): MemberRow {
  const members = world.tables.members.by('customer', customer.id);
  if (holder.memberId) {
    const member = members.find((each) => each.id === holder.memberId);
    if (!member) throw problem(404, 'MemberNotFound', 'Member not found.');
    return member;
  }
  const email = holder.email?.toLowerCase();
  const known = members.find(
    (each) =>
      (holder.externalMemberId && each.external_id === holder.externalMemberId) ||
      (email && each.email.toLowerCase() === email),
  );
  if (known) return known;
  if (!holder.email) throw problem(404, 'MemberNotFound', 'Member not found.');
  return createMember(world, customer, {
    email: holder.email,
    name: null,
    external_id: holder.externalMemberId ?? null,
    role: 'member',
  });
}

/** Waits for the invitation to be claimed, or with `immediateClaim` is claimed at once. */
export function assignSeat(
  world: World,
  from: SeatPurchase,
  input: SeatHolder & { metadata: Record<string, unknown> | null; immediateClaim: boolean },
): SeatRow {
  const taken = takenSeats(world, from.purchase);
  if (taken.length >= from.total) throw problem(400, 'SeatNotAvailable', 'No seats available.');
  const member = memberFor(world, from.customer, input);
  if (taken.some((seat) => seat.member_id === member.id)) {
    throw problem(400, 'SeatAlreadyAssigned', `Seat already assigned to ${member.email}.`);
  }
  const seat = freeSeat(world, from);
  Object.assign(seat, {
    status: 'pending',
    customer_id: from.customer.id,
    member_id: member.id,
    email: member.email,
    revoked_at: null,
    claimed_at: null,
    seat_metadata: input.metadata,
  } satisfies Partial<SeatRow>);
  if (input.immediateClaim) {
    claim(world, seat, from);
  } else {
    invite(world, seat);
    emitSeat(world, seat, 'customer_seat.assigned');
  }
  return seat;
}

/** A revoked row is used again under its id before a new one is made. */
function freeSeat(world: World, from: SeatPurchase): SeatRow {
  const revoked = seatsOf(world, from.purchase).find((seat) => seat.status === 'revoked');
  if (revoked) {
    world.touch(revoked);
    return revoked;
  }
  const { subscription_id, order_id } = from.purchase;
  return world.tables.seats.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    organization_id: from.customer.organization_id,
    subscription_id,
    order_id,
    status: 'pending',
    customer_id: null,
    member_id: null,
    email: null,
    invitation_token: null,
    invitation_token_expires_at: null,
    claimed_at: null,
    revoked_at: null,
    seat_metadata: null,
  });
}

function invite(world: World, seat: SeatRow): void {
  seat.invitation_token = token(world.random, '');
  seat.invitation_token_expires_at = isoFromMs(world.now() + DAY_MS);
  world.tables.seats.reindex(seat);
  world.changed();
}

export function resendInvitation(world: World, seat: SeatRow): void {
  if (seat.status !== 'pending')
    throw problem(400, 'SeatNotPending', 'Only a pending seat has an invitation.');
  invite(world, seat);
  world.touch(seat);
}

/** The seat behind an invitation that still works; it works once. */
export function findInvitation(world: World, invitation: string): SeatRow | undefined {
  const seat = world.tables.seats.by('token', invitation)[0];
  const until = seat?.invitation_token_expires_at;
  if (!seat || seat.status !== 'pending' || !until || Date.parse(until) <= world.now()) return undefined;
  return seat;
}

export function claimSeat(world: World, invitation: string): { seat: SeatRow; from: SeatPurchase } {
  const seat = findInvitation(world, invitation);
  const from = seat && seatPurchaseOfSeat(world, seat);
  if (!seat || !from) throw problem(400, 'InvalidInvitationToken', 'Invalid or expired invitation token.');
  claim(world, seat, from);
  world.touch(seat);
  return { seat, from };
}

function claim(world: World, seat: SeatRow, from: SeatPurchase): void {
  seat.status = 'claimed';
  seat.claimed_at = world.stamp();
  seat.invitation_token = null;
  seat.invitation_token_expires_at = null;
  world.tables.seats.reindex(seat);
  emitSeat(world, seat, 'customer_seat.claimed');
  for (const benefit_id of from.product.benefit_ids) {
    const scope = { benefit_id, ...from.purchase, member_id: seat.member_id };
    world.schedule('benefit.grant', scope, { delayMs: world.delays.grant });
  }
}

/** The buyer takes one seat, unless the seller's own page follows the checkout. */
export function claimOwnSeat(world: World, from: SeatPurchase): void {
  const owner = ownerOf(world, from.customer.id);
  if (owner) assignSeat(world, from, { memberId: owner.id, metadata: null, immediateClaim: true });
}

export function revokeSeat(world: World, seat: SeatRow): void {
  if (seat.status === 'revoked') throw notFound();
  const holder = seat.member_id;
  Object.assign(seat, {
    status: 'revoked',
    customer_id: null,
    member_id: null,
    email: null,
    invitation_token: null,
    invitation_token_expires_at: null,
    revoked_at: world.stamp(),
  } satisfies Partial<SeatRow>);
  world.touch(seat);
  world.tables.seats.reindex(seat);
  emitSeat(world, seat, 'customer_seat.revoked');
  scheduleRevocations(world, seat.subscription_id ?? seat.order_id ?? '', 'all', holder);
}

function emitSeat(world: World, seat: SeatRow, type: models.WebhookEventType): void {
  world.emit(seat.organization_id, type, seatToWire(world, seat));
}
