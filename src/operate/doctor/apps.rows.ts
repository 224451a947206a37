import type { Database } from '../../base/db/database.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';

/* What is wrong with apps and what they sell. There are a handful of apps, so they are gone through, and the indexes of the others lead from them. */

/** An app, as far as checks look at it. Times are milliseconds since 1970. */
export interface ExaminedApp {
  id: string;
  slug: string;
  mode: Mode;
  createdAt: number;
  /** How many browser origins it knows. */
  origins: number;
  /** Secret keys that are not revoked. */
  secretKeys: number;
  /** When a publishable key of it was last used; null: never. */
  publishableUsedAt: number | null;
  /** Products that can be bought. */
  products: number;
}

const MAX_APPS = 1_000;

const IS_ALIVE = 'k.revoked_at is null and (k.expires_at is null or k.expires_at > :now)';

const SELECT_APPS = query<{ now: number; limit: number }, ExaminedApp>(`
  select a.id, a.slug, a.mode, a.created_at as createdAt, json_array_length(a.origins) as origins,
    (select count(*) from api_keys as k where k.app_id = a.id and k.kind = 'secret' and ${IS_ALIVE}) as secretKeys,
    (select max(k.last_used_at) from api_keys as k where k.app_id = a.id and k.kind = 'publishable' and ${IS_ALIVE}) as publishableUsedAt,
    (select count(*) from products as p where p.app_id = a.id and p.is_archived = 0) as products
  from apps as a order by a.id limit :limit`);

/** Every app, oldest first, with its keys that are neither revoked nor have ended by `now` (milliseconds). */
export function selectExaminedApps(database: Database, now: number): Promise<ExaminedApp[]> {
  return runOne(database, SELECT_APPS({ now, limit: MAX_APPS }));
}

export interface OldKey {
  app: string;
  id: string;
  name: string;
  hint: string;
  createdAt: number;
  lastUsedAt: number;
}

const SELECT_OLD_KEYS = query<{ now: number; madeBefore: number; usedSince: number; limit: number }, OldKey>(`
  select a.slug as app, k.id, k.name, k.hint, k.created_at as createdAt, k.last_used_at as lastUsedAt
  from apps as a cross join api_keys as k on k.app_id = a.id
  where k.kind = 'secret' and ${IS_ALIVE} and k.created_at < :madeBefore and k.last_used_at >= :usedSince
  order by k.created_at limit :limit`);

/** Secret keys that were made long ago and are still used, oldest first. */
export function selectOldKeys(
  database: Database,
  which: { now: number; madeBefore: number; usedSince: number; limit: number },
): Promise<OldKey[]> {
  return runOne(database, SELECT_OLD_KEYS(which));
}

export interface EndingKey {
  app: string;
  id: string;
  name: string;
  hint: string;
  expiresAt: number;
  lastUsedAt: number;
}

type WhichEnd = { now: number; endsBefore: number; usedSince: number; limit: number };

const ENDING = `select a.slug as app, k.id, k.name, k.hint, k.expires_at as expiresAt, k.last_used_at as lastUsedAt
  from apps as a cross join api_keys as k on k.app_id = a.id
  where k.revoked_at is null and k.last_used_at >= :usedSince`;

const SELECT_ENDING_KEYS = query<WhichEnd, EndingKey>(
  `${ENDING} and k.expires_at > :now and k.expires_at < :endsBefore order by k.expires_at limit :limit`,
);

/** Keys that end before then and were used lately, those that end first. */
export function selectEndingKeys(database: Database, which: WhichEnd): Promise<EndingKey[]> {
  return runOne(database, SELECT_ENDING_KEYS(which));
}

const SELECT_ENDED_KEYS = query<Omit<WhichEnd, 'endsBefore'>, EndingKey>(
  `${ENDING} and k.expires_at <= :now and k.last_used_at >= k.expires_at order by k.last_used_at desc limit :limit`,
);

/** Keys that have ended and were sent after that, those that were sent last: also the use of a key that has ended is noted. */
export function selectEndedKeys(
  database: Database,
  which: Omit<WhichEnd, 'endsBefore'>,
): Promise<EndingKey[]> {
  return runOne(database, SELECT_ENDED_KEYS(which));
}

export interface UnownedProduct {
  id: string;
  name: string;
  /** Polar's, as JSON. */
  metadata: string;
}

const SELECT_UNOWNED = query<{ mode: Mode; limit: number }, UnownedProduct>(`
  select id, name, metadata from products
  where mode = :mode and app_id is null and is_archived = 0 order by +id limit :limit`);

/** Products that can be bought and that no app owns. */
export function selectUnowned(database: Database, mode: Mode, limit: number): Promise<UnownedProduct[]> {
  return runOne(database, SELECT_UNOWNED({ mode, limit }));
}

export interface AssignedProduct {
  id: string;
  name: string;
  app: string;
}

const SELECT_ARCHIVED = query<{ mode: Mode; limit: number }, AssignedProduct>(`
  select p.id, p.name, a.slug as app
  from apps as a cross join products as p on p.app_id = a.id
  where a.mode = :mode and p.assigned_app_id is not null and p.is_archived = 1 order by p.id limit :limit`);

/** Products that an operator has assigned and Polar has archived since. */
export function selectArchivedAssigned(
  database: Database,
  mode: Mode,
  limit: number,
): Promise<AssignedProduct[]> {
  return runOne(database, SELECT_ARCHIVED({ mode, limit }));
}

const COUNT_SUBSCRIPTION_SELLERS = query<{ mode: Mode }, { slug: string }>(`
  select a.slug from apps as a
  where a.mode = :mode and exists (
    select 1 from products as p where p.app_id = a.id and p.is_recurring = 1 and p.is_archived = 0)
  order by a.slug`);

/** The apps of a mode that sell subscriptions. */
export async function selectSubscriptionSellers(database: Database, mode: Mode): Promise<string[]> {
  return (await runOne(database, COUNT_SUBSCRIPTION_SELLERS({ mode }))).map(({ slug }) => slug);
}

const SELECT_ENCRYPTED_WITH = query<{ deleted: null }, { keyId: string; endpoints: number; app: string }>(`
  select substr(e.sealed_secret, 1, instr(e.sealed_secret, '.') - 1) as keyId, count(*) as endpoints, min(a.slug) as app
  from apps as a cross join endpoints as e on e.app_id = a.id
  where e.deleted_at is :deleted group by 1 order by 1`);

/** The ids of the encryption keys that endpoint secrets are sealed with, and one app that needs each. */
export function selectEncryptedWith(
  database: Database,
): Promise<{ keyId: string; endpoints: number; app: string }[]> {
  return runOne(database, SELECT_ENCRYPTED_WITH({ deleted: null }));
}
