import { findNewerMigrations } from '../../../base/health.rows.ts';
import type { Check } from '../check.ts';

/** A build that was rolled back may not know what a newer one has stored. */
export const migrationsNewer: Check = {
  code: 'migrations_newer',
  area: 'the-gateway',
  severity: 'warning',
  title: 'D1 is newer than this build',
  each: 'gateway',
  async look({ database }) {
    const newer = await findNewerMigrations(database);
    if (newer.length === 0) return [];
    return [
      {
        detail: `D1 has migrations that this build does not know: ${newer.join(', ')}. An older version of Floe was deployed over a newer one.`,
        mend: 'npx floe upgrade',
      },
    ];
  },
};
