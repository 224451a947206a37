import { and, count, desc, eq, getTableColumns, isNull, lt, sql } from 'drizzle-orm';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { auditRead } from '../../base/audit.rows.ts';
import { type Database, runBatch, type Statement } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { deliveries, endpoints } from '../../base/db/schema.rows.ts';
import { AUDITED_SETTINGS, fromEndpoint } from './endpoint-audit.rows.ts';

type StoredEndpoint = typeof endpoints.$inferSelect;
/** A new endpoint's columns without what is encrypted, which only sending and rotating need. */
export type NewEndpoint = Omit<StoredEndpoint, 'sealedSecret' | 'previousSecrets' | 'sealedUrl'>;
export interface EndpointRow extends NewEndpoint {
  /** When the last of its replaced secrets stops signing, milliseconds; null when it has none. */
  previousUntil: number | null;
}

const {
  sealedSecret: _secret,
  previousSecrets: _previous,
  sealedUrl: _url,
  ...stored
} = getTableColumns(endpoints);
const columns = {
  ...stored,
  previousUntil: sql<
    number | null
  >`(select max(value ->> 'until') from json_each(${endpoints.previousSecrets}))`,
};

/** The condition of every statement about one endpoint: it belongs to the app and is not deleted. */
export function ownEndpoint(appId: string, id: string) {
  return and(eq(endpoints.id, id), eq(endpoints.appId, appId), isNull(endpoints.deletedAt));
}

/** Stores a new endpoint. */
export function insertEndpoint(
  database: Database,
  row: NewEndpoint,
  sealed: Pick<StoredEndpoint, 'sealedSecret' | 'sealedUrl'>,
): Statement {
  return orm(database)
    .insert(endpoints)
    .values({ ...row, ...sealed });
}

/** How many endpoints an app has, deleted ones aside: `[{count}]`. */
export function countEndpoints(database: Database, appId: string) {
  return orm(database)
    .select({ count: count() })
    .from(endpoints)
    .where(and(eq(endpoints.appId, appId), isNull(endpoints.deletedAt)));
}

/** Endpoints of an app that are not deleted, newest first (their ids sort by time). */
export async function selectEndpoints(
  database: Database,
  appId: string,
  page: { limit: number; beforeId: string | undefined },
): Promise<EndpointRow[]> {
  return orm(database)
    .select(columns)
    .from(endpoints)
    .where(
      and(
        eq(endpoints.appId, appId),
        isNull(endpoints.deletedAt),
        page.beforeId === undefined ? undefined : lt(endpoints.id, page.beforeId),
      ),
    )
    .orderBy(desc(endpoints.id))
    .limit(page.limit);
}

/** One endpoint of an app, `[]` when it has none of this id, or deleted it. For a batch, or alone. */
export function selectEndpoint(database: Database, appId: string, id: string) {
  return orm(database).select(columns).from(endpoints).where(ownEndpoint(appId, id)).limit(1);
}

/** One endpoint of any app, for an operator. */
export function selectAnyEndpoint(database: Database, id: string) {
  return orm(database)
    .select(columns)
    .from(endpoints)
    .where(and(eq(endpoints.id, id), isNull(endpoints.deletedAt)))
    .limit(1);
}

export type EndpointSecrets = Pick<
  StoredEndpoint,
  'url' | 'sealedUrl' | 'format' | 'sealedSecret' | 'previousSecrets'
>;

/** An app's endpoint with its secrets: `[]` when the app has none of this id. For a batch, or alone. */
export function selectSecrets(database: Database, appId: string, id: string) {
  return orm(database)
    .select({
      url: endpoints.url,
      sealedUrl: endpoints.sealedUrl,
      format: endpoints.format,
      sealedSecret: endpoints.sealedSecret,
      previousSecrets: endpoints.previousSecrets,
    })
    .from(endpoints)
    .where(ownEndpoint(appId, id))
    .limit(1);
}

/** Deletes an endpoint and cancels what waits for it, also what is being sent right now; false when there is none. */
export async function removeEndpoint(
  database: Database,
  { appId, id, now, by }: { appId: string; id: string; now: number; by: Doer },
): Promise<boolean> {
  const line = { action: 'endpoint.deleted', appId, target: id, before: AUDITED_SETTINGS } as const;
  const { removed } = await runBatch(database, {
    audit: auditRead(database, by, now, line, fromEndpoint(appId, id)),
    removed: orm(database)
      .update(endpoints)
      .set({ deletedAt: now, updatedAt: now })
      .where(ownEndpoint(appId, id))
      .returning({ id: endpoints.id }),
    canceled: orm(database)
      .update(deliveries)
      .set({ status: 'canceled', finishedAt: now, leaseToken: null, leaseUntil: 0 })
      // It names the app as well, since the statement runs even when the one before found nothing.
      .where(
        and(eq(deliveries.endpointId, id), eq(deliveries.status, 'pending'), eq(deliveries.appId, appId)),
      ),
  });
  return removed.length > 0;
}
