import { eq } from 'drizzle-orm';
import { MODES } from '../domain/mode.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { type AppRow, apps } from '../storage/schema.ts';

/** An app row by slug. @throws {Problem} `not_found` */
export async function findApp(services: Services, slug: string): Promise<AppRow> {
  const [app] = await services.database.select().from(apps).where(eq(apps.slug, slug)).limit(1);
  if (!app) {
    const endings = MODES.map((mode) => `-${mode}`).join(' or ');
    throw new Problem('not_found', { detail: `There is no app ${slug}. An app’s slug ends in ${endings}.` });
  }
  return app;
}
