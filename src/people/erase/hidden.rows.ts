import type { Statement } from '../../base/db/database.rows.ts';
import { command } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';

/*
 * What the gateway keeps of Polar's customer, in whom all apps may have a part (ADR 105). When every app that knows a customer has
 * erased it, that is emptied as well, and stays empty until an app sells to it anew.
 */

/** An app has rows of a customer; all SQL. */
export const knowsCustomer = (app: string, customer: string) =>
  [
    ...['known_customers', 'app_customers', 'payments', 'own_grants', 'sessions'].map(
      (table) =>
        `exists (select 1 from ${table} as t where t.app_id = ${app} and t.customer_id = ${customer})`,
    ),
    `exists (select 1 from gifts as t where t.app_id = ${app} and t.claimed_customer_id = ${customer})`,
  ].join(' or ');

/** It has sold to the customer since it erased it, as `x` says. */
export const HAS_RETURNED = `exists (select 1 from known_customers as k
    where k.app_id = x.app_id and k.customer_id = x.id and k.seen_at > x.erased_at)`;

/** No app of the mode knows the customer of `id` but those that have erased it. */
export const isHidden = (mode: string, id: string) => `(
  exists (select 1 from erased_customers as x where x.id = ${id})
  and not exists (select 1 from apps as a where a.mode = ${mode} and (${knowsCustomer('a.id', id)})
    and not exists (select 1 from erased_customers as x where x.id = ${id} and x.app_id = a.id and not ${HAS_RETURNED})))`;

type Of = { mode: Mode; id: string };
const HIDDEN = isHidden(':mode', ':id');

const HIDE = command<Of>(`
  update customers set email = null, name = null
  where mode = :mode and id = :id and (email is not null or name is not null) and ${HIDDEN}`);
const SHOW = command<Of & { email: string | null; name: string | null }>(`
  update customers set email = :email, name = :name
  where mode = :mode and id = :id and email is null and name is null and deleted_at is null and not ${HIDDEN}`);

/**
 * Empties what was stored of a customer whom nobody knows any more, or fills it again. `seen`: what Polar shows of it. Must come
 * behind all that may make the customer known to an app.
 */
export function hideErased(
  mode: Mode,
  id: string,
  seen?: { email: string | null; name: string | null },
): Statement[] {
  return [HIDE({ mode, id }), ...(seen ? [SHOW({ mode, id, email: seen.email, name: seen.name })] : [])];
}

const AGAIN = command<{ id: string }>(`
  update erased_customers as x set is_due = 1, revision = revision + 1, after = ''
  where x.id = :id and not ${HAS_RETURNED}`);

/** Has the rows of a customer gone through once more by the apps that have erased it, since Polar has shown it again. */
export function eraseAgain(id: string): Statement {
  return AGAIN({ id });
}
