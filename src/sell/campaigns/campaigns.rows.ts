import type { Cursor } from '../../base/db/cursor.ts';
import type { Statement } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { command, query, unmetUnless } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { CampaignRow, CountedCampaign } from './campaigns.rules.ts';

/** How many an app may have: lists and codes stay small. */
export const MAX_CAMPAIGNS = 500;

const COLUMNS =
  'g.id, g.app_id as appId, g.name, g.code, g.rules, g.created_at as createdAt, g.updated_at as updatedAt';

const WITH_COUNTS = `${COLUMNS}, (select json_group_array(json_object('id', c.id, 'maxRedemptions', c.max_redemptions,
    'redemptions', c.redemptions, 'startsAt', c.starts_at, 'endsAt', c.ends_at, 'readAt', c.read_at))
  from json_each(g.rules) as r cross join discount_counts as c
    on c.mode = :mode and c.id = r.value ->> '$.discountId' and c.app_id = g.app_id) as counts`;

type Asking = Pick<AppRow, 'id' | 'mode'>;

const BY_CODE = query<{ mode: Mode; appId: string; code: string }, CountedCampaign>(
  `select ${WITH_COUNTS} from campaigns as g where g.app_id = :appId and g.code = :code`,
);

/** The campaign of a code, in any case, with what was known last of its discounts. */
export function campaignByCodeStatement({ id: appId, mode }: Asking, code: string) {
  return BY_CODE({ mode, appId, code: code.toLowerCase() });
}

const BY_ID = query<{ mode: Mode; appId: string; id: string }, CountedCampaign>(
  `select ${WITH_COUNTS} from campaigns as g where g.id = :id and g.app_id = :appId`,
);

/** A campaign of the app; none for another app's (invariant 5). */
export function campaignStatement({ id: appId, mode }: Asking, id: string) {
  return BY_ID({ mode, appId, id });
}

const LIST = query<{ appId: string; at: number; id: string; limit: number }, CampaignRow>(`
  select ${COLUMNS} from campaigns as g where g.app_id = :appId and (g.created_at, g.id) < (:at, :id)
  order by g.created_at desc, g.id desc limit :limit`);

/** A page of an app's campaigns, newest first. */
export function campaignsStatement(
  appId: string,
  limit: number,
  after: Cursor = { at: Number.MAX_SAFE_INTEGER, id: '' },
): Statement<CampaignRow[]> {
  return LIST({ appId, ...after, limit });
}

const CODE_IS_FREE = query<{ appId: string; code: string }, unknown>(
  unmetUnless('not exists (select 1 from campaigns where app_id = :appId and code = :code)'),
);

/** Makes its batch do nothing when a campaign of the app has the code, in any case: a discount could not be had by it. */
export function requireNoCampaign(appId: string, code: string): Statement {
  return CODE_IS_FREE({ appId, code: code.toLowerCase() });
}

const LAST_LINE = query<Record<string, never>, { line: number | null }>(
  `select max(rowid) as line from audit_log`,
);

/** The newest line of the audit log, in the order in which D1 wrote them, whatever the clocks said. */
export function lastLineStatement() {
  return LAST_LINE({});
}

const NO_DISCOUNT_SINCE = query<{ appId: string; code: string; line: number }, unknown>(
  unmetUnless(`not exists (
    select 1 from audit_log where rowid > :line and +app_id = :appId
      and action in ('discount.created', 'discount.changed') and lower(after ->> '$.code') = :code)`),
);

/**
 * Makes its batch do nothing when a discount of the app got the code behind that line of the audit log: in the time between asking
 * Polar who has it and this batch. Whoever gives a discount a code says so in the audit log, in the batch that has `requireNoCampaign`.
 */
export function requireNoDiscountSince({ appId, code }: Pick<CampaignRow, 'appId' | 'code'>, line: number) {
  return NO_DISCOUNT_SINCE({ appId, code, line });
}

const REQUIRE_FREE = query<{ appId: string; code: string; id: string }, unknown>(`
  select json(iif(not exists (
    select 1 from campaigns where app_id = :appId and code = :code and id <> :id), '1', 'unmet')) as met`);

/** Makes its batch do nothing when another campaign of the app has the code. */
export function requireFreeCode({ appId, code, id }: Pick<CampaignRow, 'appId' | 'code' | 'id'>): Statement {
  return REQUIRE_FREE({ appId, code, id });
}

const REQUIRE_ROOM = query<{ appId: string }, unknown>(`
  select json(iif((select count(*) from (select 1 from campaigns where app_id = :appId limit ${MAX_CAMPAIGNS}))
    < ${MAX_CAMPAIGNS}, '1', 'unmet')) as met`);

/** Makes its batch do nothing when an app has as many as it may have. */
export function requireRoomForCampaign(appId: string): Statement {
  return REQUIRE_ROOM({ appId });
}

type Written<Names extends keyof CampaignRow> = { [Name in Names]: CampaignRow[Name] };

const INSERT = command<Written<keyof CampaignRow>>(`
  insert into campaigns (id, app_id, name, code, rules, created_at, updated_at)
  values (:id, :appId, :name, :code, :rules, :createdAt, :updatedAt)`);

export function insertCampaign(row: CampaignRow): Statement {
  return INSERT({ ...row });
}

/** What of a campaign is changed; null stays as it is. */
export interface CampaignPatch {
  name: string | null;
  code: string | null;
  rules: string | null;
}

const UPDATE = query<
  { [Name in keyof CampaignPatch]: CampaignPatch[Name] } & Written<'id' | 'appId' | 'updatedAt'>,
  CampaignRow
>(`
  update campaigns as g set name = coalesce(:name, g.name), code = coalesce(:code, g.code), rules = coalesce(:rules, g.rules),
    updated_at = :updatedAt
  where g.id = :id and g.app_id = :appId returning ${COLUMNS.replaceAll('g.', '')}`);

/** Gives the row as it is then: of two changes at once both count. None when it was deleted meanwhile. */
export function updateCampaign(
  { id, appId, updatedAt }: Written<'id' | 'appId' | 'updatedAt'>,
  patch: CampaignPatch,
): Statement<CampaignRow[]> {
  return UPDATE({ id, appId, updatedAt, ...patch });
}

const DELETE = command<{ appId: string; id: string }>(
  'delete from campaigns where id = :id and app_id = :appId',
);

export function deleteCampaignRow(appId: string, id: string): Statement {
  return DELETE({ appId, id });
}
