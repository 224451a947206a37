import type { AppRow } from '../../base/db/schema.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { log } from '../../base/log.ts';
import { notePart } from '../../base/note-part.ts';
import type { Services } from '../../base/services.ts';
import { selectApp } from '../../access/concerned-subjects.rows.ts';
import { nameInMail } from '../../people/sign-in-mail.rules.ts';
import { MailNotTaken, sendMail } from '../../people/start-sign-in.ts';
import { statusOfGift } from './present-gift.ts';
import { addressOfLink, makeLink, recallCode } from './gift-links.ts';
import {
  composeGiftMail,
  DAY_MS,
  endOfLink,
  type GiftStatus,
  nextLookAt,
  nextMailAt,
} from './gifts.rules.ts';
import { noteMail, takeMail } from './gift-mails.rows.ts';
import { factsOf, type Gift, giftToMailStatement, renewStatements } from './gifts.rows.ts';

/** Longer than a mail takes: when the invocation dies, another tries the mail again after this time, then after twice as much. */
const LEASE_MS = 5 * 60_000;
/** So often a mail is tried at most, were it that each invocation dies before it notes what came of it. */
const MAX_TRIES = 12;
/** While a refund or a dispute is under way. */
const LOOK_AGAIN_MS = 60 * 60_000;
/** After a refund, which may come undone. */
const LOOK_SELDOM_MS = DAY_MS;

type Noted = Omit<Parameters<typeof noteMail>[1], 'attempts'>;

/**
 * Mails a gift's link, if it is due and the gift can be claimed. The mail is taken before it is sent, so that of two
 * invocations one sends it; a crash between the mail and its note has it sent once more, with the same link. @throws
 * what D1 throws
 */
export async function mailGift(services: Services, id: string): Promise<void> {
  const now = services.now();
  const until = await takeMail(services.database, { id, now, lease: LEASE_MS });
  if (until === undefined) return;
  const { found } = await runBatch(services.database, { found: giftToMailStatement(id) });
  const [gift] = found;
  const app = gift && (await selectApp(services.database, gift.appId));
  if (!gift || !app) return;
  const noted = { id, link: gift.link, until, mailAt: null, mailedAt: null, error: null };
  const status = statusOfGift(gift, now);
  switch (status) {
    case 'awaiting_payment':
      return noteMail(services.database, { ...noted, attempts: 0, mailAt: nextLookAt(gift.createdAt, now) });
    case 'refunding':
    case 'disputed':
      return noteMail(services.database, { ...noted, attempts: 0, mailAt: now + LOOK_AGAIN_MS });
    case 'unpaid':
    case 'refunded':
    case 'claimed':
    case 'expired':
    case 'canceled':
      return noteMail(services.database, {
        ...noted,
        attempts: gift.mailAttempts - 1,
        mailAt: whenItMayOpen(gift, status, now),
      });
    case 'open':
      if (gift.mailAttempts > MAX_TRIES) return giveUp(services, app, gift, noted);
      return send(services, app, gift, noted);
  }
}

/** A buyer who was refused may still pay at the same checkout, and a refund may come undone. Null: it stays as it is. */
function whenItMayOpen(gift: Gift, status: GiftStatus, now: number): number | null {
  if (status === 'unpaid' && gift.paymentStatus === 'failed') return nextLookAt(gift.createdAt, now);
  const next = now + LOOK_SELDOM_MS;
  return status === 'refunded' && next < (endOfLink(factsOf(gift)) ?? 0) ? next : null;
}

/** It may have been sent each time, so it is not sent once more. */
async function giveUp(services: Services, app: AppRow, gift: Gift, noted: Noted): Promise<void> {
  log('error', 'a gift’s mail was tried too often', { app: app.slug, gift: gift.id });
  await noteMail(services.database, { ...noted, attempts: gift.mailAttempts, error: 'interrupted' });
}

async function send(services: Services, app: AppRow, gift: Gift, noted: Noted): Promise<void> {
  const { database, mailer } = services;
  const attempts = gift.mailAttempts;
  const giveUpOrWait = async (error: string) => {
    const mailAt = nextMailAt(attempts, services.now());
    log(mailAt === null ? 'error' : 'warn', 'a gift’s mail was not taken', {
      app: app.slug,
      gift: gift.id,
      error,
    });
    await noteMail(database, { ...noted, attempts, mailAt, error });
  };
  if (!mailer) return giveUpOrWait('mail_not_configured');
  const code = await recallCode(services.config, gift.linkKey, gift);
  if (code === undefined) return remakeLink(services, app, gift);
  const mail = composeGiftMail({
    appName: app.name,
    productName: gift.productName,
    fromName: gift.fromName,
    message: gift.message,
    link: addressOfLink(services.config, app, code),
    days: gift.linkDays,
  });
  try {
    await sendMail(mailer, { ...mail, to: gift.toEmail ?? '', fromName: nameInMail(app.name) });
  } catch (error) {
    const kind = error instanceof MailNotTaken && error.message !== '' ? error.message : 'not_taken';
    await notePart(services, 'mail', `The last mail was not taken (${kind}).`);
    return giveUpOrWait(kind);
  }
  await noteMail(database, { ...noted, attempts, mailedAt: services.now() });
}

/** The key that the link was made with is gone: the gift gets a further link, and its mail is due at once. */
async function remakeLink(services: Services, app: AppRow, gift: Gift): Promise<void> {
  const next = { id: gift.id, link: gift.link + 1 };
  const { linkHash, linkKey } = await makeLink(services.config, next);
  const { toEmail } = gift;
  const renewal = {
    ...next,
    app: app.id,
    before: gift.link,
    linkHash,
    linkKey,
    toEmail,
    now: services.now(),
  };
  await runBatch(services.database, renewStatements(renewal));
  services.wake([{ type: 'gift', giftId: gift.id }]);
}
