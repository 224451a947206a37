import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command, query } from '../base/db/sql.rows.ts';

/* Gifts that were claimed for an address, for whoever proves it by a code (ADR 103). */

/** A gift of an address that belongs to no customer yet: it is opened by a session of that purchase. */
export interface GiftOfAddress {
  paymentId: string;
}

/**
 * The address of an attempt of the app's own holder. The gateway's pages lead to Polar, where a recipient has nothing.
 */
const ADDRESS = "(select +email from sign_in_attempts where id = :attempt and holder = 'app')";
const OF_ADDRESS = `from gifts as g where g.app_id = :app and g.claimed_email = ${ADDRESS} and g.claimed_email is not null
    and g.claimed_by = 'link' and g.claimed_customer_id is null`;

const GIFTS = query<{ app: string; attempt: string; limit: number }, GiftOfAddress>(
  `select g.payment_id as paymentId ${OF_ADDRESS} order by g.claimed_at desc, g.id limit :limit`,
);

/** The newest of them, for a batch. */
export function giftsOfAddress(app: string, attempt: string, limit: number) {
  return GIFTS({ app, attempt, limit });
}

const ATTACH = command<{ app: string; mode: Mode; email: string; customerId: string; now: number }>(`
  update gifts set claimed_customer_id = :customerId, attached_at = :now
  where app_id = :app and claimed_email = :email and claimed_by = 'link' and claimed_customer_id is null
    and exists (select 1 from customers as c where c.mode = :mode and c.id = :customerId and lower(c.email) = :email
      and c.deleted_at is null)`);

/**
 * Gives the gifts of a proven address to the customer who has it: from then on they are the customer's, also when the
 * address changes.
 */
export function attachGifts(to: {
  app: string;
  mode: Mode;
  email: string;
  customerId: string;
  now: number;
}): Statement {
  return ATTACH(to);
}
