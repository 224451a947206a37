import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from './database.ts';
import { sessions } from './schema.ts';

/** Ends a session. Again is no error. */
export async function revokeSession(database: Database, id: string, now: number): Promise<void> {
  await database
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(eq(sessions.id, id), isNull(sessions.revokedAt)));
}
