import { type Cursor, decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { readCustomer } from '../../base/subject.rules.ts';
import { presentSubscription } from './present-subscription.ts';
import { isByRenewal, type SubscriptionFilter } from './subscription-list.rows.ts';
import type { SubscriptionView } from './subscriptions.answers.ts';
import { findSubscription, selectSubscriptions, type ShownSubscription } from './subscriptions.rows.ts';

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
  { limit, cursor, ...query }: SubscriptionQuery,
): Promise<{ data: SubscriptionView[]; next_cursor: string | null }> {
  const order = query.renewsBefore === undefined ? '' : 'renewal';
  const after = cursor === undefined ? undefined : decodeCursor(cursor, { order });
  const { rows, next } = await readSubscriptions(services, app, query, { after, limit });
  return {
    data: rows.map((row) => presentSubscription(row, services.config.ownerKeys)),
    next_cursor: next ? encodeCursor(next, order) : null,
  };
}

/** The rows of a page, and where the next one begins. A page may be short, and have a next one. */
export async function readSubscriptions(
  services: Services,
  app: AppRow,
  { customer, ...filter }: Omit<SubscriptionQuery, 'cursor' | 'limit'>,
  { after, limit, lookAt }: { after: Cursor | undefined; limit: number; lookAt?: number },
): Promise<{ rows: ShownSubscription[]; next: Cursor | undefined }> {
  const who = customer === undefined ? undefined : readCustomer(customer);
  const of = {
    ...filter,
    customerId: who?.kind === 'customer' ? who.customerId : undefined,
    externalId: who?.kind === 'external' ? who.externalId : undefined,
  };
  // One more than asked for, to know whether there is a next page.
  const { rows, lookedUntil } = await selectSubscriptions(services.database, app, of, {
    limit: limit + 1,
    after,
    lookAt,
  });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  if (!last) return { rows: page, next: lookedUntil };
  const at = isByRenewal(filter) ? last.currentPeriodEnd : last.createdAt;
  return { rows: page, next: { at, id: last.id } };
}

/** One subscription. @throws {Problem} `not_found`, for another app's too. */
export async function getSubscription(
  services: Services,
  app: AppRow,
  id: string,
): Promise<SubscriptionView> {
  return presentSubscription(await requireSubscription(services, app, id), services.config.ownerKeys);
}

/** The row of one of the app's subscriptions. @throws {Problem} `not_found` */
export async function requireSubscription(services: Services, app: AppRow, id: string) {
  const row = await findSubscription(services.database, app, id);
  if (!row) throw new Problem('not_found', { detail: 'This app has no such subscription.' });
  return row;
}
