import { type Database, runBatch } from '../../base/db/database.rows.ts';
import type { HistoryKind } from '../../base/db/row-history.rows.ts';
import { query } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { Subject } from '../../base/subject.rules.ts';
import type { PartRow } from '../entitlement-parts.rows.ts';
import {
  readSubject,
  type SubjectParams,
  subjectParams,
  type SubjectQuestion,
  type SubjectRows,
  subjectText,
} from '../entitlements.rows.ts';
import { CHANGING, tablesAsOf } from './as-of.rows.ts';
import type { Told } from './causes.rules.ts';
import type { Fact } from './explain.rules.ts';

/** What was stored about a subject at a time. */
export interface Then extends SubjectRows {
  facts: Fact[];
}

type AsOf = SubjectParams & { at: number };
type FactRow = { part: 'fact'; row: string };

const FACTS = `
  select 'fact' as part, json_array('grant', id, payment_id, benefit_id, member_id, order_id, subscription_id, granted_at) as row
  from grants where app_id = :app
  union all select 'fact', json_array('order', id, payment_id) from orders where app_id = :app
  union all select 'fact', json_array('subscription', id, payment_id) from subscriptions where app_id = :app
  union all select 'fact', json_array('payment', id, id, subscription_id, product_id, created_at) from payments
    where app_id = :app and status = 'pending'
  union all select 'fact', json_array('own_grant', id, created_at) from own_grants`;

const asOf = perKind((kind) =>
  query<AsOf, PartRow | FactRow>(`
with ${tablesAsOf(kind)},
${subjectText(kind)
  .replace(/^\s*with\s/, '')
  .replaceAll(':grace', '(select ms from past_due_grace)')
  .replaceAll(':suspends', '(select suspends from past_due_grace)')}
union all
select part, row from (${FACTS})`),
);

/** How many changes are looked at, newest first. */
export const MAX_CHANGES = 20;

const changes = perKind((kind) => {
  const keys = Object.entries(CHANGING).map(([name, table]) => `select '${name}' as kind, id from ${table}`);
  // D1 allows five terms in a union.
  const groups = [0, 4, 8].map((from) => `select * from (${keys.slice(from, from + 4).join(' union all ')})`);
  return query<SubjectParams & { at: number; since: number; limit: number }, { at: number }>(`
with ${tablesAsOf(kind)}
select distinct at from (
  select h.until as at from (${groups.join(' union all ')}) as k
    cross join main.row_history as h on h.mode = :mode and h.kind = k.kind and h.id = k.id where h.until > :since
  union all select revoked_at from own_grants
  union all select created_at from gifts
  union all select claimed_at from gifts
  union all select canceled_at from gifts
) where at > :since and at <= :at order by at desc limit :limit`);
});

const mark = query<Record<string, never>, { beganAt: number }>(
  `select began_at as beganAt from history_marks where name = 'rows'`,
);

/**
 * What was stored at `question.now`; when it had changed before, back to `since` (milliseconds), newest first; and since when
 * that is known. One round trip. How much it reads depends on what the subject has, how often that changed, and on what
 * the app sells.
 */
export async function selectThen(
  database: Database,
  question: SubjectQuestion,
  since: number,
): Promise<{ read: Then; changedAt: number[]; knownSince: number | undefined }> {
  const { kind } = question.subject;
  const params = { ...subjectParams(question), at: question.now };
  const found = await runBatch(database, {
    rows: asOf(kind)(params),
    changes: changes(kind)({ ...params, since, limit: MAX_CHANGES + 1 }),
    mark: mark({}),
  });
  return {
    read: readThen(found.rows, question),
    changedAt: found.changes.map(({ at }) => at),
    knownSince: found.mark[0]?.beganAt,
  };
}

/** What was stored at each of some times, in one round trip. */
export async function selectAtTimes(
  database: Database,
  question: Omit<SubjectQuestion, 'now'>,
  times: readonly number[],
): Promise<Then[]> {
  const questions = times.map((now) => ({ ...question, now }));
  const found = await runBatch(
    database,
    questions.map((each) => asOf(each.subject.kind)({ ...subjectParams(each), at: each.now })),
  );
  return questions.map((each, nth) => readThen(found[nth] ?? [], each));
}

function readThen(rows: readonly (PartRow | FactRow)[], question: SubjectQuestion): Then {
  const parts = rows.filter((row): row is PartRow => row.part !== 'fact');
  const facts = rows.filter((row) => row.part === 'fact').map(({ row }) => JSON.parse(row) as Fact);
  return { ...readSubject(parts, question), facts };
}

const EVENT = `select e.id, e.type, e.key, e.payment_id as paymentId, e.created_at as at, e.occurred_at as occurredAt,
    p.id as polarEventId, p.type as polarType, p.received_at as receivedAt, e.sequence
  from events as e left join polar_events as p on p.id = e.polar_event_id`;

/** A subscription's renewals have payments of their own; the latest of them count. */
const MAX_PAYMENTS = 60;
const MAX_EVENTS = 200;

const told = query<
  {
    app: string;
    mode: Mode;
    payments: string;
    subscriptions: string;
    customers: string;
    own: string;
    at: number;
    limit: number;
  },
  Told
>(`
with bought(id) as materialized (
  select value from json_each(:payments)
  union
  select id from (
    select p.id from json_each(:subscriptions) as s
      cross join payments as p on p.mode = :mode and p.subscription_id = s.value and p.app_id = :app
    order by p.created_at desc limit ${MAX_PAYMENTS})
)
select * from (
  select * from (${EVENT} where e.payment_id in (select id from bought) and +e.app_id = :app)
  union
  select * from (${EVENT} where e.app_id = :app and e.key in (select 'customer.deleted:' || value from json_each(:customers)))
  union
  select * from (${EVENT} where e.app_id = :app and e.key in (
    select t.value || o.value from json_each(:own) as o, json_each('["grant.created:","grant.revoked:"]') as t))
) where at <= :at order by at desc, sequence desc limit :limit`);

const changed = query<
  { mode: Mode; rows: string; at: number; limit: number },
  { kind: HistoryKind; id: string; at: number }
>(`
select h.kind, h.id, h.until as at from json_each(:rows) as r
  cross join row_history as h on h.mode = :mode and h.kind = r.value ->> '$.kind' and h.id = r.value ->> '$.id'
where h.until <= :at order by h.until desc limit :limit`);

/** What led to a decision. */
export interface Concerned {
  paymentIds: readonly string[];
  subscriptionIds: readonly string[];
  customerIds: readonly string[];
  /** Grants of the app's own. */
  ownIds: readonly string[];
  /** Rows that change without an event: products, benefits, the app. */
  rows: readonly { kind: HistoryKind; id: string }[];
}

/** What the app was told of these purchases until `at`, and what else changed, newest first. One round trip. */
export function selectEvents(
  database: Database,
  app: { id: string; mode: Mode },
  { paymentIds, subscriptionIds, customerIds, ownIds, rows }: Concerned,
  at: number,
) {
  const { mode } = app;
  return runBatch(database, {
    events: told({
      app: app.id,
      mode,
      payments: JSON.stringify(paymentIds),
      subscriptions: JSON.stringify(subscriptionIds),
      customers: JSON.stringify(customerIds),
      own: JSON.stringify(ownIds),
      at,
      limit: MAX_EVENTS,
    }),
    changes: changed({ mode, rows: JSON.stringify(rows), at, limit: MAX_EVENTS }),
  });
}

/** Makes something for each kind of subject when it is first asked for. */
function perKind<T>(make: (kind: Subject['kind']) => T): (kind: Subject['kind']) => T {
  const made = new Map<Subject['kind'], T>();
  return (kind) => {
    const known = made.get(kind) ?? make(kind);
    made.set(kind, known);
    return known;
  };
}
