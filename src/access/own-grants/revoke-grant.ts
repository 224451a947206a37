import type { Doer } from '../../base/audit-actions.rules.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId } from '../../base/ids.rules.ts';
import { refreshMessages } from '../../base/messages.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { leaseFirstAttempts, sendTold } from '../../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../tell/events/events.rows.ts';
import { concernedBy, holderOf, type OwnGrantRow, stateOf } from './own-grant.rules.ts';
import { eventOfEnd } from './own-grant-events.rules.ts';
import { auditRevoking, ownGrantById, revokeOwnGrant } from './own-grants.rows.ts';

/**
 * Takes a grant of the app's own back. One that has ended already stays as it is, and nothing is told again, so that whoever got
 * no answer may ask again. @throws {Problem} `not_found`, also for another app's and for those of Polar
 */
export async function revokeGrant(services: Services, app: AppRow, id: string, by: Doer): Promise<void> {
  const { database } = services;
  const now = services.now();
  const [row] = (await runBatch(database, isId('grt', id) ? [ownGrantById(app.id, id)] : [])).flat();
  if (!row)
    throw new Problem('not_found', {
      detail:
        'This app has given no such grant. What was bought ends with its purchase: refund or cancel it.',
    });
  if (stateOf(row, now) !== 'granted') return;
  const first = leaseFirstAttempts(services);
  const ended: OwnGrantRow = { ...row, revokedAt: now, tellEndAt: null };
  const event = eventOfEnd(ended, app.slug, 'revoked', now);
  const { deliveries } = await runBatch(database, {
    audit: auditRevoking(database, { id, appId: app.id, now, by }),
    grant: revokeOwnGrant(app.id, id, now),
    ...tellStatements([event], { origin: 'api', polarEventId: null, now, first }),
  });
  services.wake([
    ...refreshMessages(concernedBy(app.id, holderOf(row))),
    ...sendTold(services, deliveries.flat(), first),
  ]);
}
