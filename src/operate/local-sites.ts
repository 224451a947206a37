import type { Services } from '../base/services.ts';
import { selectApps } from './apps.rows.ts';

/** The sites that apps have registered, each with its apps by slug. */
export async function findLocalSites({ database }: Services): Promise<{ origin: string; apps: string[] }[]> {
  const sites = new Map<string, string[]>();
  for (const { slug, origins } of (await selectApps(database)).toReversed())
    for (const origin of origins) sites.set(origin, [...(sites.get(origin) ?? []), slug]);
  return [...sites].map(([origin, apps]) => ({ origin, apps }));
}
