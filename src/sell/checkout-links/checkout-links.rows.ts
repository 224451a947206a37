import type { Cursor } from '../../base/db/cursor.ts';
import type { Statement } from '../../base/db/database.rows.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import type { CheckoutLinkRow } from './checkout-links.rules.ts';

/** How many an app may have. */
export const MAX_LINKS = 1_000;

const COLUMNS = `l.id, l.app_id as appId, l.label, l.settings, l.opened, l.last_opened_at as lastOpenedAt,
  l.created_at as createdAt, l.updated_at as updatedAt`;

const BY_ID = query<{ appId: string; id: string }, CheckoutLinkRow>(
  `select ${COLUMNS} from checkout_links as l where l.id = :id and l.app_id = :appId`,
);

/** A link of the app; none for another app's (invariant 5). */
export function linkStatement(appId: string, id: string): Statement<CheckoutLinkRow[]> {
  return BY_ID({ appId, id });
}

const LIST = query<{ appId: string; at: number; id: string; limit: number }, CheckoutLinkRow>(`
  select ${COLUMNS} from checkout_links as l where l.app_id = :appId and (l.created_at, l.id) < (:at, :id)
  order by l.created_at desc, l.id desc limit :limit`);

/** A page of an app's links, newest first. */
export function linksStatement(
  appId: string,
  limit: number,
  after: Cursor = { at: Number.MAX_SAFE_INTEGER, id: '' },
): Statement<CheckoutLinkRow[]> {
  return LIST({ appId, ...after, limit });
}

const REQUIRE_ROOM = query<{ appId: string }, unknown>(`
  select json(iif((select count(*) from (select 1 from checkout_links where app_id = :appId limit ${MAX_LINKS}))
    < ${MAX_LINKS}, '1', 'unmet')) as met`);

/** Makes its batch do nothing when an app has as many as it may have. */
export function requireRoomForLink(appId: string): Statement {
  return REQUIRE_ROOM({ appId });
}

type Written<Names extends keyof CheckoutLinkRow> = { [Name in Names]: CheckoutLinkRow[Name] };

const INSERT = command<Written<Exclude<keyof CheckoutLinkRow, 'opened' | 'lastOpenedAt'>>>(`
  insert into checkout_links (id, app_id, label, settings, opened, created_at, updated_at)
  values (:id, :appId, :label, :settings, 0, :createdAt, :updatedAt)`);

export function insertLink({ id, appId, label, settings, createdAt, updatedAt }: CheckoutLinkRow): Statement {
  return INSERT({ id, appId, label, settings, createdAt, updatedAt });
}

/** What of a link is changed: its settings unless they are null, its label if that is said. */
interface LinkPatch {
  hasLabel: boolean;
  label: string | null;
  settings: string | null;
}

const UPDATE = query<
  { [Name in keyof LinkPatch]: LinkPatch[Name] } & Written<'id' | 'appId' | 'updatedAt'>,
  CheckoutLinkRow
>(`
  update checkout_links as l set label = iif(:hasLabel, :label, l.label), settings = coalesce(:settings, l.settings),
    updated_at = :updatedAt
  where l.id = :id and l.app_id = :appId returning ${COLUMNS.replaceAll('l.', '')}`);

/** Gives the row as it is then: of two changes at once both count. None when it was deleted meanwhile. */
export function updateLink(
  { id, appId, updatedAt }: Written<'id' | 'appId' | 'updatedAt'>,
  patch: LinkPatch,
): Statement<CheckoutLinkRow[]> {
  return UPDATE({ id, appId, updatedAt, ...patch });
}

const DELETE = command<{ appId: string; id: string }>(
  'delete from checkout_links where id = :id and app_id = :appId',
);

export function deleteLinkRow(appId: string, id: string): Statement {
  return DELETE({ appId, id });
}

const COUNT_OPENED = command<{ id: string; now: number }>(
  'update checkout_links set opened = opened + 1, last_opened_at = :now where id = :id',
);

/** Counts one visit, in the batch of the payment that it begins. */
export function countOpened(id: string, now: number): Statement {
  return COUNT_OPENED({ id, now });
}
