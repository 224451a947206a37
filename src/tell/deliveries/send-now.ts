import type { DueDeliveriesView } from '../endpoints/endpoints.answers.ts';
import { Problem } from '../../base/problem.ts';
import { drainMessage } from '../../base/messages.ts';
import type { Services } from '../../base/services.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { selectAnyEndpoint, selectEndpoint } from '../endpoints/endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { makeAllDue } from './send-now.rows.ts';
import { unknownEndpoint } from '../endpoints/present-endpoint.ts';

/**
 * Sends all that waits for an endpoint now, because its receiver is back. `app` undefined: an operator asks, for an
 * endpoint of any app.
 * @throws {Problem} `not_found`, also for another app's; `conflict` when it is disabled.
 */
export async function sendNow(
  services: Services,
  app: AppRow | undefined,
  id: string,
  by: Doer,
): Promise<DueDeliveriesView> {
  const { database } = services;
  const [endpoint] = await (app ? selectEndpoint(database, app.id, id) : selectAnyEndpoint(database, id));
  if (!endpoint) throw unknownEndpoint(id);
  if (!endpoint.enabled)
    throw new Problem('conflict', { detail: 'Enable it: it is then sent all that it missed.' });
  const now = services.now();
  const line = { action: 'endpoint.sent_now', appId: endpoint.appId, target: id } as const;
  const due = await makeAllDue(database, { id, now }, [audit(database, by, now, line)]);
  services.wake([drainMessage(id)]);
  return { due };
}
