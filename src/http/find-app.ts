import { MODES } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { selectApp } from './callers.rows.ts';

/** An app row by slug. @throws {Problem} `not_found` */
export async function findApp(services: Services, slug: string): Promise<AppRow> {
  const app = await selectApp(services.database, slug);
  if (!app) {
    const endings = MODES.map((mode) => `-${mode}`).join(' or ');
    throw new Problem('not_found', { detail: `There is no app ${slug}. An app’s slug ends in ${endings}.` });
  }
  return app;
}
