import type { Doer } from '../../base/audit-actions.rules.ts';
import type { Services } from '../../base/services.ts';
import { removeEndpoint } from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { unknownEndpoint } from './present-endpoint.ts';

/** Deletes an endpoint; what still waits for it is canceled. @throws {Problem} `not_found`, also for another app's. */
export async function deleteEndpoint(services: Services, app: AppRow, id: string, by: Doer): Promise<void> {
  const removed = await removeEndpoint(services.database, { appId: app.id, id, now: services.now(), by });
  if (!removed) throw unknownEndpoint(id);
}
