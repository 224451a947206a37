import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBrokenRules } from './expand-or-contract.ts';

/* Fails when the schema in code and `migrations/` have drifted apart: `drizzle-kit generate` would write something. */
const root = path.join(import.meta.dirname, '..');
for (const problem of findBrokenRules(path.join(root, 'migrations'))) {
  console.error(problem);
  process.exitCode = 1;
}
const copy = mkdtempSync(path.join(tmpdir(), 'floe-migrations-'));
try {
  cpSync(path.join(root, 'migrations'), copy, { recursive: true });
  const before = readdirSync(copy).length;
  const out = path.relative(root, copy);
  const run = spawnSync(
    'drizzle-kit',
    ['generate', '--dialect', 'sqlite', '--schema', './src/base/db/schema.rows.ts', '--out', out],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (run.status !== 0) throw new Error(`drizzle-kit failed: ${run.stdout}${run.stderr}`);
  if (readdirSync(copy).length !== before) {
    console.error(
      'src/base/db/schema.rows.ts has changes that no migration holds. Run: npm run migrations:generate',
    );
    process.exitCode = 1;
  } else {
    console.log('migrations/ holds the whole schema.');
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
