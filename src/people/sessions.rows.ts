import { and, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Doer } from '../base/audit-actions.rules.ts';
import { auditRead } from '../base/audit.rows.ts';
import type { Cursor } from '../base/db/cursor.ts';
import { type Database, runBatch, type Statement, violates } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { type AppRow, apps, sessions, type SessionRow } from '../base/db/schema.rows.ts';

/** Whose sessions are meant, within one app. */
export type SessionScope =
  /** `memberId`: one member's; null: those of the customer itself; undefined: all, members' too. */
  | { kind: 'customer'; customerId: string; memberId: string | null | undefined }
  /**
   * Those of the app's user, and of purchases that were begun with this external id. Such an id is only a claim (trust
   * rule 2): sessions of such purchases whose buyer has since proven to be somebody are shown to the app, but not to
   * the user (`includesProven: false`).
   */
  | { kind: 'external'; externalId: string; includesProven: boolean }
  /** Only this one. */
  | { kind: 'session'; sessionId: string };

/** Stores a session, in a batch of the caller's. */
export function insertSession(database: Database, session: Omit<SessionRow, 'revokedAt'>): Statement {
  return orm(database).insert(sessions).values(session);
}

/**
 * Whether a batch failed because a session's app is null: the code or the sign-in attempt that it was to be made for
 * was used already or did not fit. Nothing was written.
 */
export function isSessionRefused(error: unknown): boolean {
  return violates(error, 'NOT NULL: sessions.app_id');
}

/** Ends a session; one that has ended stays so. */
export async function revokeSession(database: Database, id: string, now: number): Promise<void> {
  await orm(database)
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(eq(sessions.id, id), isNull(sessions.revokedAt)));
}

/**
 * Ends all live sessions of a scope, or the one among them that has `id`. `by`: who is to stand in the audit log for it.
 * @returns how many there were.
 */
export async function revokeSessions(
  database: Database,
  appId: string,
  scope: SessionScope | undefined,
  which: { id?: string; now: number; by: Doer | undefined },
): Promise<number> {
  const { id, now, by } = which;
  const isEnded = and(
    id === undefined ? undefined : eq(sessions.id, id),
    scope ? within(appId, scope) : eq(sessions.appId, appId),
    isLive(now),
  );
  // Before they are ended: then they can still be counted.
  const counted = sql`from (select count(*) as count from ${sessions} where ${isEnded}) where count > 0`;
  const { ended } = await runBatch(database, {
    audit: by
      ? [
          auditRead(
            database,
            by,
            now,
            {
              action: 'sessions.ended',
              appId,
              // An app's own id for its user may be an address.
              target: id ?? (scope?.kind === 'customer' ? scope.customerId : null),
              detail: sql`json_object('count', count)`,
            },
            counted,
          ),
        ]
      : [],
    ended: orm(database)
      .update(sessions)
      .set({ revokedAt: now })
      .where(isEnded)
      .returning({ id: sessions.id }),
  });
  return ended.length;
}

/** A page of a scope's live sessions, newest first. */
export function listSessions(
  database: Database,
  appId: string,
  scope: SessionScope,
  page: { limit: number; cursor: Cursor | undefined; now: number },
): Promise<SessionRow[]> {
  const { cursor } = page;
  return orm(database)
    .select()
    .from(sessions)
    .where(
      and(
        within(appId, scope),
        isLive(page.now),
        cursor && sql`(${sessions.createdAt}, ${sessions.id}) < (${cursor.at}, ${cursor.id})`,
      ),
    )
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .limit(page.limit);
}

/**
 * The session in the cookie of the gateway's own pages, with its app. It is read each time, so that its end takes
 * effect at once everywhere.
 */
export async function findGatewaySession(
  database: Database,
  hash: string,
  now: number,
): Promise<{ session: SessionRow; app: AppRow } | undefined> {
  const [row] = await orm(database)
    .select({ session: sessions, app: apps })
    .from(sessions)
    .innerJoin(apps, eq(apps.id, sessions.appId))
    .where(and(eq(sessions.hash, hash), eq(sessions.holder, 'gateway'), isLive(now)))
    .limit(1);
  return row;
}

function isLive(now: number): SQL | undefined {
  return and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now));
}

/** The sessions of a gift are its recipient's, and not those of who paid. */
const IS_KEPT = sql.raw(
  'not exists (select 1 from gifts as g where g.payment_id = payments.id and g.canceled_at is null)',
);

/**
 * A customer's sessions include those of single purchases, made when the customer came back from checkout on another
 * machine.
 */
function within(appId: string, scope: SessionScope): SQL | undefined {
  const own = eq(sessions.appId, appId);
  switch (scope.kind) {
    case 'session':
      return and(own, eq(sessions.id, scope.sessionId));
    case 'external': {
      const bought = sql`${sessions.paymentId} in (select id from payments where app_id = ${appId} and external_customer_id = ${scope.externalId} and ${IS_KEPT})`;
      return or(
        and(own, eq(sessions.externalId, scope.externalId)),
        and(own, scope.includesProven ? undefined : isNull(sessions.customerId), bought),
      );
    }
    case 'customer': {
      const { customerId, memberId } = scope;
      const named = and(
        own,
        eq(sessions.customerId, customerId),
        memberId === undefined
          ? undefined
          : memberId === null
            ? isNull(sessions.memberId)
            : eq(sessions.memberId, memberId),
      );
      if (typeof memberId === 'string') return named;
      return or(
        named,
        and(
          own,
          isNull(sessions.customerId),
          sql`${sessions.paymentId} in (select id from payments where app_id = ${appId} and customer_id = ${customerId} and ${IS_KEPT}
            union select payment_id from gifts where app_id = ${appId} and claimed_customer_id = ${customerId})`,
        ),
      );
    }
  }
}
