import { and, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Cursor } from './cursor.ts';
import type { Database, Statement } from './database.ts';
import { type AppRow, apps, sessions, type SessionRow } from './schema.ts';

/** Whose sessions are meant, within one app. */
export type SessionScope =
  /** `memberId`: one member's; null: those of the customer itself; undefined: all, members' too. */
  | { kind: 'customer'; customerId: string; memberId: string | null | undefined }
  | { kind: 'external'; externalId: string }
  /** One alone: nobody is proven, or only it is meant. */
  | { kind: 'session'; sessionId: string };

/** Stores a session, in a batch of the caller's. */
export function insertSession(database: Database, session: Omit<SessionRow, 'revokedAt'>): Statement {
  return database.insert(sessions).values(session);
}

/** Ends a session. Again is no error. */
export async function revokeSession(database: Database, id: string, now: number): Promise<void> {
  await database
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(eq(sessions.id, id), isNull(sessions.revokedAt)));
}

/** Ends all live sessions of a scope, or the one among them that has `id`. @returns how many there were. */
export async function revokeSessions(
  database: Database,
  appId: string,
  scope: SessionScope | undefined,
  which: { id?: string; now: number },
): Promise<number> {
  const ended = await database
    .update(sessions)
    .set({ revokedAt: which.now })
    .where(
      and(
        which.id === undefined ? undefined : eq(sessions.id, which.id),
        scope ? within(appId, scope) : eq(sessions.appId, appId),
        isLive(which.now),
      ),
    )
    .returning({ id: sessions.id });
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
  return database
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

/** The session in the cookie of the gateway's own pages, with its app. Asked each time: its end holds at once, everywhere. */
export async function findGatewaySession(
  database: Database,
  hash: string,
  now: number,
): Promise<{ session: SessionRow; app: AppRow } | undefined> {
  const [row] = await database
    .select({ session: sessions, app: apps })
    .from(sessions)
    .innerJoin(apps, eq(apps.id, sessions.appId))
    .where(and(eq(sessions.hash, hash), eq(sessions.holder, 'gateway'), isLive(now)))
    .limit(1);
  return row;
}

/**
 * Whether a customer still has the address that was proven for a session, itself or as its member, and which member that
 * is: whom Polar wants to be named for a team. Polar's customers change their address, and then it may be another's.
 */
export async function findAddressHolder(
  database: Database,
  session: { customerId: string; email: string },
  mode: AppRow['mode'],
): Promise<{ holds: boolean; memberId: string | null }> {
  const { customerId, email } = session;
  const [row] = await database.all<{ is_customer: number; member_id: string | null }>(sql`
    select exists (select 1 from customers where mode = ${mode} and id = ${customerId} and deleted_at is null
        and lower(email) = ${email}) as is_customer,
      (select id from snapshots where mode = ${mode} and customer_id = ${customerId} and kind = 'member'
        and lower(data ->> '$.email') = ${email} order by version desc limit 1) as member_id`);
  const memberId = row?.member_id ?? null;
  return { holds: row?.is_customer === 1 || memberId !== null, memberId };
}

function isLive(now: number): SQL | undefined {
  return and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now));
}

/** A customer's sessions are also those of their purchases: whoever came back from checkout on another machine. */
function within(appId: string, scope: SessionScope): SQL | undefined {
  const own = eq(sessions.appId, appId);
  switch (scope.kind) {
    case 'session':
      return and(own, eq(sessions.id, scope.sessionId));
    case 'external':
      return and(own, eq(sessions.externalId, scope.externalId));
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
          sql`${sessions.paymentId} in (select id from payments where app_id = ${appId} and customer_id = ${customerId})`,
        ),
      );
    }
  }
}
