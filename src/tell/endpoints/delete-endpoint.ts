import type { Services } from '../../base/services.ts';
import { removeEndpoint } from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { unknownEndpoint } from './present-endpoint.ts';

/** Deletes an endpoint; what still waits for it is canceled. @throws {Problem} `not_found`, also for another app's. */
export async function deleteEndpoint(services: Services, app: AppRow, id: string): Promise<void> {
  if (!(await removeEndpoint(services.database, app.id, id, services.now()))) throw unknownEndpoint(id);
}
