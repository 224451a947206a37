import { eq } from 'drizzle-orm';
import { MODES } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type AppRow, apps } from '../base/db/schema.rows.ts';

/** An app row by slug. @throws {Problem} `not_found` */
export async function findApp(services: Services, slug: string): Promise<AppRow> {
  const [app] = await services.database.select().from(apps).where(eq(apps.slug, slug)).limit(1);
  if (!app) {
    const endings = MODES.map((mode) => `-${mode}`).join(' or ');
    throw new Problem('not_found', { detail: `There is no app ${slug}. An app’s slug ends in ${endings}.` });
  }
  return app;
}
