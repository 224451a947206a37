import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogFromEnv, catalogIds } from '../../packages/kit/catalog.ts';

/* Ids of products by their names. */

const MONTHLY = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const LIVE = '0c9e7d1a-2b3c-4d5e-8f90-a1b2c3d4e5f6';
const LOCK = {
  product: 'quay',
  products: { 'quay:monthly': { live: LIVE, sandbox: MONTHLY }, 'quay:tides': { sandbox: MONTHLY } },
  benefits: { all: { sandbox: MONTHLY } },
  discounts: {},
  meters: {},
};

describe('catalogIds', () => {
  test('gives the id of its mode', () => {
    expect(catalogIds(LOCK, 'live').product('quay:monthly')).toBe(LIVE);
    expect(catalogIds(LOCK, 'sandbox').product('quay:monthly')).toBe(MONTHLY);
    expect(catalogIds(LOCK, 'sandbox').benefit('all')).toBe(MONTHLY);
  });

  test.each(['quay:yearly', 'constructor', '__proto__'])('says that %s is not there', (name) => {
    expect(() => catalogIds(LOCK, 'live').product(name as never)).toThrow(
      `floe: the lock file of quay has no ${name} among its products.`,
    );
  });

  test('says what has not been pushed to its mode, and how it is', () => {
    expect(() => catalogIds(LOCK, 'live').product('quay:tides')).toThrow(
      'floe: quay:tides has not been pushed to live: floe catalog push --mode live',
    );
  });
});

describe('catalogFromEnv', () => {
  const key = (mode: string) => ({ FLOE_SECRET_KEY: `floe_sk_${mode}_${'a'.repeat(43)}` });

  test('has the mode of the app’s key', () => {
    expect(catalogFromEnv(key('live'), LOCK).product('quay:monthly')).toBe(LIVE);
    expect(catalogFromEnv(key('sandbox'), LOCK).product('quay:monthly')).toBe(MONTHLY);
    const read = (name: string) => Reflect.get(key('live'), name) as string;
    expect(catalogFromEnv(read, LOCK).product('quay:monthly')).toBe(LIVE);
  });

  test('reads it when it is asked first, and names the variable that is wrong', () => {
    const { product } = catalogFromEnv({}, LOCK);
    expect(() => product('quay:monthly')).toThrow('floe: FLOE_SECRET_KEY is not set');
    expect(() => catalogFromEnv({ FLOE_SECRET_KEY: 'x' }, LOCK).product('quay:monthly')).toThrow(
      'floe: FLOE_SECRET_KEY is not a key of Floe',
    );
  });
});

describe('its types', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'floe-lock-'));
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(path.join(folder, 'floe.lock.json'), JSON.stringify(LOCK));
    await mkdir(path.join(folder, 'src'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** @returns what the compiler says of a program that imports a lock file */
  async function compile(call: string): Promise<string> {
    const kit = path.join(import.meta.dirname, '..', '..', 'packages', 'kit', 'catalog.ts');
    await writeFile(
      path.join(folder, 'src', 'buy.ts'),
      `import { catalogIds } from '${kit}';
      import lock from '../floe.lock.json' with { type: 'json' };
      const { product, benefit } = catalogIds(lock, 'live');
      export const id: string = ${call};`,
    );
    const compilerOptions = {
      strict: true,
      noUnusedLocals: false,
      exactOptionalPropertyTypes: true,
      module: 'NodeNext',
      target: 'ES2024',
      lib: ['ES2024', 'DOM', 'DOM.Iterable'],
      types: [],
      noEmit: true,
      resolveJsonModule: true,
      allowImportingTsExtensions: true,
    };
    await writeFile(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['src/buy.ts'] }),
    );
    const tsc = path.join(import.meta.dirname, '..', '..', 'node_modules/typescript/bin/tsc');
    return promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string }) => error.stdout ?? 'tsc failed',
    );
  }

  test(
    'a name that the file has compiles, and one that it has not does not',
    { timeout: 120_000 },
    async () => {
      expect(await compile(`product('quay:monthly') + benefit('all')`)).toBe('');
      expect(await compile(`product('quay:montly')`)).toContain(
        `Argument of type '"quay:montly"' is not assignable to parameter of type '"quay:monthly" | "quay:tides"'`,
      );
    },
  );
});
