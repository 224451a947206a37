import { Problem } from '../problem.ts';
import { drainMessage } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { audit } from '../storage/audit.ts';
import { selectAnyEndpoint, selectEndpoint } from '../storage/endpoints.ts';
import type { AppRow } from '../storage/schema.ts';
import { makeAllDue } from '../storage/send-now.ts';
import { unknownEndpoint } from './present-endpoint.ts';

/**
 * Sends an endpoint what waits for it, without waiting for the next attempts: its receiver is back. `app` undefined: an operator
 * asks, for an endpoint of any app.
 * @throws {Problem} `not_found`, also for another app's; `conflict` when it is disabled.
 */
export async function sendNow(services: Services, app: AppRow | undefined, id: string) {
  const { database } = services;
  const [endpoint] = await (app ? selectEndpoint(database, app.id, id) : selectAnyEndpoint(database, id));
  if (!endpoint) throw unknownEndpoint(id);
  if (!endpoint.enabled)
    throw new Problem('conflict', { detail: 'Enable it: it is then sent all that it missed.' });
  const now = services.now();
  const alongside = app ? [] : [audit(database, now, 'endpoint.sent_now', endpoint.appId, id)];
  const due = await makeAllDue(database, { id, now }, alongside);
  services.wake([drainMessage(id)]);
  return { due };
}
