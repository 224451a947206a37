import type { EventOrigin } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import type { RoutingRows } from './routing.rows.ts';

/** One observation and what is known around it. */
export interface PlanInput {
  mode: Mode;
  observation: Observation;
  rows: RoutingRows;
  origin: EventOrigin;
  now: number;
  /** Whoever applies it keeps to a budget, and reads again by itself what is to be. */
  isPaced: boolean;
  /** The id of the payment that an order becomes, if it has none yet; null for anything else. */
  newPaymentId: string | null;
}
