import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import type { EventOrigin } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import type { RoutingRows } from './routing-rows.rules.ts';

/** One observation and the rows that it depends on. */
export interface PlanInput {
  mode: Mode;
  observation: Observation;
  rows: RoutingRows;
  origin: EventOrigin;
  now: number;
  /** By which keys of metadata products say whose they are; the gateway's own unless given. */
  ownerKeys?: OwnerKeys | undefined;
  /** The gateway's own origin, for links in what is told. */
  gatewayUrl: string;
  /** The caller has a budget of its own, and does the rereads itself. */
  isPaced: boolean;
  /** The app that the operator has given the purchase at hand to, which belonged to none; null: none. */
  adoptedBy: string | null;
  /** The id of the payment that an order gets if it has none yet; null for other kinds. */
  newPaymentId: string | null;
}
