import type { FactOrigin } from '../domain/facts.ts';
import type { Mode } from '../domain/mode.ts';
import type { Observation } from '../domain/snapshots.ts';
import type { Database } from '../storage/database.ts';
import type { RoutingRows } from '../storage/routing-rows.ts';

/** One observation and what is known around it. */
export interface PlanInput {
  database: Database;
  mode: Mode;
  observation: Observation;
  rows: RoutingRows;
  origin: FactOrigin;
  now: number;
  /** Whoever applies it keeps to a budget, and reads again by itself what is to be. */
  isPaced: boolean;
}
