import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { describeErrors, Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { lookAtCustomers } from './customer-list.rows.ts';
import type { CustomerSort } from './customer-sorts.rules.ts';
import { type CustomerRow, type Place, readPage } from './customer-pages.rules.ts';
import type { CustomerListView, ListedCustomerView } from './customers.answers.ts';

export interface CustomerQuery {
  search?: string | undefined;
  /** Milliseconds, inclusive and exclusive. */
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  /** Undefined: the newest first, or with a search by what was found. */
  sort?: CustomerSort | undefined;
  limit: number;
  cursor?: string | undefined;
}

/**
 * A page of an app's customers, which may be short. One D1 round trip.
 * @throws {Problem} `validation_failed` for an unknown cursor, or a sort with a search
 */
export async function listCustomers(
  services: Services,
  app: AppRow,
  {
    search,
    createdAfter = 0,
    createdBefore = Number.MAX_SAFE_INTEGER,
    limit,
    cursor,
    ...asked
  }: CustomerQuery,
): Promise<CustomerListView> {
  if (search !== undefined && asked.sort !== undefined) throw sortedSearch();
  const sort = asked.sort ?? '-created_at';
  const isByTime = search === undefined && sort.endsWith('created_at');
  const order = search === undefined ? (sort === '-created_at' ? '' : sort) : 'found';
  const parts = await lookAtCustomers(services.database, {
    app: app.id,
    sort,
    search,
    since: createdAfter,
    until: createdBefore,
    after: cursor === undefined ? undefined : readPlace(cursor, order, isByTime),
    page: limit,
  });
  const { rows, next } = readPage(parts, limit);
  return { data: rows.map(presentListed), next_cursor: next ? writePlace(next, order, isByTime) : null };
}

function writePlace({ part, key, id }: Place, order: string, isByTime: boolean): string {
  if (isByTime) return encodeCursor({ at: Number(key), id }, order);
  return encodeCursor({ at: part, id: JSON.stringify([key, id]) }, order);
}

function readPlace(cursor: string, order: string, isByTime: boolean): Place {
  const { at, id } = decodeCursor(cursor, { order });
  if (isByTime) return { part: 0, key: at, id };
  const [key, customerId]: unknown[] = readPair(id);
  if (typeof key !== 'string' || typeof customerId !== 'string' || ![0, 1, 2].includes(at)) throw oddCursor();
  return { part: at, key, id: customerId };
}

function readPair(text: string): unknown[] {
  try {
    const pair: unknown = JSON.parse(text);
    return Array.isArray(pair) ? pair : [];
  } catch {
    return [];
  }
}

function oddCursor(): Problem {
  return invalid('query.cursor', 'Use the next_cursor of the page before, with the same parameters.');
}

function sortedSearch(): Problem {
  return invalid(
    'query.sort',
    'Leave it out with q: what is found comes by e-mail, then name, then external id.',
  );
}

function invalid(path: string, message: string): Problem {
  const errors = [{ path, message }];
  return new Problem('validation_failed', { detail: describeErrors(errors), errors });
}

function presentListed(row: CustomerRow): ListedCustomerView {
  return {
    id: row.id,
    external_ids: JSON.parse(row.externalIds ?? '[]') as string[],
    email: row.email,
    name: row.name,
    created_at: new Date(row.createdAt).toISOString(),
    deleted_at: row.deletedAt === null ? null : new Date(row.deletedAt).toISOString(),
  };
}
