import { log } from '../../base/log.ts';
import type { Services } from '../../base/services.ts';
import { forAnybody } from '../../polar/public-budget.ts';
import { isContentError } from '../../record/apply-observation.ts';
import { applyReads, type Read } from '../../record/apply-reads.ts';
import type { Asker } from './find-files.ts';
import type { FileBenefit } from './offered-files.rules.ts';
import { selectOfferedFiles } from './offered-files.rows.ts';

/** So many are read for one request; the next request reads the next ones. */
const MOST_READ = 5;

/**
 * The benefits with their files. Of one that was stored before those were kept, Polar is asked, once: what it says is stored, as by a
 * webhook. @throws {Problem} `polar_…`, when the budget for sessions is used up too
 */
export async function learnFiles(
  services: Services,
  { app, subject, isVisitor }: Asker,
  benefits: FileBenefit[],
): Promise<FileBenefit[]> {
  const unread = benefits.filter(({ files }) => files === null).slice(0, MOST_READ);
  if (unread.length === 0) return benefits;
  const polar = (isVisitor ? forAnybody(services, app, 'download', 0) : services).polar(app.mode);
  const reads: Read[] = [];
  for (const { id } of unread) {
    const read = await polar.fetchObject('benefit', id);
    if (read) reads.push({ kind: 'benefit', read });
  }
  await applyReads(services, app.mode, reads, 'api').catch((error: unknown) => {
    if (!isContentError(error)) throw error;
    log('error', 'a benefit of files was not understood', { ids: unread.map(({ id }) => id), error });
  });
  return (await selectOfferedFiles(services.database, { app, subject })).benefits;
}
