import { and, eq, gt, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { type Database, runBatch, type Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { type AppRow, payments, sessions, type SessionRow, signInAttempts } from '../base/db/schema.rows.ts';
import { type GiftOfAddress, giftsOfAddress } from './gifts-of-address.rows.ts';
import { HAS_RETURNED } from './erase/hidden.rows.ts';
import { endUnheldSessions, IS_OF_TEAM } from './held-addresses.rows.ts';

export type AttemptRow = typeof signInAttempts.$inferSelect;

const MAX_GUESSES = 5;
const MAX_MAILS = 5;
/**
 * From all apps of a mode together. Three times one app's, so that requests at one app do not keep customers from
 * signing in at another (ADR 32).
 */
const MAX_MAILS_OF_MODE = 15;
/** The time within which an address gets that many mails; attempts are kept as long. */
export const MAIL_WINDOW_MS = 60 * 60_000;
/** As many proven sessions as the kit keeps. */
export const MAX_SUBJECTS = 4;

/** Stores an attempt, whether the address is known or not: in a batch of the caller's. */
export function insertAttempt(
  database: Database,
  attempt: Omit<AttemptRow, 'guesses' | 'mailedAt' | 'usedAt'>,
): Statement {
  return orm(database)
    .insert(signInAttempts)
    .values({ ...attempt, guesses: 0 });
}

/**
 * A customer or member that has an attempt's address. `email` is the address as Polar has it; mail goes there, and not
 * to what was typed.
 */
export interface AddressOwner {
  customerId: string;
  memberId: string | null;
  email: string;
  /** It is the customer's own address, and not a member's. */
  isOwn: number;
}

/**
 * Allows one mail for an attempt and says to whom; undefined for an unknown address and for one that has had its mails
 * of the hour. It takes one round trip, the same statements and one written row for every address. Only mails that are
 * sent count, so requests for an address at an app that does not know it take nothing from its owner (ADR 32).
 */
export async function admitMail(
  database: Database,
  app: Pick<AppRow, 'id' | 'mode'>,
  attempt: { id: string; email: string; now: number },
): Promise<{ email: string } | undefined> {
  const { id, email, now } = attempt;
  const mails = (
    more: SQL,
  ) => sql`(select count(*) from sign_in_attempts as earlier where earlier.mode = ${app.mode}
    and earlier.email = ${email} and earlier.mailed_at > ${now - MAIL_WINDOW_MS}${more})`;
  const { owners, admitted } = await runBatch(database, {
    owners: ownersStatement(database, app, id),
    admitted: orm(database)
      .update(signInAttempts)
      .set({
        mailedAt: sql`case when ${mails(sql` and earlier.app_id = ${app.id}`)} < ${MAX_MAILS}
          and ${mails(sql``)} < ${MAX_MAILS_OF_MODE} and (exists ${subjectsOf(app, id)} or ${hasGift(app.id, id)}) then ${now} end`,
      })
      .where(and(eq(signInAttempts.id, id), isNull(signInAttempts.mailedAt)))
      .returning({ mailedAt: signInAttempts.mailedAt }),
  });
  if (typeof admitted[0]?.mailedAt !== 'number') return undefined;
  // Of a gift's recipient whom Polar does not know there is the address that was typed, and nothing else.
  return owners[0] ?? { email };
}

/**
 * Counts a guess before the caller may check it, so that of many guesses at once only five are checked. A guess from
 * another browser, app or kind of holder is not counted, so nobody can use up another's. A guess for an attempt that
 * was not mailed is counted in the same way; the caller must refuse it. The same round trip reads what a right guess
 * needs.
 */
export async function countGuess(
  database: Database,
  app: Pick<AppRow, 'id' | 'mode'>,
  guess: {
    attempt: string;
    holder: AttemptRow['holder'];
    browserHash: string;
    /** SHA-256 of the session that may be replaced. */
    sessionHash: string;
    now: number;
  },
): Promise<{
  attempt: AttemptRow | undefined;
  /** All customers and members with the address, the best first. */
  owners: AddressOwner[];
  /** What was given to the address, and belongs to no customer yet. */
  gifts: GiftOfAddress[];
  old: (SessionRow & { buyerId: string | null }) | undefined;
}> {
  const {
    attempts,
    owners,
    gifts,
    old: [old],
  } = await runBatch(database, {
    attempts: orm(database)
      .update(signInAttempts)
      .set({ guesses: sql`${signInAttempts.guesses} + 1` })
      .where(
        and(
          eq(signInAttempts.id, guess.attempt),
          eq(signInAttempts.appId, app.id),
          eq(signInAttempts.mode, app.mode),
          eq(signInAttempts.holder, guess.holder),
          eq(signInAttempts.browserHash, guess.browserHash),
          isNull(signInAttempts.usedAt),
          gt(signInAttempts.expiresAt, guess.now),
          lt(signInAttempts.guesses, MAX_GUESSES),
        ),
      )
      .returning(),
    owners: ownersStatement(database, app, guess.attempt),
    gifts: giftsOfAddress(app.id, guess.attempt, MAX_SUBJECTS),
    old: orm(database)
      // It needs a name of its own: in a batch D1 returns only the last of two columns with one name.
      .select({ session: sessions, buyerId: BUYER.as('buyer_id') })
      .from(sessions)
      .leftJoin(payments, eq(payments.id, sessions.paymentId))
      .where(
        and(
          eq(sessions.hash, guess.sessionHash),
          eq(sessions.appId, app.id),
          eq(sessions.holder, guess.holder),
          isNull(sessions.revokedAt),
          gt(sessions.expiresAt, guess.now),
        ),
      )
      .limit(1),
  });
  return {
    attempt: attempts[0],
    owners,
    gifts,
    old: old && { ...old.session, buyerId: old.buyerId },
  };
}

/** Whose purchase a session is of: who paid, and of a gift the customer it was given to. */
const BUYER = sql<
  string | null
>`coalesce((select iif(g.claimed_customer_id is null, '', g.claimed_customer_id) from gifts as g
  where g.payment_id = ${payments.id} and g.canceled_at is null), ${payments.customerId})`;

const hasGift = (app: string, attempt: string) => sql`exists (select 1 from gifts as g
  where g.app_id = ${app} and g.claimed_by = 'link' and g.claimed_email is not null and g.claimed_customer_id is null
    and g.claimed_email = (select +email from sign_in_attempts where id = ${attempt} and holder = 'app'))`;

/**
 * Uses up an attempt, makes its sessions and ends the one they replace, in a batch of the caller's. When the attempt is
 * used already, the sessions' `not null` is violated and the whole batch does nothing, so of two at once only one
 * succeeds; see `isSessionRefused`. The sessions' owners were read before. If one has lost the address since, its
 * session is ended here, because the batch that took the address away could not know of it.
 */
export function useAttemptStatements(
  database: Database,
  app: Pick<AppRow, 'mode'>,
  attemptId: string,
  made: readonly Omit<SessionRow, 'revokedAt'>[],
  /** `replacedId`: the session to be ended. */
  { replacedId, now }: { replacedId: string | undefined; now: number },
): Statement[] {
  const isUnused = and(eq(signInAttempts.id, attemptId), isNull(signInAttempts.usedAt));
  const statements: Statement[] = made.map((session) =>
    orm(database)
      .insert(sessions)
      .values({
        ...session,
        appId: sql`(select ${signInAttempts.appId} from ${signInAttempts} where ${isUnused})`,
      }),
  );
  statements.push(orm(database).update(signInAttempts).set({ usedAt: now }).where(isUnused));
  if (replacedId !== undefined) {
    statements.push(
      orm(database)
        .update(sessions)
        .set({ revokedAt: now })
        .where(and(eq(sessions.id, replacedId), isNull(sessions.revokedAt))),
    );
  }
  const customerIds = new Set(made.map(({ customerId }) => customerId));
  for (const id of customerIds) if (id !== null) statements.push(endUnheldSessions(app.mode, id, now));
  return statements;
}

/** Whether one of the tables has a row of the customer in the app. */
const has = (appId: string, tables: readonly string[], more = '') =>
  sql.join(
    tables.map(
      (table) =>
        sql`exists (select 1 from ${sql.raw(table)} as k where k.app_id = ${appId} and k.customer_id = s.customer_id${sql.raw(more)})`,
    ),
    sql` or `,
  );

function ownersStatement(database: Database, app: Pick<AppRow, 'id' | 'mode'>, attemptId: string) {
  return orm(database)
    .select({
      customerId: sql<string>`customer_id`,
      memberId: sql<string | null>`member_id`,
      email: sql<string>`email`,
      isOwn: sql<number>`is_own`,
    })
    .from(subjectsOf(app, attemptId));
}

/**
 * The app's customers and its teams' members that have an attempt's address (ADR 32). First the customer with the
 * address, if it owns something. Then members of teams: those with a live grant first, since anybody can add an address
 * to their teams; then owners, then the newest. Last customers who have paid for nothing, since anybody can make one
 * with a stranger's address by a checkout whose card is declined.
 */
function subjectsOf({ id, mode }: Pick<AppRow, 'id' | 'mode'>, attemptId: string): SQL {
  // The `+` removes the column's type: SQLite uses an index on an expression only for a value without one.
  const address = sql`(select +email from sign_in_attempts where id = ${attemptId})`;
  const owns = sql`(${has(id, ['grants', 'orders', 'subscriptions', 'app_customers', 'own_grants'])} or ${has(id, ['payments'], ' and k.succeeded_at is not null')}
    or exists (select 1 from gifts as k where k.app_id = ${id} and k.claimed_customer_id = s.customer_id))`;
  const hasLiveGrant = sql`exists (select 1 from grants as g where g.app_id = ${id} and g.customer_id = s.customer_id
    and (s.member_id is null or g.member_id = s.member_id) and g.is_granted and not g.is_revoked)`;
  return sql`(
    select customer_id, member_id, email, max(version) as version,
      sum(is_own) as is_own, ${owns} as owns, ${hasLiveGrant} as has_grant
    from (
      select c.id as customer_id, null as member_id, c.email as email, c.version as version, 1 as is_own from customers as c
      where c.mode = ${mode} and lower(email) = ${address}
      union all
      -- Whoever owns a team is its customer.
      select customer_id, iif(data ->> '$.role' = 'owner', null, id), data ->> '$.email', version, 0 from snapshots as m
      where mode = ${mode} and lower(data ->> '$.email') = ${address} and kind = 'member' and status is not 'deleted'
        and (data ->> '$.role' is not 'owner' or ${sql.raw(IS_OF_TEAM)})
      union all
      -- A seat tells of a member whom nothing else told of; what is known of the member itself is newer.
      select customer_id, data ->> '$.member_id', data ->> '$.customer_email', version, 0 from snapshots as seat
      where mode = ${mode} and lower(data ->> '$.customer_email') = ${address} and kind = 'seat' and status = 'claimed'
        and data ->> '$.member_id' is not null and not exists (
          select 1 from snapshots as m where m.mode = ${mode} and m.kind = 'member' and m.id = seat.data ->> '$.member_id')
    ) as s
    where (${owns} or ${has(id, ['payments'])})
      and not exists (select 1 from customers as c where c.mode = ${mode} and c.id = s.customer_id and c.deleted_at is not null)
      -- The app has erased who that is (ADR 105), and is not told by what another app knows.
      and not exists (select 1 from erased_customers as x where x.id = s.customer_id and x.app_id = ${id} and not ${sql.raw(HAS_RETURNED)})
    group by customer_id, member_id
    order by owns desc, is_own desc, has_grant desc, member_id is not null, version desc, customer_id
    limit ${MAX_SUBJECTS})`;
}
