import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { API_FILES, generateApi } from '../../cli/kit-api.ts';

test.for(API_FILES)(
  'the types in $file are those of the OpenAPI document (else: npm run build:kit-api)',
  async (each) => {
    const committed = await readFile(
      path.join(import.meta.dirname, '..', '..', 'packages', each.file),
      'utf8',
    );
    expect(committed).toBe(generateApi(each));
  },
);
