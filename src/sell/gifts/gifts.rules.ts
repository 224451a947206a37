import type { PaymentStatus } from '../../base/payment-states.rules.ts';
import type { ProblemCode } from '../../base/problem.ts';
import { nameInMail } from '../../people/sign-in-mail.rules.ts';

/* What a gift is at a moment. Times are milliseconds since 1970. */

export const GIFT_STATUSES = [
  'awaiting_payment',
  'unpaid',
  'open',
  'claimed',
  'expired',
  'refunding',
  'refunded',
  'disputed',
  'canceled',
] as const;
export type GiftStatus = (typeof GIFT_STATUSES)[number];

export const DAY_MS = 24 * 60 * 60_000;
/** How long a link works when the app does not say. */
export const DEFAULT_LINK_DAYS = 90;
export const MAX_LINK_DAYS = 365;
/** How far ahead a gift may be sent. */
export const MAX_AHEAD_DAYS = 365;

/** What Polar hands to whoever pays, whoever the app says it is for (ADR 103). Access and files are the recipient's. */
export const PERSONAL_BENEFITS: readonly string[] = [
  'license_keys',
  'github_repository',
  'discord',
  'slack_shared_channel',
];

/** What of a gift and its payment says how it is. */
export interface GiftFacts {
  claimedAt: number | null;
  canceledAt: number | null;
  linkAt: number;
  linkDays: number;
  sendAt: number | null;
  mailedAt: number | null;
  paymentStatus: PaymentStatus;
  isDisputed: boolean;
  /** When it was paid. */
  succeededAt: number | null;
  /** A refund of it is under way. */
  isBeingRefunded: boolean;
  /** A part was refunded, and what was bought was taken back with it. */
  isTakenBack: boolean;
}

/** Until when the link works: so long after whatever came last that it needs. Null: it is not paid yet. */
export function endOfLink(gift: GiftFacts): number | null {
  const { linkAt, linkDays, sendAt, mailedAt, succeededAt } = gift;
  if (succeededAt === null) return null;
  return Math.max(linkAt, sendAt ?? 0, mailedAt ?? 0, succeededAt) + linkDays * DAY_MS;
}

/**
 * How a gift is at `now`. It follows from the payment each time, so that a refund that comes undone opens the gift
 * again (invariant 3). `gifts.rows.ts` says `open` once more, as SQL.
 */
export function statusOf(gift: GiftFacts, now: number): GiftStatus {
  if (gift.canceledAt !== null) return 'canceled';
  switch (gift.paymentStatus) {
    case 'pending':
      return 'awaiting_payment';
    case 'failed':
    case 'expired':
      return 'unpaid';
    case 'refunded':
      return 'refunded';
    case 'succeeded':
    case 'partially_refunded':
      break;
  }
  if (gift.isTakenBack) return 'refunded';
  if (gift.claimedAt !== null) return 'claimed';
  if (gift.isDisputed) return 'disputed';
  if (gift.isBeingRefunded) return 'refunding';
  return (endOfLink(gift) ?? 0) > now ? 'open' : 'expired';
}

/** Why a gift that is not open cannot be claimed. Only who has its link is told. */
export function refusalOf(status: Exclude<GiftStatus, 'open'>): { code: ProblemCode; detail: string } {
  switch (status) {
    case 'awaiting_payment':
      return { code: 'not_paid', detail: 'This gift has not been paid yet.' };
    case 'unpaid':
      return { code: 'gift_ended', detail: 'This gift was never paid.' };
    case 'claimed':
      return { code: 'gift_claimed', detail: 'This gift has been accepted already.' };
    case 'expired':
      return {
        code: 'gift_expired',
        detail: 'The link of this gift has expired. Whoever gave it can have a new one sent.',
      };
    case 'refunding':
    case 'refunded':
      return { code: 'gift_ended', detail: 'This gift was refunded.' };
    case 'disputed':
      return { code: 'gift_ended', detail: 'The payment of this gift is disputed.' };
    case 'canceled':
      return { code: 'gift_ended', detail: 'This gift was taken back.' };
  }
}

/** A mail that was not taken is tried again after so many minutes; then it is given up, which the gift shows. */
const RETRY_MINUTES: readonly number[] = [1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60];

/** When a mail is tried again after `attempts` in vain; null: not any more. */
export function nextMailAt(attempts: number, now: number): number | null {
  const minutes = RETRY_MINUTES[attempts - 1];
  return minutes === undefined ? null : now + minutes * 60_000;
}

const LONGEST_WAIT_MS = 6 * 60 * 60_000;

/**
 * When to look again for the payment of a gift that is to be mailed: soon while its checkout is new, ever more seldom
 * after. Whoever comes back from the checkout has it looked at right then.
 */
export function nextLookAt(createdAt: number, now: number): number {
  return now + Math.min(Math.max((now - createdAt) / 4, 60_000), LONGEST_WAIT_MS);
}

/** In a mail without markup: what the giver wrote cannot be taken for the gateway's own words. */
const quote = (text: string) =>
  text.replaceAll(/\r\n?/g, '\n').replaceAll(/^/gm, '> ').replaceAll(/^> $/gm, '>');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

/** The mail with a gift's link. What the giver wrote is not in its subject. */
export function composeGiftMail(mail: {
  appName: string;
  productName: string | null;
  fromName: string | null;
  message: string | null;
  link: string;
  /** How many days the link works. */
  days: number;
}): { subject: string; text: string; html: string } {
  const [app, from] = [nameInMail(mail.appName), nameInMail(mail.fromName ?? '')];
  const what = mail.productName === null ? app : `${nameInMail(mail.productName)} at ${app}`;
  const intro = from === '' ? `You have a gift: ${what}.` : `${from} has a gift for you: ${what}.`;
  const open = 'Open this link to accept it:';
  const note = `It works once, within ${mail.days} ${mail.days === 1 ? 'day' : 'days'}. Whoever has it can accept the gift, so keep it to yourself.`;
  const ignore = 'If you do not want it, you need not do anything.';
  const words = mail.message === null || mail.message.trim() === '' ? [] : [mail.message.trim()];
  const paragraphs = [
    escapeHtml(intro),
    ...words.map(
      (text) =>
        `<span style="display:block;padding-left:1em;border-left:3px solid #8a94a2;white-space:pre-wrap">${escapeHtml(text)}</span>`,
    ),
    `<a href="${escapeHtml(mail.link)}" style="display:inline-block;padding:.6em 1.2em;border-radius:8px;background:#1a56b0;color:#ffffff;font-weight:600;text-decoration:none">Open the gift</a>`,
    escapeHtml(note),
    ignore,
  ];
  return {
    subject: from === '' ? `A gift for you at ${app}` : `${from} has a gift for you`,
    text: [intro, ...words.map(quote), `${open}\n${mail.link}`, note, ignore].join('\n\n') + '\n',
    html: `<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif">${paragraphs
      .map((each) => `<p>${each}</p>`)
      .join('')}</body></html>`,
  };
}
