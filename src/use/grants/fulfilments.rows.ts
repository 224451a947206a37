import type { Mode } from '../../base/mode.rules.ts';
import type { Fulfilment } from './fulfilments.rules.ts';
import { command, query } from '../../base/db/sql.rows.ts';

/* What people did for grants of custom benefits (ADR 98). */

/** One entry of a grant's history of fulfilment. */
export interface FulfilmentRow {
  id: string;
  status: Fulfilment;
  by: string;
  comment: string | null;
  createdAt: number;
}

/** The newest entries that a grant's history shows. */
const MAX_SHOWN = 100;

type OfGrant = { mode: Mode; id: string };

/** The newest entries of a grant, oldest first. */
export const selectFulfilments = query<OfGrant, FulfilmentRow>(`
  select id, status, by, comment, created_at as createdAt from (
    select * from grant_fulfilments where mode = :mode and grant_id = :id order by id desc limit ${MAX_SHOWN})
  order by id`);

/** The last entry of a grant that is not `done`: what becomes done after it is told once. */
export const selectLastUndone = query<OfGrant, { id: string | null }>(`
  select max(id) as id from grant_fulfilments where mode = :mode and grant_id = :id and status <> 'done'`);

type Entry = {
  mode: Mode;
  grantId: string;
  id: string;
  status: FulfilmentRow['status'];
  by: string;
  comment: string | null;
  now: number;
};

/** Adds an entry, unless the last one says the same. */
export const addFulfilment = command<Entry>(`
  insert into grant_fulfilments (mode, grant_id, id, status, by, comment, created_at)
  select :mode, :grantId, :id, :status, :by, :comment, :now where not exists (
    select 1 from (select * from grant_fulfilments where mode = :mode and grant_id = :grantId order by id desc limit 1) as l
    where l.status = :status and l.by = :by and l.comment is :comment)`);

const LAST = `(select f.status from grant_fulfilments as f where f.mode = :mode and f.grant_id = :grantId order by f.id desc limit 1)`;

/** Gives the grant the status of its last entry: of two at once that say different things it is the one whose words are shown. */
export const setFulfilment = command<Pick<Entry, 'mode' | 'grantId'>>(`
  update grants set fulfilment = ${LAST} where mode = :mode and id = :grantId and fulfilment is not ${LAST}`);
