import type { EndedSessionsView } from './sessions.answers.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { revokeSession, revokeSessions, type SessionScope } from './sessions.rows.ts';
import { forgetCallers } from '../http/identify-caller.ts';

/**
 * Ends all sessions of a scope: at once in this isolate, within 30 s in others. `by`: an app that ends others' sessions;
 * undefined: their holder.
 */
export async function endSessions(
  services: Services,
  app: AppRow,
  scope: SessionScope,
  by: Doer | undefined,
): Promise<EndedSessionsView> {
  const ended = await revokeSessions(services.database, app.id, scope, { now: services.now(), by });
  forgetCallers();
  return { ended };
}

/**
 * Ends one session of a scope (undefined: of the whole app). `by`: as above. @throws {Problem} `not_found` when it is not in the scope
 * or has ended.
 */
export async function endOneSession(
  services: Services,
  app: AppRow,
  scope: SessionScope | undefined,
  { id, by }: { id: string; by: Doer | undefined },
): Promise<void> {
  const ended = await revokeSessions(services.database, app.id, scope, { id, now: services.now(), by });
  if (ended === 0) throw new Problem('not_found', { detail: 'There is no such session, or it has ended.' });
  forgetCallers();
}

/** Ends a session: at once in this isolate, within 30 s in others. */
export async function endSession(services: Services, session: SessionRow): Promise<void> {
  await revokeSession(services.database, session.id, services.now());
  forgetCallers();
}
