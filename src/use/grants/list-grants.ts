import { presentOwnGrant } from '../../access/own-grants/own-grant.rules.ts';
import type { OwnGrantView } from '../../access/own-grants/own-grants.answers.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { readCustomer } from '../../base/subject.rules.ts';
import type { GrantFilter, GrantPage } from './grant-list.rows.ts';
import type { GrantView } from './grants.answers.ts';
import { selectGrants } from './grants.rows.ts';
import { mergeParts, type Part } from './merge-parts.rules.ts';
import { selectOwnGrants } from './own-grant-list.rows.ts';
import { presentGrant } from './present-grant.ts';

/** Where a grant comes from: a purchase at Polar, or the app itself. */
export const GRANT_SOURCES = ['polar', 'app'] as const;

type State = GrantView['state'] | OwnGrantView['state'];

export interface GrantQuery extends Omit<GrantFilter, 'customerId' | 'externalId' | 'state'> {
  /** Polar's id, or `external:<id>`. */
  customer?: string | undefined;
  source?: (typeof GRANT_SOURCES)[number] | undefined;
  state?: State | undefined;
  limit: number;
  cursor?: string | undefined;
}

type Listed = GrantView | OwnGrantView;

/**
 * A page of an app's grants from all sources, newest first. A page may be short.
 * @throws {Problem} `validation_failed` for an unknown cursor.
 */
export async function listGrants(
  services: Services,
  app: AppRow,
  { customer, limit, cursor, source, state, ...filter }: GrantQuery,
): Promise<{ data: Listed[]; next_cursor: string | null }> {
  const who = customer === undefined ? undefined : readCustomer(customer);
  const of = {
    ...filter,
    customerId: who?.kind === 'customer' ? who.customerId : undefined,
    externalId: who?.kind === 'external' ? who.externalId : undefined,
  };
  // One more than asked for, to know whether there is a next page.
  const page = { limit: limit + 1, after: cursor === undefined ? undefined : decodeCursor(cursor) };
  const parts: Part<Listed>[] = await Promise.all([
    ...(source === 'app' || state === 'expired' ? [] : [fromPolar(services, app, { ...of, state }, page)]),
    ...(source === 'polar' || isOfPolar({ ...filter, state })
      ? []
      : [fromApp(services, app, { ...of, state: asOwnState(state) }, page)]),
  ]);
  const { data, next } = mergeParts(parts, limit);
  return { data, next_cursor: next ? encodeCursor(next) : null };
}

async function fromPolar(
  { database, config }: Services,
  app: AppRow,
  filter: GrantFilter,
  page: GrantPage,
): Promise<Part<Listed>> {
  const { rows, lookedUntil } = await selectGrants(database, app, filter, page);
  const around = { gatewayUrl: config.url, appSlug: app.slug, ownerKeys: config.ownerKeys };
  return {
    entries: rows.map((row) => ({ at: row.createdAt, id: row.id, entry: presentGrant(row, around) })),
    lookedUntil,
  };
}

async function fromApp(
  services: Services,
  app: AppRow,
  filter: Parameters<typeof selectOwnGrants>[2],
  page: GrantPage,
): Promise<Part<Listed>> {
  const at = services.now();
  const { rows, lookedUntil } = await selectOwnGrants(services.database, app, filter, { ...page, now: at });
  return {
    entries: rows.map((row) => ({ at: row.createdAt, id: row.id, entry: presentOwnGrant(row, at) })),
    lookedUntil,
  };
}

/** Whether only a grant from Polar can have what is asked for. */
function isOfPolar(
  asked: Pick<GrantQuery, 'memberId' | 'benefitId' | 'type' | 'productId' | 'fulfilment' | 'state'>,
) {
  const { memberId, benefitId, type, productId, fulfilment, state } = asked;
  const isNamed = [memberId, benefitId, type, productId, fulfilment].some((value) => value !== undefined);
  return isNamed || (state !== undefined && asOwnState(state) === undefined);
}

function asOwnState(state: State | undefined): OwnGrantView['state'] | undefined {
  return state === 'granted' || state === 'revoked' || state === 'expired' ? state : undefined;
}
