import { type Database, runBatch, type Statement } from '../../base/db/database.rows.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { KeptAnswer } from '../forgotten.rows.ts';

/*
 * Purchases that named a user whom an app erases, and are of nobody who is erased with the user: nobody has confirmed them, or
 * whoever paid has bought otherwise as well. What was said and typed there goes; the customer stays as it is (ADR 105).
 */

type Whose = { app: string; customers: string; external: string | null };

/** The user that was asked for, and those whom nobody is but the customers. */
const USERS = `(
  select :external as id where :external is not null
  union select a.external_id from json_each(:customers) as c
    cross join app_customers as a on a.customer_id = c.value and +a.app_id = :app
    where not exists (select 1 from app_customers as o where o.app_id = :app and o.external_id = a.external_id
      and o.customer_id not in (select value from json_each(:customers))))`;

const NOTE = command<Whose & { mode: Mode; now: number }>(`
  insert into erased_customers (app_id, mode, id, erased_at, address, revision, is_due, after)
  select :app, :mode, 'external:' || u.id, :now, null, 1, 0, '' from ${USERS} as u where true
  on conflict (id, app_id) do update set erased_at = excluded.erased_at`);

/** Keeps what Polar says later of purchases that named the user from being told, and from being written again. */
export function noteUsers(whose: Whose & { mode: Mode; now: number }): Statement {
  return NOTE(whose);
}

type Page = Whose & { after: string; limit: number };
const PAGE = `(
  select p.id from ${USERS} as u cross join payments as p
    on p.app_id = :app and p.external_customer_id = u.id and p.external_customer_id is not null
  where p.id > :after and (p.customer_id is null or p.customer_id not in (select value from json_each(:customers)))
  order by p.id limit :limit)`;

const IDS = query<Page, { id: string }>(`select id from ${PAGE}`);
const EVENTS = query<Page, { id: string; body: string }>(`
  select e.id, e.body from ${PAGE} as w cross join events as e
    on e.payment_id = w.id and e.payment_id is not null and +e.app_id = :app and e.body <> '{}'`);
const ANSWERS = query<Page, KeptAnswer>(`
  select k.app_id as appId, k.route, k.key, k.sealed_body as sealedBody from ${PAGE} as w cross join idempotency_keys as k
    on k.payment_id = w.id and k.payment_id is not null and +k.app_id = :app and k.sealed_body is not null`);

/** A page of such purchases, what was told of them, and what was answered. One D1 round trip. */
export function selectPurchasesOfUsers(database: Database, page: Page) {
  return runBatch(database, { ids: IDS(page), events: EVENTS(page), answers: ANSWERS(page) });
}

const EMPTY_HEARD = command<{ app: string; mode: Mode; payments: string }>(`
  update polar_events as e set sealed_body = null where e.mode = :mode and e.checkout_id in (
      select p.checkout_id from json_each(:payments) as c cross join payments as p on p.id = c.value
      where +p.app_id = :app and p.checkout_id is not null)
    and e.checkout_id is not null and e.type >= 'checkout.' and e.type < 'checkout/' and e.sealed_body is not null and +e.status = 'applied'`);

/** Empties what was heard of their checkouts, which begin with what the app says of its user. `payments`: JSON of ids. */
export function emptyHeard(which: { app: string; mode: Mode; payments: string }): Statement {
  return EMPTY_HEARD(which);
}
