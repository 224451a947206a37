import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { query } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';

/*
 * What is held about customers of one app in tables without a list of their own. Each statement finds whose rows they are first,
 * and then the rows by an index; it reads one row more than are shown.
 */

/** So many of each are shown. */
export const MAX_ROWS = 1_000;
/** Their bodies are a few KB each. */
export const MAX_EVENTS = 500;

type Whose = {
  app: string;
  mode: Mode;
  /** JSON of ids. */
  customers: string;
  payments: string;
  externals: string;
};
/** Columns by the names of the answer; times are milliseconds, JSON is text. */
export type Row = Record<string, string | number | null>;

const ofCustomers = (table: string) =>
  `from json_each(:customers) as c cross join ${table} as t on t.app_id = :app and t.customer_id = c.value`;
const newest = (limit: number) => `order by t.created_at desc, t.id desc limit ${limit + 1}`;

/* Whoever gave is not told who has taken it, by which address. */
const gift = (side: string) => `'${side}' as side, t.id, t.payment_id, t.to_email, t.from_name, t.message,
  ${side === 'giver' ? 'null' : 't.claimed_email'} as claimed_email, t.claimed_at, t.created_at`;
const SESSION =
  't.id, t.proof, t.email, t.label as browser, t.payment_id, t.external_id, t.member_id, t.created_at, t.expires_at, t.revoked_at';

const REFUNDS = query<Whose, Row>(`
  select t.id, t.payment_id, t.status, t.amount, t.currency, t.reason, q.comment, q.metadata, t.created_at
  from json_each(:payments) as p cross join refunds as t on t.payment_id = p.value and +t.app_id = :app
  left join refund_requests as q on q.mode = t.mode and q.polar_refund_id = t.id and q.polar_refund_id is not null
  ${newest(MAX_ROWS)}`);
const GIFTS = query<Whose, Row>(`
  select ${gift('giver')} from json_each(:payments) as p cross join gifts as t on t.payment_id = p.value and +t.app_id = :app
  union all
  select ${gift('recipient')} from json_each(:customers) as c cross join gifts as t
    on t.app_id = :app and t.claimed_customer_id = c.value and t.claimed_customer_id is not null
  union all
  select ${gift('recipient')} from json_each(:externals) as e cross join gifts as t
    on t.app_id = :app and t.claimed_external_id = e.value and t.claimed_external_id is not null
  limit ${MAX_ROWS + 1}`);
const SESSIONS = query<Whose, Row>(`
  select ${SESSION} ${ofCustomers('sessions')}
  union
  select ${SESSION} from json_each(:externals) as e cross join sessions as t
    on t.app_id = :app and t.external_id = e.value and t.external_id is not null
  union
  select ${SESSION} from json_each(:payments) as p cross join sessions as t
    on t.app_id = :app and t.payment_id = p.value and t.payment_id is not null
  limit ${MAX_ROWS + 1}`);
const DOWNLOADS = query<Whose, Row>(`
  select t.id, t.file_id, t.member_id, t.created_at ${ofCustomers('downloads')} ${newest(MAX_ROWS)}`);
const ACTIVATIONS = query<Whose, Row>(`
  select t.id, t.license_key_id, t.display_key, t.what, t.created_at ${ofCustomers('license_activations')} ${newest(MAX_ROWS)}`);
const WORK = query<Whose, Row>(`
  select t.grant_id, t.status, t.by, t.comment, t.created_at
  from json_each(:customers) as c cross join grants as g on g.app_id = :app and g.customer_id = c.value
  cross join grant_fulfilments as t on t.mode = g.mode and t.grant_id = g.id ${newest(MAX_ROWS)}`);
const EVENTS = query<Whose, Row>(`
  select t.id as id, t.type, t.occurred_at, t.body
  from json_each(:customers) as c cross join events as t
    on t.mode = :mode and t.customer_id = c.value and t.body <> '{}' and +t.app_id = :app
  union
  select t.id, t.type, t.occurred_at, t.body
  from json_each(:payments) as p cross join events as t
    on t.payment_id = p.value and t.payment_id is not null and t.body <> '{}' and +t.app_id = :app
  order by id desc limit ${MAX_EVENTS + 1}`);

/** All of it. One D1 round trip. */
export function selectHeld(
  database: Database,
  app: { id: string; mode: Mode },
  ids: { customerIds: readonly string[]; paymentIds: readonly string[]; externalIds: readonly string[] },
) {
  const whose: Whose = {
    app: app.id,
    mode: app.mode,
    customers: JSON.stringify(ids.customerIds),
    payments: JSON.stringify(ids.paymentIds),
    externals: JSON.stringify(ids.externalIds),
  };
  return runBatch(database, {
    refunds: REFUNDS(whose),
    gifts: GIFTS(whose),
    sessions: SESSIONS(whose),
    downloads: DOWNLOADS(whose),
    license_activations: ACTIVATIONS(whose),
    fulfilments: WORK(whose),
    events: EVENTS(whose),
  });
}
