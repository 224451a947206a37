import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { generateKitApi } from '../../cli/kit-api.ts';

test('the client’s types are those of the OpenAPI document (else: npm run build:kit-api)', async () => {
  const committed = await readFile(
    path.join(import.meta.dirname, '..', '..', 'packages', 'kit', 'api.ts'),
    'utf8',
  );
  expect(committed).toBe(generateKitApi());
});
