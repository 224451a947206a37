import { type EntitlementList, listEntitlements } from '../../access/list-entitlements.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { subjectName } from '../../base/subject.rules.ts';
import { listPayments } from '../../sell/list-payments.ts';
import { listSubscriptions } from '../../sell/subscriptions/list-subscriptions.ts';
import { listGrants } from '../grants/list-grants.ts';
import type { CustomerDetailView } from './customers.answers.ts';
import { findCustomer, type Found, type Holder } from './customers.rows.ts';

/** The newest are shown; the lists have all. */
const SHOWN = 20;
/** Among so many of the newest subscriptions the live ones are looked for. */
const SUBSCRIPTIONS_LOOKED_AT = 100;
const LIVE: readonly string[] = ['active', 'trialing', 'past_due', 'unpaid', 'paused'];

/**
 * A customer as this app knows it, with what it bought, has and spent. Lists and access are read beside the rest.
 * @throws {Problem} `not_found` for a customer whom this app does not know; `mode_not_configured`
 */
export async function getCustomer(
  services: Services,
  app: AppRow,
  holder: Holder,
): Promise<CustomerDetailView> {
  const customer = subjectName(holder);
  const [found, payments, subscriptions, grants, held] = await Promise.all([
    requireCustomer(services, app, holder),
    listPayments(services, app, { customer, sort: '-created_at', metadata: {}, limit: SHOWN }),
    listSubscriptions(services, app, { customer, limit: SUBSCRIPTIONS_LOOKED_AT }),
    listGrants(services, app, { customer, limit: SHOWN }),
    listEntitlements(services, app, holder),
  ]);
  const first = payments.data.at(-1);
  return {
    ...presentWho(holder, found, first === undefined ? undefined : Date.parse(first.created_at)),
    spent: found.spent,
    payments: payments.data,
    subscriptions: subscriptions.data.filter(({ status }) => LIVE.includes(status)),
    entitlements: presentHeld(held),
    grants: grants.data,
  };
}

/** What an app knows of a customer. @throws {Problem} `not_found`, of another app's too */
export async function requireCustomer(services: Services, app: AppRow, holder: Holder): Promise<Found> {
  const found = await findCustomer(services.database, { appId: app.id, mode: app.mode }, holder);
  if (!found.isKnown) throw new Problem('not_found', { detail: 'This app has no such customer.' });
  return found;
}

/** Who a customer is. `since`: when the oldest payment that is known began, for one who has not bought. */
export function presentWho(holder: Holder, found: Found, since = Number.MAX_SAFE_INTEGER) {
  const { known, prepared, otherSince } = found;
  const times = [
    ...known.map(({ createdAt }) => createdAt),
    prepared?.createdAt,
    otherSince ?? undefined,
    since,
  ];
  const createdAt = Math.min(...times.filter((time) => time !== undefined));
  const isDeleted = known.length > 0 && known.every(({ deletedAt }) => deletedAt !== null);
  const deletedAt = isDeleted ? Math.max(...known.map(({ deletedAt: at }) => at ?? 0)) : null;
  return {
    id: subjectName(holder),
    customer_ids: found.customerIds,
    external_ids: found.externalIds,
    // What the app said of its user counts until the user buys.
    email: known.find(({ email }) => email !== null)?.email ?? prepared?.email ?? null,
    name: known.find(({ name }) => name !== null)?.name ?? prepared?.name ?? null,
    created_at: createdAt === Number.MAX_SAFE_INTEGER ? null : new Date(createdAt).toISOString(),
    deleted_at: deletedAt === null ? null : new Date(deletedAt).toISOString(),
  };
}

/** What a customer may use, as answers have it. */
export function presentHeld({ entitlements }: EntitlementList): CustomerDetailView['entitlements'] {
  return entitlements.map(({ name, endsAt, values }) => ({
    resource: name,
    expires_at: endsAt === null ? null : new Date(endsAt).toISOString(),
    ...(values === undefined ? {} : { values }),
  }));
}
