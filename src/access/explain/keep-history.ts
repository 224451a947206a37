import { runBatch } from '../../base/db/database.rows.ts';
import { runOne } from '../../base/db/sql.rows.ts';
import type { Services } from '../../base/services.ts';
import { GAP_MS, HISTORY_DAYS, MARGIN_DAYS, NOTED_EVERY_MS } from './history.rules.ts';
import { nextVersions, noteHistory, passVersions } from './history.rows.ts';

const DAY_MS = 86_400_000;
/** Of one step of the walk. */
const MAX_VERSIONS = 2_000;

/**
 * Notes every five minutes that a release runs which keeps rows as they were, and deletes then those that no question can
 * ask for any more: a version answers for the times before it ended, so it goes once that is longer ago than questions
 * reach (ADR 102).
 */
export async function keepHistory(services: Services): Promise<void> {
  const { database } = services;
  const now = services.now();
  const noted = await runOne(database, noteHistory(now, { gap: GAP_MS, every: NOTED_EVERY_MS }));
  if (noted === 0) return;
  const over = now - (HISTORY_DAYS + MARGIN_DAYS) * DAY_MS;
  const { versions } = await runBatch(database, { versions: nextVersions(over, MAX_VERSIONS) });
  await runBatch(database, passVersions(versions, versions.length < MAX_VERSIONS));
}
