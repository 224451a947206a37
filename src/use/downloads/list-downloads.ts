import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { Services } from '../../base/services.ts';
import type { DownloadView } from './downloads.answers.ts';
import { type Asker, decideFiles, fetchOffered } from './find-files.ts';
import { learnFiles } from './learn-files.ts';
import type { OfferedFile } from './offered-files.rules.ts';

/**
 * A page of the files that a subject may download now. All of them are looked up for each page, since Polar's list is not
 * of one app. @throws {Problem} `validation_failed` (the cursor), `unavailable`, `polar_…`, `rate_limited`
 */
export async function listDownloads(
  services: Services,
  asker: Asker,
  { limit, cursor }: { limit: number; cursor: string | undefined },
) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, { order: 'files' });
  const decided = await decideFiles(services, asker);
  const benefits = await learnFiles(services, asker, decided.benefits);
  const files = await fetchOffered(services, asker, { ...decided, benefits }, decided.allowed);
  // Behind the file that the page before ended with; where it stood, if it is gone.
  const at = after ? files.findIndex(({ download }) => download.fileId === after.id) : -1;
  const from = after ? (at === -1 ? after.at : at + 1) : 0;
  const shown = files.slice(from, from + limit);
  const last = from + limit < files.length ? shown.at(-1) : undefined;
  return {
    data: shown.map(presentDownload),
    next_cursor: last ? encodeCursor({ at: from + shown.length, id: last.download.fileId }, 'files') : null,
  };
}

function presentDownload({ download, isArchived }: OfferedFile): DownloadView {
  return {
    id: download.fileId,
    name: download.name,
    size: download.size,
    mime_type: download.mimeType,
    sha256: download.sha256,
    version: download.version,
    benefit_id: download.benefitId,
    is_archived: isArchived,
  };
}
