import type { Statement } from '../base/db/database.rows.ts';
import { command, query } from '../base/db/sql.rows.ts';
import { know, knowNames } from './known-customers.rows.ts';

/** How far payments of releases before have been read, how often they still are, and from when on: milliseconds since 1970. */
export interface CatchUp {
  after: string;
  rounds: number;
  notBefore: number;
}

const WALK = "walks where name = 'known_customers'";
const NEXT = query<{ now: number }, { position: string }>(
  `select after as position from ${WALK} and after ->> 'notBefore' <= :now`,
);
const STEP = 'select id from payments where id > :after order by id limit :limit';
const LAST = query<{ after: string; limit: number }, { last: string | null; rows: number }>(
  `select max(id) as last, count(*) as rows from (${STEP})`,
);
const BUYERS = `payments as p where p.id in (${STEP})`;
const KNOW = [know(BUYERS), knowNames(BUYERS)].map((text) => command<{ after: string; limit: number }>(text));
const GO_ON = command<{ from: string; position: string }>(
  "update walks set after = :position where name = 'known_customers' and after ->> 'after' = :from",
);
const END = command<{ rounds: number }>(`delete from ${WALK} and after ->> 'rounds' = :rounds`);

/** Where to go on; no row: all payments have been read, or it is too early for the next round. */
export function nextCatchUp(now: number) {
  return NEXT({ now });
}

/** The end of the step behind `after`. */
export function endOfStep(after: string, limit: number) {
  return LAST({ after, limit });
}

/** Notes the buyers of a step, and where the next one begins, in one batch. */
export function catchUp(from: string, limit: number, to: CatchUp): Statement[] {
  return [
    ...KNOW.map((note) => note({ after: from, limit })),
    GO_ON({ from, position: JSON.stringify(to) }),
    END({ rounds: 0 }),
  ];
}
