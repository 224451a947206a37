import { sql } from 'drizzle-orm';
import { columnOf } from '../../base/db/columns.rules.ts';
import type { Cursor } from '../../base/db/cursor.ts';
import { type Database, type Statement } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { isInPart } from '../../base/db/pages.rows.ts';
import { type GiftRow, gifts } from '../../base/db/schema.rows.ts';
import { command, query, unmetUnless } from '../../base/db/sql.rows.ts';
import { type GiftFacts, PERSONAL_BENEFITS } from './gifts.rules.ts';

const FIELDS = [
  'id',
  'appId',
  'mode',
  'paymentId',
  'toEmail',
  'fromName',
  'message',
  'redirectUrl',
  'sendAt',
  'linkDays',
  'link',
  'linkHash',
  'linkKey',
  'linkAt',
  'mailAt',
  'mailAttempts',
  'mailedAt',
  'mailError',
  'claimedAt',
  'claimedBy',
  'claimedCustomerId',
  'claimedExternalId',
  'claimedEmail',
  'claimKey',
  'attachedAt',
  'canceledAt',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof GiftRow)[];

/** A gift with what its payment says of it. */
export interface Gift extends GiftRow, Pick<GiftFacts, 'paymentStatus' | 'succeededAt'> {
  isDisputed: 0 | 1;
  isBeingRefunded: 0 | 1;
  isTakenBack: 0 | 1;
  productId: string | null;
  productName: string | null;
  /** Who paid. */
  giverId: string | null;
}

const IS_BEING_REFUNDED = `(exists (select 1 from refund_requests as q where q.payment_id = p.id and q.status = 'asked')
    or exists (select 1 from refunds as r where r.payment_id = p.id and r.status = 'pending'))`;
const IS_TAKEN_BACK = `exists (select 1 from refunds as r where r.payment_id = p.id and r.status = 'succeeded' and r.revokes_benefits = 1)`;
const COLUMNS = `${FIELDS.map((field) => `g.${columnOf(field)} as ${field}`).join(', ')},
  p.status as paymentStatus, p.succeeded_at as succeededAt, p.disputed as isDisputed, p.product_id as productId,
  p.product_name as productName, p.customer_id as giverId, ${IS_BEING_REFUNDED} as isBeingRefunded, ${IS_TAKEN_BACK} as isTakenBack`;
const FROM = 'from gifts as g join payments as p on p.id = g.payment_id';

/** What `statusOf` decides by. */
export function factsOf(gift: Gift): GiftFacts {
  return {
    ...gift,
    isDisputed: gift.isDisputed === 1,
    isBeingRefunded: gift.isBeingRefunded === 1,
    isTakenBack: gift.isTakenBack === 1,
  };
}

const BY_ID = query<{ app: string; id: string }, Gift>(
  `select ${COLUMNS} ${FROM} where g.id = :id and g.app_id = :app`,
);

/** A gift of the app, for a batch; none for another app's (invariant 5). */
export function giftStatement(app: string, id: string) {
  return BY_ID({ app, id });
}

const BY_LINK = query<{ app: string; hash: string }, Gift>(
  `select ${COLUMNS} ${FROM} where g.link_hash = :hash and g.app_id = :app`,
);

/** The gift of the app whose link has this code, by the code's hash. */
export function giftByLinkStatement(app: string, hash: string) {
  return BY_LINK({ app, hash });
}

const TO_MAIL = query<{ id: string }, Gift>(`select ${COLUMNS} ${FROM} where g.id = :id`);

export function giftToMailStatement(id: string) {
  return TO_MAIL({ id });
}

export interface GiftFilter {
  paymentId?: string | undefined;
  /** In lower case. */
  toEmail?: string | undefined;
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  cursor?: Cursor | undefined;
  limit: number;
}

/** A page of an app's gifts, newest first. */
export function selectGifts(
  database: Database,
  app: string,
  { paymentId, toEmail, createdAfter, createdBefore, cursor, limit }: GiftFilter,
): Promise<Gift[]> {
  const part = { since: createdAfter, until: createdBefore, after: cursor };
  const inTime = isInPart(sql`created_at`, sql`id`, part);
  const which =
    paymentId !== undefined
      ? // The + keeps SQLite from the index on all gifts of the app.
        sql`payment_id = ${paymentId} and +app_id = ${app}${toEmail === undefined ? sql`` : sql` and +to_email = ${toEmail}`}`
      : toEmail !== undefined
        ? sql`app_id = ${app} and to_email = ${toEmail} and to_email is not null`
        : sql`app_id = ${app}`;
  return orm(database).all<Gift>(sql`
    select ${sql.raw(COLUMNS)} ${sql.raw(FROM)} where g.id in (
      select id from ${gifts} where ${which} and ${inTime} order by created_at desc, id desc limit ${limit})
    order by g.created_at desc, g.id desc`);
}

const INSERT = command<GiftRow & Record<keyof GiftRow, string | number | null>>(
  `insert into gifts (${FIELDS.map(columnOf).join(', ')}) values (${FIELDS.map((field) => `:${field}`).join(', ')})`,
);

export function insertGift(row: GiftRow): Statement {
  return INSERT(row);
}

/** A statement that makes its batch do nothing unless a row is there. */
const unless = (row: string) => unmetUnless(`exists (${row})`);

/** Payment `p` bought something that Polar hands to whoever paid. */
const IS_PERSONAL = `exists (select 1 from products as w, json_each(w.data, '$.benefits') as benefit
    where w.mode = p.mode and w.id = p.product_id and benefit.value ->> '$.type' in (${PERSONAL_BENEFITS.map((type) => `'${type}'`).join(', ')}))`;

/** Payment `p` can become a gift. */
const IS_GIFTABLE = `p.status = 'succeeded' and p.refunded_amount = 0 and p.disputed = 0 and p.subscription_id is null
  and p.order_id is not null and not ${IS_BEING_REFUNDED}
  and not exists (select 1 from gifts as g where g.payment_id = p.id and g.canceled_at is null)
  and not exists (select 1 from products as w, json_each(w.data, '$.prices') as price
    where w.mode = p.mode and w.id = p.product_id and price.value ->> '$.amount_type' = 'seat_based')
  and not ${IS_PERSONAL}`;

const REQUIRE_GIFTABLE = query<{ app: string; payment: string }, unknown>(
  unless(`select 1 from payments as p where p.id = :payment and p.app_id = :app and ${IS_GIFTABLE}`),
);

/** Makes its batch do nothing unless the payment can become a gift. */
export function requireGiftable(app: string, payment: string): Statement {
  return REQUIRE_GIFTABLE({ app, payment });
}

const TAKE_FROM_BUYER = [
  command<{ payment: string; now: number }>(
    'update payments set nonce_used_at = coalesce(nonce_used_at, :now) where id = :payment',
  ),
  command<{ app: string; payment: string; now: number }>(`
    update codes set used_at = :now where used_at is null and hash in (
      select hash from codes where expires_at > :now and app_id = :app and payment_id = :payment)`),
  command<{ app: string; payment: string; now: number }>(`
    update sessions set revoked_at = :now
    where app_id = :app and payment_id = :payment and payment_id is not null and customer_id is null and revoked_at is null`),
] as const;

/**
 * Ends what opens a payment to whoever came back from its checkout: the return link, its codes and the sessions of that
 * purchase alone. From then on such sessions are the recipient's.
 */
export function takeFromBuyer(app: string, payment: string, now: number): Statement[] {
  const [nonce, codes, sessions] = TAKE_FROM_BUYER;
  return [nonce({ payment, now }), codes({ app, payment, now }), sessions({ app, payment, now })];
}

const REFUSED = query<{ app: string; payment: string }, Giftable>(`
  select p.status, p.refunded_amount as refundedAmount, p.disputed as isDisputed, p.subscription_id as subscriptionId,
    exists (select 1 from gifts as g where g.payment_id = p.id and g.canceled_at is null) as isGift,
    ${IS_BEING_REFUNDED} as isBeingRefunded, ${IS_GIFTABLE} as isGiftable, ${IS_PERSONAL} as isPersonal,
    p.product_id as productId, p.product_name as productName, p.succeeded_at as succeededAt, p.customer_id as giverId
  from payments as p where p.id = :payment and p.app_id = :app`);

/** A payment that is to become a gift, and what is in the way. */
export interface Giftable extends Pick<Gift, 'productId' | 'productName' | 'succeededAt' | 'giverId'> {
  status: Gift['paymentStatus'];
  refundedAmount: number;
  isDisputed: 0 | 1;
  subscriptionId: string | null;
  isGift: 0 | 1;
  isBeingRefunded: 0 | 1;
  isGiftable: 0 | 1;
  isPersonal: 0 | 1;
}

export function giftableStatement(app: string, payment: string) {
  return REFUSED({ app, payment });
}

/** The gift `g` of the payment `p` can be claimed: what `statusOf` calls `open`. */
const IS_OPEN = `g.claimed_at is null and g.canceled_at is null
  and max(g.link_at, coalesce(g.send_at, 0), coalesce(g.mailed_at, 0), coalesce(p.succeeded_at, 0)) + g.link_days * 86400000 > :now
  and p.status in ('succeeded', 'partially_refunded') and p.disputed = 0
  and not ${IS_BEING_REFUNDED} and not ${IS_TAKEN_BACK}`;

const REQUIRE_OPEN = query<{ app: string; hash: string; now: number }, unknown>(
  unless(`select 1 ${FROM} where g.link_hash = :hash and g.app_id = :app and ${IS_OPEN}`),
);

/** Makes its batch do nothing unless the gift can be claimed at this moment: of two claims at once one fails. */
export function requireOpen(app: string, hash: string, now: number): Statement {
  return REQUIRE_OPEN({ app, hash, now });
}

/** Who has a gift from now on. */
export interface Claim {
  claimedBy: 'link' | 'app';
  customerId: string | null;
  externalId: string | null;
  email: string | null;
  /** SHA-256 of what only the claiming browser has. */
  claimKey: string | null;
}

const CLAIM = command<{ hash: string; now: number } & { [Field in keyof Claim]: string | null }>(`
  update gifts set claimed_at = :now, claimed_by = :claimedBy, claimed_customer_id = :customerId,
    claimed_external_id = :externalId, claimed_email = :email, claim_key = :claimKey, mail_at = null, updated_at = :now,
    mailed_at = iif(:claimedBy = 'link' and to_email is not null, coalesce(mailed_at, :now), mailed_at)
  where link_hash = :hash and claimed_at is null and canceled_at is null`);

/** Whoever claims by a link that nobody but its mailbox has was sent the mail, also when its note was lost. */
export function claimStatement(hash: string, claim: Claim, now: number): Statement {
  return CLAIM({ hash, now, ...claim });
}

const ISSUE = command<{ hash: string; code: string; callback: string; expiresAt: number }>(`
  insert into codes (hash, app_id, payment_id, callback_url, challenge, expires_at)
  select :code, app_id, payment_id, :callback, null, :expiresAt from gifts
  where link_hash = :hash and claimed_by = 'link' and canceled_at is null`);

/** A one-time code for the session of the gift that has been claimed by this link. `code`: its hash. */
export function issueGiftCode(issued: {
  hash: string;
  code: string;
  callback: string;
  expiresAt: number;
}): Statement {
  return ISSUE(issued);
}

const REQUIRE_CANCELABLE = query<{ app: string; id: string }, unknown>(
  unless(
    'select 1 from gifts where id = :id and app_id = :app and claimed_at is null and canceled_at is null',
  ),
);
const CANCEL = command<{ id: string; now: number }>(
  'update gifts set canceled_at = :now, mail_at = null, updated_at = :now where id = :id and claimed_at is null',
);

/** Ends a gift that nobody has claimed, or makes its batch do nothing: of a claim at the same time one of the two fails. */
export function cancelStatements(app: string, id: string, now: number): Statement[] {
  return [REQUIRE_CANCELABLE({ app, id }), CANCEL({ id, now })];
}

/** A further link, and where it is mailed; null: it is handed over. */
export type Renewal = {
  app: string;
  id: string;
  /** The number of the link that it replaces. */
  before: number;
  link: number;
  linkHash: string;
  linkKey: string;
  toEmail: string | null;
  now: number;
};

const REQUIRE_RENEWABLE = query<{ app: string; id: string; before: number }, unknown>(
  unless(
    'select 1 from gifts where id = :id and app_id = :app and link = :before and claimed_at is null and canceled_at is null',
  ),
);
const RENEW = command<Omit<Renewal, 'app' | 'before'>>(`
  update gifts set link = :link, link_hash = :linkHash, link_key = :linkKey, link_at = :now, to_email = :toEmail,
    send_at = min(send_at, :now), mail_at = iif(:toEmail is null, null, :now), mail_attempts = 0, mailed_at = null,
    mail_error = null, updated_at = :now
  where id = :id`);

/** Replaces a gift's link, or makes its batch do nothing when somebody else did so first, claimed or canceled it. */
export function renewStatements({ app, before, ...link }: Renewal): Statement[] {
  return [REQUIRE_RENEWABLE({ app, id: link.id, before }), RENEW(link)];
}
