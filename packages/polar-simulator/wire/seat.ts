/** Seats as Polar writes them. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { SeatRow } from '../state.ts';
import type { World } from '../world.ts';
import { memberToWire } from './customer.ts';

export function seatToWire(world: World, row: SeatRow): models.CustomerSeat {
  const { organization_id: _1, invitation_token: _2, ...seat } = row;
  const member = world.tables.members.get(row.member_id);
  return {
    ...seat,
    member: member ? memberToWire(member) : null,
    customer_email: member?.email ?? row.email,
  };
}
