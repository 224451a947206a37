import type { Services } from '../base/services.ts';
import { findApp } from '../http/find-app.ts';
import { selectApps } from './apps.rows.ts';
import { presentApp } from './present-app.ts';

/** All apps, newest first. */
export async function listApps(services: Services) {
  const rows = await selectApps(services.database);
  return rows.map(presentApp);
}

/** One app by slug. @throws {Problem} `not_found` */
export async function getApp(services: Services, slug: string) {
  return presentApp(await findApp(services, slug));
}
