import type { Services } from '../base/services.ts';
import { findApp } from '../http/find-app.ts';
import { selectKeys } from './apps.rows.ts';
import { presentKey } from './present-key.ts';

/** An app's keys, newest first, without their values. @throws {Problem} `not_found` */
export async function listKeys(services: Services, slug: string) {
  const app = await findApp(services, slug);
  const rows = await selectKeys(services.database, app.id);
  return rows.map(presentKey);
}
