import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { KEY_SCOPE_DOCS } from '../../src/http/key-scopes.docs.ts';

test('docs/keys.md says of each scope what /openapi.json does', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../../docs/keys.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+:\w+)` \| (.+) \|$/gm)].map(([, scope, words = '']) => [
    scope,
    `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`,
  ]);
  expect(Object.fromEntries(rows)).toEqual(KEY_SCOPE_DOCS);
});
