import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isScope, missingOf, POLAR_SCOPES } from '../../src/base/polar-scopes.rules.ts';

describe('scopes of the access token', () => {
  test('are those that the README lists', async () => {
    const readme = await readFile(path.join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
    const [, table = ''] = /\| for \| scopes \|\n.*\n((?: *\|.*\n)+)/.exec(readme) ?? [];
    const listed = table
      .trimEnd()
      .split('\n')
      .map((row) => [...row.matchAll(/`([a-z_]+:[a-z]+)`/g)].map(([, scope]) => scope));
    expect(listed).toEqual(Object.values(POLAR_SCOPES).map((scopes) => [...scopes]));
  });

  test('have the form in which Polar names them', () => {
    for (const scope of Object.values(POLAR_SCOPES).flat()) expect(isScope(scope), scope).toBe(true);
    for (const text of ['', 'refunds', 'refunds:delete', '<b>:read', 'a:read b:read'])
      expect(isScope(text), text).toBe(false);
  });

  test('for writing are missing as well when reading was refused, and not the other way round', () => {
    expect(missingOf(['refunds:write', 'orders:read'], new Set(['refunds:read']))).toEqual(['refunds:write']);
    expect(missingOf(['refunds:read'], new Set(['refunds:write']))).toEqual([]);
  });
});
