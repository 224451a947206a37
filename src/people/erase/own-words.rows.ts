import type { Statement } from '../../base/db/database.rows.ts';
import { command } from '../../base/db/sql.rows.ts';

type Whose = { app: string; customers: string; until: number };
type Which = { app: string; payments: string };

const PAYMENTS = `json_each(:customers) as c
  cross join payments as p on p.app_id = :app and p.customer_id = c.value and +p.created_at <= :until`;
const THESE = 'json_each(:payments) as c cross join payments as p on p.id = c.value and +p.app_id = :app';

/* Its rows follow from the payment, as record/payment-metadata.rows.ts writes them: each is found by the whole key. */
const unfind = (payments: string) => `
  delete from payment_metadata where (app_id, key, value, created_at, payment_id) in (
    select p.app_id, m.key, coalesce(iif(m.type = 'text', m.value, p.metadata -> m.fullkey), cast(m.value as text)), p.created_at, p.id
    from ${payments} cross join json_each(p.metadata) as m)`;
const empty = (payments: string) => `
  update payments set metadata = '{}', customer_email = null where id in (select p.id from ${payments})
    and (metadata <> '{}' or customer_email is not null)`;
const emptyRefunds = (payments: string) => `
  update refund_requests set comment = null, metadata = '{}' where payment_id in (select p.id from ${payments})`;
const OF_CUSTOMERS = [unfind, empty, emptyRefunds].map((text) => command<Whose>(text(PAYMENTS)));
const OF_PAYMENTS = [unfind, empty, emptyRefunds].map((text) => command<Which>(text(THESE)));
const EMPTY_KNOWN = command<Whose>(`
  update known_customers set email = null, name = null
  where app_id = :app and customer_id in (select value from json_each(:customers)) and +seen_at <= :until`);

/**
 * Removes from an app's own rows what describes customers and their purchases: addresses, names, metadata, comments of refunds.
 * `customers`: JSON of ids. `until`: purchases that began later are not touched, milliseconds since 1970.
 */
export function eraseOwnWords(whose: Whose): Statement[] {
  return [...OF_CUSTOMERS.map((erase) => erase(whose)), EMPTY_KNOWN(whose)];
}

/** The same for some of an app's payments. `payments`: JSON of ids. */
export function eraseWordsOf(which: Which): Statement[] {
  return OF_PAYMENTS.map((erase) => erase(which));
}
