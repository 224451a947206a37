import { and, eq, gt, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { type AppRow, payments, sessions, type SessionRow, signInAttempts } from './schema.ts';

export type AttemptRow = typeof signInAttempts.$inferSelect;

const MAX_GUESSES = 5;
const MAX_MAILS = 5;
/** In which an address gets that many mails; attempts are kept as long. */
export const MAIL_WINDOW_MS = 60 * 60_000;

/** Remembers that somebody asked, whoever's address it is. */
export async function insertAttempt(
  database: Database,
  attempt: Omit<AttemptRow, 'guesses' | 'mailedAt' | 'usedAt'>,
): Promise<void> {
  await database.insert(signInAttempts).values({ ...attempt, guesses: 0 });
}

/** Who has the address of an attempt. `email` is as Polar has it: that is where mail goes, not to what was typed. */
export interface AddressOwner {
  customerId: string;
  memberId: string | null;
  email: string;
}

interface MemberRow extends AddressOwner {
  memberId: string;
  role: string | null;
}

/**
 * Lets an attempt be mailed, unless its address has had its mails of the hour, and says whose address it is. One round
 * trip, the same statements whether anybody has that address: mails are counted by what was asked.
 */
export async function admitMail(
  database: Database,
  app: Pick<AppRow, 'id' | 'mode'>,
  attempt: { id: string; email: string; now: number },
): Promise<AddressOwner | undefined> {
  const { id, email, now } = attempt;
  const [customerRows, memberRows, admitted] = await database.batch([
    ...ownerStatements(database, app, id),
    database
      .update(signInAttempts)
      .set({ mailedAt: now })
      .where(
        and(
          eq(signInAttempts.id, id),
          isNull(signInAttempts.mailedAt),
          sql`(select count(*) from sign_in_attempts as earlier where earlier.mode = ${app.mode}
            and earlier.email = ${email} and earlier.mailed_at > ${now - MAIL_WINDOW_MS}) < ${MAX_MAILS}`,
        ),
      )
      .returning({ id: signInAttempts.id }),
  ]);
  return admitted.length === 0 ? undefined : chooseOwner(customerRows, memberRows);
}

/**
 * Counts a guess, and only then lets it be looked at: of guesses at once, five see the hashes. A guess from another
 * browser, app or kind of holder is none: nobody can use up another's. One round trip brings along what a right one needs.
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
  owner: AddressOwner | undefined;
  old: (SessionRow & { buyerId: string | null }) | undefined;
}> {
  const [attempts, customerRows, memberRows, oldRows] = await database.batch([
    database
      .update(signInAttempts)
      .set({ guesses: sql`${signInAttempts.guesses} + 1` })
      .where(
        and(
          eq(signInAttempts.id, guess.attempt),
          eq(signInAttempts.appId, app.id),
          eq(signInAttempts.mode, app.mode),
          eq(signInAttempts.holder, guess.holder),
          eq(signInAttempts.browserHash, guess.browserHash),
          isNotNull(signInAttempts.mailedAt),
          isNull(signInAttempts.usedAt),
          gt(signInAttempts.expiresAt, guess.now),
          lt(signInAttempts.guesses, MAX_GUESSES),
        ),
      )
      .returning(),
    ...ownerStatements(database, app, guess.attempt),
    database
      .select({ session: sessions, buyerId: payments.customerId })
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
  ]);
  const [old] = oldRows;
  return {
    attempt: attempts[0],
    owner: chooseOwner(customerRows, memberRows),
    old: old && { ...old.session, buyerId: old.buyerId },
  };
}

/**
 * Uses up an attempt, makes its session and ends the one it replaces: all or nothing, and of two at once only one.
 * @returns whether it was this one.
 */
export async function useAttempt(
  database: Database,
  attemptId: string,
  session: Omit<SessionRow, 'revokedAt'>,
  replacedId: string | null,
): Promise<boolean> {
  const now = session.createdAt;
  const [, used] = await database.batch([
    database.run(sql`
      insert into ${sessions} (id, hash, app_id, payment_id, customer_id, member_id, proof, holder, email, label, created_at, expires_at)
      select ${session.id}, ${session.hash}, ${session.appId}, ${session.paymentId}, ${session.customerId}, ${session.memberId},
        ${session.proof}, ${session.holder}, ${session.email}, ${session.label}, ${now}, ${session.expiresAt}
      from ${signInAttempts} where id = ${attemptId} and used_at is null`),
    database
      .update(signInAttempts)
      .set({ usedAt: now })
      .where(and(eq(signInAttempts.id, attemptId), isNull(signInAttempts.usedAt)))
      .returning({ id: signInAttempts.id }),
    // Only once the new one is there: of two at once, the loser's is never made.
    database
      .update(sessions)
      .set({ revokedAt: now })
      .where(
        and(
          eq(sessions.id, replacedId ?? ''),
          isNull(sessions.revokedAt),
          sql`exists (select 1 from sessions as made where made.id = ${session.id})`,
        ),
      ),
  ]);
  return used.length === 1;
}

/** An app knows a customer whose row of any kind it has; others of the organization are strangers to it. */
const isKnown = (appId: string, customer: string) =>
  sql.join(
    ['grants', 'orders', 'subscriptions', 'payments', 'app_customers'].map(
      (table) =>
        sql`exists (select 1 from ${sql.raw(table)} as k where k.app_id = ${appId} and k.customer_id = ${sql.raw(customer)})`,
    ),
    sql` or `,
  );

/** The app's customer, and its teams' member, who has an attempt's address. The newest, should Polar have moved it. */
function ownerStatements(database: Database, app: Pick<AppRow, 'id' | 'mode'>, attemptId: string) {
  // The `+` takes the column's type from it: SQLite looks an expression up in an index only for a value without one.
  const address = sql`(select +email from sign_in_attempts where id = ${attemptId})`;
  const { id, mode } = app;
  return [
    database.select({
      customerId: sql<string>`customer_id`,
      memberId: sql<null>`null`,
      email: sql<string>`email`,
    }).from(sql`(
        select c.id as customer_id, c.email as email from customers as c
        where c.mode = ${mode} and lower(email) = ${address} and c.deleted_at is null and (${isKnown(id, 'c.id')})
        order by c.version desc limit 1)`),
    database.select({
      customerId: sql<string>`customer_id`,
      memberId: sql<string>`member_id`,
      email: sql<string>`email`,
      role: sql<string | null>`role`,
    }).from(sql`(
        select customer_id, member_id, email, role from (
          select customer_id, id as member_id, data ->> '$.email' as email, data ->> '$.role' as role, version from snapshots
          where mode = ${mode} and lower(data ->> '$.email') = ${address} and kind = 'member'
          union all
          select customer_id, data ->> '$.member_id', data ->> '$.customer_email', null, version from snapshots
          where mode = ${mode} and lower(data ->> '$.customer_email') = ${address} and kind = 'seat' and status = 'claimed') as m
        where member_id is not null and (${isKnown(id, 'm.customer_id')})
          and not exists (select 1 from customers as c where c.mode = ${mode} and c.id = m.customer_id and c.deleted_at is not null)
        order by role = 'owner' desc, version desc limit 1)`),
  ] as const;
}

/** A customer before a member of one. Whoever owns a team is its customer. */
function chooseOwner(
  customers: readonly AddressOwner[],
  members: readonly MemberRow[],
): AddressOwner | undefined {
  const [member] = members;
  return (
    customers[0] ?? (member && { ...member, memberId: member.role === 'owner' ? null : member.memberId })
  );
}
