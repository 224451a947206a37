import { type Doer } from '../../base/audit-actions.rules.ts';
import { auditRead } from '../../base/audit.rows.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { command, query, unmetUnless } from '../../base/db/sql.rows.ts';
import { ownGrants } from '../../base/db/schema.rows.ts';
import { sql } from 'drizzle-orm';
import type { Mode } from '../../base/mode.rules.ts';
import { isKnownCustomer } from '../known-customers.rows.ts';
import type { Given } from './given.rules.ts';
import { OWN_GRANT_COLUMNS as COLUMNS } from './own-grants-over.rows.ts';
import type { Holder, OwnGrantRow } from './own-grant.rules.ts';

/** What one holder has at a time: all of them are in a token. */
export const MAX_LIVE = 100;
/** And with those that ended: so many rows are looked at before one more is given. */
export const MAX_KEPT = 500;

type Asked = { app: string; mode: Mode; customer: string | null; external: string | null; now: number };

const IS_HOLDER = {
  customer: 'g.app_id = :app and g.customer_id = :customer',
  external: 'g.app_id = :app and g.external_id = :external',
};

const counts = {
  customer: countsOf('customer'),
  external: countsOf('external'),
};

function countsOf(kind: Holder['kind']) {
  const counted = `
    select count(*) as kept, coalesce(sum(revoked_at is null and (expires_at is null or expires_at > :now)), 0) as live
    from (select revoked_at, expires_at from own_grants as g where ${IS_HOLDER[kind]} limit ${MAX_KEPT})`;
  type Of = Pick<Asked, 'app' | 'customer' | 'external' | 'now'>;
  return {
    read: query<Of, { kept: number; live: number }>(counted),
    require: query<Of, unknown>(
      `${unmetUnless(`kept < ${MAX_KEPT} and live < ${MAX_LIVE}`)} from (${counted})`,
    ),
  };
}

/** Makes its batch do nothing when a holder has as many as one may have: of two at once one is too many. */
export function requireRoom(row: OwnGrantRow): Statement {
  const { appId: app, customerId: customer, externalId: external, createdAt: now } = row;
  return counts[customer === null ? 'external' : 'customer'].require({ app, customer, external, now });
}

const ownProducts = query<{ app: string; mode: Mode; ids: string }, { id: string }>(`
  select p.id from json_each(:ids) as n cross join products as p on p.mode = :mode and p.id = n.value and +p.app_id = :app`);

const ownBenefits = query<{ app: string; mode: Mode; ids: string }, { id: string }>(`
  select distinct b.value ->> '$.id' as id from products as p, json_each(p.data, '$.benefits') as b
  where p.app_id = :app and p.mode = :mode and b.value ->> '$.id' in (select value from json_each(:ids))`);

/** What has to be known before something is given. */
export function beforeGiving(app: { id: string; mode: Mode }, holder: Holder, given: Given, now: number) {
  const customer = holder.kind === 'customer' ? holder.customerId : null;
  const external = holder.kind === 'external' ? holder.externalId : null;
  const of = { app: app.id, mode: app.mode };
  const ids = (named: Given['products']) => JSON.stringify(named.map(({ id }) => id));
  return {
    counts: counts[holder.kind].read({ app: app.id, customer, external, now }),
    known: customer === null ? [] : [isKnownCustomer({ ...of, customer })],
    products: given.products.length === 0 ? [] : [ownProducts({ ...of, ids: ids(given.products) })],
    benefits: given.benefits.length === 0 ? [] : [ownBenefits({ ...of, ids: ids(given.benefits) })],
  };
}

const insert = command<Omit<OwnGrantRow, 'revokedAt' | 'revokedBecause'>>(`
  insert into own_grants (id, mode, app_id, customer_id, external_id, resources, reason, created_at, expires_at, tell_end_at)
  values (:id, :mode, :appId, :customerId, :externalId, :resources, :reason, :createdAt, :expiresAt, :tellEndAt)`);

export function insertOwnGrant(row: OwnGrantRow): Statement {
  const { revokedAt: _, revokedBecause: __, ...columns } = row;
  return insert({ ...columns });
}

const findOne = query<{ id: string; appId: string }, OwnGrantRow>(
  `select ${COLUMNS} from own_grants as g where g.id = :id and g.app_id = :appId`,
);

/** A grant of this app. */
export function ownGrantById(appId: string, id: string): Statement<OwnGrantRow[]> {
  return findOne({ id, appId });
}

/** A grant that holds: what ended stays as it is. */
const HOLDS = 'revoked_at is null and (expires_at is null or expires_at > :now)';
const revoke = command<{ id: string; appId: string; now: number }>(`
  update own_grants set revoked_at = :now, tell_end_at = null where id = :id and app_id = :appId and ${HOLDS}`);

/** Takes back a grant that holds. Its event belongs into the same batch. */
export function revokeOwnGrant(appId: string, id: string, now: number): Statement {
  return revoke({ id, appId, now });
}

/** What a grant is, for the audit log. Its reason is left out: it is the app's own text, and may say something of a person. */
const AUDITED = sql`json_object('resources', json(resources), 'expires_at', strftime('%Y-%m-%dT%H:%M:%SZ', expires_at / 1000, 'unixepoch'))`;

/** The line of a grant that was inserted before in the batch. */
export function auditGiving(database: Database, { id, appId, createdAt }: OwnGrantRow, by: Doer): Statement {
  return auditRead(
    database,
    by,
    createdAt,
    { action: 'grant.created', appId, target: id, after: AUDITED },
    sql`from ${ownGrants} where id = ${id}`,
  );
}

/** The line of a grant that is taken back after it in the batch; none when it has ended. */
export function auditRevoking(
  database: Database,
  { id, appId, now, by }: { id: string; appId: string; now: number; by: Doer },
): Statement {
  return auditRead(
    database,
    by,
    now,
    { action: 'grant.revoked', appId, target: id, before: AUDITED },
    sql`from ${ownGrants} where id = ${id} and app_id = ${appId} and revoked_at is null
      and (expires_at is null or expires_at > ${now})`,
  );
}
