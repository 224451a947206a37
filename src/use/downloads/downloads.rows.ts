import type { Cursor } from '../../base/db/cursor.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { firstIdAt } from '../../base/ids.rules.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';

/* Who was handed which file, and how often each was. Times are milliseconds since 1970. */

interface Download {
  id: string;
  appId: string;
  fileId: string;
  benefitId: string;
  customerId: string;
  memberId: string | null;
  name: string;
  size: number;
  version: string | null;
  now: number;
}
type Insert = Pick<Download, 'id' | 'appId' | 'fileId' | 'benefitId' | 'customerId' | 'memberId' | 'now'>;
type Count = Pick<Download, 'appId' | 'fileId' | 'benefitId' | 'name' | 'size' | 'version' | 'now'>;

const INSERT = command<Insert>(`
  insert into downloads (id, app_id, file_id, benefit_id, customer_id, member_id, created_at)
  values (:id, :appId, :fileId, :benefitId, :customerId, :memberId, :now)`);

const COUNT = command<Count>(`
  insert into downloaded_files (app_id, id, benefit_id, name, size, version, downloads, first_at, last_at)
  values (:appId, :fileId, :benefitId, :name, :size, :version, 1, :now, :now)
  on conflict (app_id, id) do update set benefit_id = excluded.benefit_id, name = excluded.name, size = excluded.size,
    version = excluded.version, downloads = downloads + 1, last_at = max(last_at, excluded.last_at)`);

/** Statements that note one download, and count it. */
export function countDownload(made: Download): Statement[] {
  const { id, appId, fileId, benefitId, customerId, memberId, name, size, version, now } = made;
  return [
    INSERT({ id, appId, fileId, benefitId, customerId, memberId, now }),
    COUNT({ appId, fileId, benefitId, name, size, version, now }),
  ];
}

export interface CountedFile {
  id: string;
  benefitId: string;
  name: string;
  size: number;
  version: string | null;
  downloads: number;
  firstAt: number;
  lastAt: number;
}

const FILES = query<{ appId: string; after: string; limit: number }, CountedFile>(`
  select id, benefit_id as benefitId, name, size, version, downloads, first_at as firstAt, last_at as lastAt
  from downloaded_files where app_id = :appId and id > :after order by id limit :limit`);

/** The files of an app that were downloaded, in order of their ids, those after one. */
export function selectCountedFiles(
  database: Database,
  page: { appId: string; after: string; limit: number },
): Promise<CountedFile[]> {
  return runOne(database, FILES(page));
}

export interface NotedDownload {
  id: string;
  customerId: string;
  memberId: string | null;
  benefitId: string;
  createdAt: number;
}

const OF_FILE = query<
  { appId: string; fileId: string; at: number; id: string; limit: number },
  NotedDownload
>(`
  select id, customer_id as customerId, member_id as memberId, benefit_id as benefitId, created_at as createdAt
  from downloads where app_id = :appId and file_id = :fileId and (created_at, id) < (:at, :id)
  order by created_at desc, id desc limit :limit`);

/** Downloads of one file, newest first, those behind one. */
export function selectDownloadsOf(
  database: Database,
  {
    appId,
    fileId,
    after,
    limit,
  }: { appId: string; fileId: string; after: Cursor | undefined; limit: number },
): Promise<NotedDownload[]> {
  const { at, id } = after ?? { at: Number.MAX_SAFE_INTEGER, id: '' };
  return runOne(database, OF_FILE({ appId, fileId, at, id, limit }));
}

const IS_COUNTED = query<{ appId: string; id: string }, { id: string }>(
  'select id from downloaded_files where app_id = :appId and id = :id',
);

/** Whether a file of the app was ever downloaded. */
export async function isCounted(database: Database, appId: string, id: string): Promise<boolean> {
  return (await runOne(database, IS_COUNTED({ appId, id }))).length > 0;
}

const DELETE_OLD = command<{ before: string; limit: number }>(`
  delete from downloads where id in (select id from downloads where id < :before order by id limit :limit)`);

/** Deletes downloads from before a time, `limit` at most. How often each file was downloaded is still known. */
export function deleteOldDownloads(before: number, limit: number): Statement<number> {
  return DELETE_OLD({ before: firstIdAt('dl', before), limit });
}
