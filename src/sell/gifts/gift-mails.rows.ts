import type { Database } from '../../base/db/database.rows.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';

/* When the mail of a gift is due, who is sending it, and what came of it. */

const DUE = query<{ now: number; limit: number }, { id: string }>(
  'select id from gifts where mail_at is not null and mail_at <= :now order by mail_at limit :limit',
);

/** Gifts whose mail is to be tried now, the longest due first. */
export function dueGifts(now: number, limit: number) {
  return DUE({ now, limit });
}

const TAKE = query<{ id: string; now: number; lease: number }, { until: number }>(`
  update gifts set mail_at = :now + (:lease << min(mail_attempts, 6)), mail_attempts = mail_attempts + 1
  where id = :id and mail_at is not null and mail_at <= :now and claimed_at is null and canceled_at is null
  returning mail_at as until`);

/**
 * Takes a gift whose mail is due, and counts the try. Resolves to the time before which nobody else has it: after `lease`
 * milliseconds, and each time twice as late when those who had it before noted nothing. Undefined: it was not to be had.
 */
export async function takeMail(
  database: Database,
  taken: { id: string; now: number; lease: number },
): Promise<number | undefined> {
  const [row] = await runOne(database, TAKE(taken));
  return row?.until;
}

const NOTE_MAIL = command<{
  id: string;
  link: number;
  until: number;
  mailAt: number | null;
  mailedAt: number | null;
  attempts: number;
  error: string | null;
}>(`
  update gifts set mail_at = iif(mail_at is null, null, :mailAt), mailed_at = :mailedAt, mail_attempts = :attempts, mail_error = :error
  where id = :id and link = :link and (mail_at = :until or mail_at is null and :mailedAt is not null)`);

/**
 * Notes what came of a mail that was taken until `until`, unless a further link has been asked for meanwhile. That it was
 * sent is noted also of a gift that was claimed or canceled in that moment.
 */
export async function noteMail(database: Database, noted: Parameters<typeof NOTE_MAIL>[0]): Promise<void> {
  await runOne(database, NOTE_MAIL(noted));
}

const LOOK_NOW = query<{ payment: string; now: number }, { id: string; mailAt: number }>(`
  update gifts set mail_at = max(coalesce(send_at, 0), :now)
  where payment_id = :payment and canceled_at is null and claimed_at is null and mail_at is not null and mailed_at is null
    and mail_attempts = 0
  returning id, mail_at as mailAt`);

/** A payment has come: its gift's mail need not wait for the next look. Resolves to the gift, if there is one to mail. */
export async function bringMailForward(
  database: Database,
  payment: string,
  now: number,
): Promise<{ id: string; mailAt: number } | undefined> {
  const [row] = await runOne(database, LOOK_NOW({ payment, now }));
  return row;
}
