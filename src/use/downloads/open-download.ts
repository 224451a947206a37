import { RETRY_SECONDS, type AccessReason } from '../../access/access.rules.ts';
import { log } from '../../base/log.ts';
import { newId } from '../../base/ids.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { type Asker, decideFiles, type DecidedFiles, fetchOffered } from './find-files.ts';
import { countDownload } from './downloads.rows.ts';
import { learnFiles } from './learn-files.ts';
import { benefitsOf, type OfferedFile } from './offered-files.rules.ts';

/**
 * The address at which a file can be fetched for a while, for a subject that may have it now: decided from the database's
 * primary, then made by Polar for this request. The download is counted.
 * @throws {Problem} `not_found` for a file that this app does not give, `not_granted`, `download_unavailable`,
 * `unavailable`, `polar_…`, `rate_limited`
 */
export async function openDownload(
  services: Services,
  asker: Asker,
  fileId: string,
): Promise<{ url: string; expiresAt: number }> {
  const decided = await decideFiles(services, asker);
  const mayBy = (id: string) => decided.allowed.has(id);
  const isFound = benefitsOf(fileId, decided.benefits).some(mayBy);
  const benefits = isFound ? decided.benefits : await learnFiles(services, asker, decided.benefits);
  const givers = benefitsOf(fileId, benefits);
  const allowed = givers.filter(mayBy);
  if (givers.length > 0 && allowed.length === 0) throw notGranted(decided, givers);
  // Which benefit gives it is not known yet: the file was just added.
  const wanted = allowed.length > 0 ? new Set(allowed) : decided.allowed;
  const files = await fetchOffered(services, asker, decided, wanted);
  const file = files.find(({ download }) => download.fileId === fileId);
  if (!file) {
    if (allowed.length === 0) throw new Problem('not_found', { detail: 'This app gives no such file.' });
    throw notOffered(decided, allowed);
  }
  await count(services, asker, file);
  const { url, expiresAt } = file.download;
  return { url, expiresAt };
}

/** Counts a download. A count that fails does not keep the customer from the file. */
async function count(services: Services, { app }: Asker, { download, holder }: OfferedFile): Promise<void> {
  try {
    const made = { id: newId('dl'), appId: app.id, ...download, ...holder, now: services.now() };
    await runBatch(services.database, countDownload(made));
  } catch (error) {
    log('error', 'a download was not counted', { app: app.slug, file: download.fileId, error });
  }
}

const WHY: Partial<Record<AccessReason, string>> = {
  revoked:
    'This customer’s access to the file was taken back, for instance because the purchase was refunded.',
  expired: 'This customer’s access to the file has ended.',
  pending_payment: 'The payment that gives this file is being confirmed. Try again shortly.',
};
/** Of several benefits that give the file the reason that says most. */
const TELLING: readonly AccessReason[] = ['pending_payment', 'revoked', 'expired'];

function notGranted({ decisions }: DecidedFiles, givers: readonly string[]): Problem {
  const reasons = new Set(givers.map((id) => decisions.get(id)?.reason));
  const reason = TELLING.find((each) => reasons.has(each)) ?? 'not_granted';
  return new Problem('not_granted', {
    detail: WHY[reason] ?? 'This customer has bought nothing that gives this file.',
    ...(reason === 'pending_payment' ? { retryAfter: RETRY_SECONDS } : {}),
  });
}

/** The app says yes, and Polar does not have the file for the customer. */
function notOffered({ heard }: DecidedFiles, allowed: readonly string[]): Problem {
  const isAwaited = allowed.every((id) => !heard.has(id));
  return new Problem('download_unavailable', {
    detail: isAwaited
      ? 'Polar has not made this file ready for the customer yet. Try again shortly.'
      : 'This customer may have the file, and Polar does not offer it: it was removed there, or the customer has it by a grant or a grace period of this app’s own.',
    ...(isAwaited ? { retryAfter: RETRY_SECONDS } : {}),
  });
}
