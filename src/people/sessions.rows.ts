import { and, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Cursor } from '../base/db/cursor.ts';
import { type Database, type Statement, violates } from '../base/db/database.rows.ts';
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
  return database.insert(sessions).values(session);
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

/**
 * The session in the cookie of the gateway's own pages, with its app. It is read each time, so that its end takes
 * effect at once everywhere.
 */
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
 * Whether the address that was proven for a session still belongs to the session's customer or member, and which member
 * that is: for a team Polar wants to be told the member.
 */
export async function findAddressHolder(
  database: Database,
  sessionId: string,
  mode: AppRow['mode'],
): Promise<{ holds: boolean; memberId: string | null }> {
  const [row] = await database.all<{ holds: number; member_id: string | null }>(sql`
    select ${holdsAddress(mode)} as holds,
      coalesce(sessions.member_id, (select m.id from snapshots as m where m.mode = ${mode}
        and m.customer_id = sessions.customer_id and m.kind = 'member' and m.status is not 'deleted'
        and lower(m.data ->> '$.email') = sessions.email order by m.version desc limit 1)) as member_id
    from ${sessions} where sessions.id = ${sessionId}`);
  return { holds: row?.holds === 1, memberId: row?.member_id ?? null };
}

/**
 * Ends the sessions of a customer whose proven address does not belong to it any more: a member was removed or is not
 * the owner any more, or an address was changed (ADR 32). It is part of the batch that applies such a change, and of
 * the batch that makes sessions, in case the change came after the address was looked up. Isolates may remember such
 * sessions for 30 s.
 */
export function endUnheldSessions(
  database: Database,
  mode: AppRow['mode'],
  customerId: string,
  now: number,
): Statement {
  return database.run(sql`
    update ${sessions} set revoked_at = ${now}
    where app_id in (select id from ${apps} where mode = ${mode}) and customer_id = ${customerId}
      and proof = 'email' and revoked_at is null and not (${holdsAddress(mode)})`);
}

/**
 * Gives an individual's only member the customer's address, as Polar does without sending an event of the member. When
 * the customer becomes a team later, the member's row says who owns it.
 */
export function followCustomerAddress(
  database: Database,
  mode: AppRow['mode'],
  customerId: string,
): Statement {
  return database.run(sql`
    update snapshots set data = json_set(data, '$.email', c.email) from customers as c
    where snapshots.mode = ${mode} and snapshots.customer_id = ${customerId} and kind = 'member'
      and status is not 'deleted' and data ->> '$.role' = 'owner'
      and c.mode = ${mode} and c.id = ${customerId} and c.email is not null and c.version > snapshots.version
      and data ->> '$.email' is not c.email
      and exists (select 1 from snapshots as t where t.mode = ${mode} and t.kind = 'customer_state'
        and t.id = ${customerId} and t.data ->> '$.type' = 'individual')`);
}

/**
 * Whether the customer of `m`, a member's row with the role owner, is a team. Only then the member's address counts:
 * for an individual only the customer's own address does, since Polar sends no event of the member when it changes. A
 * customer is a team when its state says so, when it has another member, or when it has no address of its own; it never
 * becomes an individual again.
 */
export function isOfTeam(mode: AppRow['mode']): SQL {
  return sql`(exists (select 1 from snapshots as t where t.mode = ${mode} and t.customer_id = m.customer_id
      and t.kind in ('customer_state', 'member')
      and case t.kind when 'member' then t.id <> m.id else t.data ->> '$.type' = 'team' end)
    or exists (select 1 from customers as t where t.mode = ${mode} and t.id = m.customer_id and t.email is null))`;
}

/**
 * Whether the address in a row of `sessions` still belongs to its customer or member. Customers change their address at
 * Polar, and then it may be another's. A member known from a seat alone has no row to compare with; the address then
 * counts as theirs, and Polar decides.
 */
function holdsAddress(mode: AppRow['mode']): SQL {
  const address = sql`lower(m.data ->> '$.email')`;
  return sql`(case when sessions.member_id is null then
      exists (select 1 from customers as c where c.mode = ${mode} and c.id = sessions.customer_id and lower(c.email) = sessions.email)
      or exists (select 1 from snapshots as m where m.mode = ${mode} and m.customer_id = sessions.customer_id and m.kind = 'member'
        and m.status is not 'deleted' and m.data ->> '$.role' = 'owner' and ${address} = sessions.email and ${isOfTeam(mode)})
    else not exists (select 1 from snapshots as m where m.mode = ${mode} and m.kind = 'member' and m.id = sessions.member_id
        and (m.status is 'deleted' or ${address} is not sessions.email)) end
    and not exists (select 1 from customers as c where c.mode = ${mode} and c.id = sessions.customer_id and c.deleted_at is not null))`;
}

function isLive(now: number): SQL | undefined {
  return and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now));
}

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
      const bought = sql`${sessions.paymentId} in (select id from payments where app_id = ${appId} and external_customer_id = ${scope.externalId})`;
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
          sql`${sessions.paymentId} in (select id from payments where app_id = ${appId} and customer_id = ${customerId})`,
        ),
      );
    }
  }
}
