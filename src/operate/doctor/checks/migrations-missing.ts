import { findMissingMigrations } from '../../../base/health.rows.ts';
import type { Check } from '../check.ts';

export const migrationsMissing: Check = {
  code: 'migrations_missing',
  area: 'the-gateway',
  severity: 'error',
  title: 'D1 lacks migrations',
  each: 'gateway',
  async look({ database }) {
    const missing = await findMissingMigrations(database);
    if (missing.length === 0) return [];
    return [
      {
        detail: `This build needs migrations that D1 has not seen: ${missing.join(', ')}.`,
        mend: 'npx floe upgrade',
      },
    ];
  },
};
