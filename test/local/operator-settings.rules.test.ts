import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PASSED_ON, readOperatorSettings } from '../../cli/local/operator-settings.ts';
import { AGES, type AgeName, settingOfAge } from '../../src/base/ages.rules.ts';

const AGE_SETTINGS = (Object.keys(AGES) as AgeName[]).map(settingOfAge);

test('npm start passes on each age, and the settings that its help and the README name', async () => {
  expect(PASSED_ON).toEqual(expect.arrayContaining(AGE_SETTINGS));
  const env = Object.fromEntries(PASSED_ON.map((name) => [name, `value of ${name}`]));
  expect(readOperatorSettings(env)).toEqual(env);
  for (const file of ['README.md', 'cli/start.ts']) {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    const [, named = ''] = /(FLOE_KEEP_…_DAYS`?, [^]*?FLOE_REPAIR_POLAR_WEBHOOK)/.exec(text) ?? [];
    const names = named.match(/FLOE_[A-Z_]+[A-Z]/g)?.filter((name) => name !== 'FLOE_KEEP');
    expect(names?.toSorted(), file).toEqual(
      PASSED_ON.filter((name) => !AGE_SETTINGS.some((age) => age === name)).toSorted(),
    );
  }
});

test('npm start passes on no secret, no address of its own, and nothing that is empty', () => {
  const env = {
    FLOE_URL: 'https://pay.example.com',
    FLOE_ADMIN_TOKEN: 'somebody’s',
    FLOE_ENCRYPTION_KEYS: 'k1:…',
    FLOE_DEVELOPMENT: '0',
    POLAR_LIVE_ACCESS_TOKEN: 'polar_oat_…',
    POLAR_SANDBOX_ACCESS_TOKEN: 'polar_oat_…',
    FLOE_KEEP_AUDIT_DAYS: '',
    PATH: '/bin',
  };
  expect(readOperatorSettings(env)).toEqual({});
});
