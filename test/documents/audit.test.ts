import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { AUDIT_ACTIONS } from '../../src/base/audit-actions.rules.ts';

test('docs/audit.md says what every action of the audit log is', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../../docs/audit.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+\.\w+)`/g)].map(([, action]) => action),
  );
  expect(named.toSorted()).toEqual(AUDIT_ACTIONS.toSorted());
});
