import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { readCustomer } from '../../base/subject.rules.ts';
import { presentSubscription } from './present-subscription.ts';
import type { SubscriptionFilter } from './subscription-list.rows.ts';
import type { SubscriptionView } from './subscriptions.answers.ts';
import { findSubscription, selectSubscriptions } from './subscriptions.rows.ts';

export interface SubscriptionQuery extends Omit<SubscriptionFilter, 'customerId' | 'externalId'> {
  /** Polar's id, or `external:<id>`. */
  customer?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/**
 * A page of an app's subscriptions: newest first, or with `renewsBefore` by renewal, soonest first. A page may be short.
 * @throws {Problem} `validation_failed` for an unknown cursor.
 */
export async function listSubscriptions(
  services: Services,
  app: AppRow,
  { customer, limit, cursor, ...filter }: SubscriptionQuery,
): Promise<{ data: SubscriptionView[]; next_cursor: string | null }> {
  const who = customer === undefined ? undefined : readCustomer(customer);
  const order = filter.renewsBefore === undefined ? '' : 'renewal';
  const of = {
    ...filter,
    customerId: who?.kind === 'customer' ? who.customerId : undefined,
    externalId: who?.kind === 'external' ? who.externalId : undefined,
  };
  const { rows, lookedUntil } = await selectSubscriptions(services.database, app, of, {
    // One more than asked for, to know whether there is a next page.
    limit: limit + 1,
    after: cursor === undefined ? undefined : decodeCursor(cursor, { order }),
  });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const at = filter.renewsBefore === undefined ? last?.createdAt : last?.currentPeriodEnd;
  const next = last && at !== undefined ? { at, id: last.id } : lookedUntil;
  return { data: page.map(presentSubscription), next_cursor: next ? encodeCursor(next, order) : null };
}

/** One subscription. @throws {Problem} `not_found`, for another app's too. */
export async function getSubscription(
  services: Services,
  app: AppRow,
  id: string,
): Promise<SubscriptionView> {
  return presentSubscription(await requireSubscription(services, app, id));
}

/** The row of one of the app's subscriptions. @throws {Problem} `not_found` */
export async function requireSubscription(services: Services, app: AppRow, id: string) {
  const row = await findSubscription(services.database, app, id);
  if (!row) throw new Problem('not_found', { detail: 'This app has no such subscription.' });
  return row;
}
