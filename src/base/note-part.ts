import { runBatch } from './db/database.rows.ts';
import { type HealthPart, noteHealth } from './health.rows.ts';
import type { Services } from './services.ts';

/** Notes that a part works, or why it does not. @throws what D1 throws */
export async function notePart(
  services: Services,
  part: HealthPart,
  error: string | null = null,
): Promise<void> {
  const { database } = services;
  await runBatch(database, [noteHealth(database, part, { checkedAt: services.now(), error })]);
}
