import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { CountedFileView, NotedDownloadView } from './downloads.answers.ts';
import {
  type CountedFile,
  isCounted,
  type NotedDownload,
  selectCountedFiles,
  selectDownloadsOf,
} from './downloads.rows.ts';

interface Page {
  limit: number;
  cursor: string | undefined;
}

/** A page of an app's files that were downloaded, in order of their ids. @throws {Problem} `validation_failed` (the cursor) */
export async function listFiles({ database }: Services, app: AppRow, { limit, cursor }: Page) {
  const after = cursor === undefined ? '' : decodeCursor(cursor).id;
  const rows = await selectCountedFiles(database, { appId: app.id, after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map(presentFile),
    next_cursor: last ? encodeCursor({ at: 0, id: last.id }) : null,
  };
}

/**
 * A page of the downloads of one file, newest first, as far as they are kept.
 * @throws {Problem} `not_found` for a file of which this app knows no download; `validation_failed` (the cursor)
 */
export async function listDownloadsOf(
  { database }: Services,
  app: AppRow,
  { id: fileId, limit, cursor }: Page & { id: string },
) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  if (!(await isCounted(database, app.id, fileId)))
    throw new Problem('not_found', { detail: 'No such file of this app’s was downloaded.' });
  const rows = await selectDownloadsOf(database, { appId: app.id, fileId, after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map(presentNoted),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

function presentFile(file: CountedFile): CountedFileView {
  return {
    id: file.id,
    name: file.name,
    size: file.size,
    version: file.version,
    benefit_id: file.benefitId,
    downloads: file.downloads,
    first_downloaded_at: new Date(file.firstAt).toISOString(),
    last_downloaded_at: new Date(file.lastAt).toISOString(),
  };
}

function presentNoted(made: NotedDownload): NotedDownloadView {
  return {
    id: made.id,
    customer_id: made.customerId,
    member_id: made.memberId,
    benefit_id: made.benefitId,
    created_at: new Date(made.createdAt).toISOString(),
  };
}
