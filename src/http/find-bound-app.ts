import type { Services } from '../base/services.ts';
import { MemoryCache } from '../base/memory.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { findApp } from './find-app.ts';

/** As long as keys and sessions may be remembered (invariant 7). */
const MEMORY_MS = 30_000;
const ENTRY_BYTES = 2_000;
const known = new MemoryCache<AppRow>({ maxEntries: 500, maxBytes: 1_000_000, ttlMs: MEMORY_MS });

/** The app that a service binding is for. One D1 round trip, none while remembered. @throws {Problem} `not_found` */
export async function findBoundApp(services: Services, slug: string): Promise<AppRow> {
  const now = services.now();
  const remembered = known.get(slug, now);
  if (remembered) return remembered;
  const app = await findApp(services, slug);
  known.set(slug, app, ENTRY_BYTES, now);
  return app;
}
