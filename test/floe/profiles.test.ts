import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { claim } from '../../packages/polar-simulator/claim.ts';
import { changeProfiles, saveProfiles } from '../../packages/floe/profiles/profile-file.ts';
import { exampleGateway, GATEWAY } from './example-gateway.ts';
import { emptyFolder, runFloe, session } from './harness.ts';

const ADD = ['profiles', 'add', 'live', '--gateway', GATEWAY];
const SECRETS = ['operator-token-1', 'secret-key-1'];

/** A folder that nobody has written to yet. */
async function newConfig() {
  const configDir = path.join(await emptyFolder(), 'floe');
  return { configDir, file: path.join(configDir, 'profiles.json') };
}

test('one session of each command', async () => {
  const { configDir } = await newConfig();
  const pages = [
    await session(`profiles add live --gateway ${GATEWAY} --app quay-live`, { configDir, answers: SECRETS }),
    await session('profiles add sandbox --gateway https://try.example.com --stdin', {
      configDir,
      stdin: 'FLOE_ADMIN_TOKEN=operator-token-2\n',
    }),
    await session('profiles list', { configDir }),
    await session('profiles use sandbox', { configDir }),
    await session('profiles remove live', { configDir, answers: [true] }),
    await session('profiles list --json', { configDir }),
    await session('profiles remove nope', { configDir }),
  ];
  const shown = pages.join('\n').replaceAll(configDir, '~/.config/floe');
  await expect(shown).toMatchFileSnapshot('golden/profiles.txt');
});

describe('tokens', () => {
  test('are kept where only this user reads', async () => {
    const { configDir, file } = await newConfig();
    await runFloe([...ADD, '--app', 'quay-live'], { configDir, answers: SECRETS });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(configDir)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      inUse: 'live',
      profiles: {
        live: {
          gateway: GATEWAY,
          adminToken: 'operator-token-1',
          secretKeys: { 'quay-live': 'secret-key-1' },
        },
      },
    });
  });

  test('that others can read are refused, with the command that mends it', async () => {
    const { configDir, file } = await newConfig();
    await runFloe(ADD, { configDir, env: { FLOE_ADMIN_TOKEN: 'operator-token-1' } });
    for (const mode of [0o640, 0o604, 0o660]) {
      await chmod(file, mode);
      const { code, stderr } = await runFloe(['apps', 'list'], { configDir });
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/Others on this machine can read[^]*\nchmod 600 \S+profiles\.json\n$/),
      ]);
    }
  });

  test('are never printed', async () => {
    const { configDir } = await newConfig();
    const { fetch } = exampleGateway();
    const said = [
      await runFloe([...ADD, '--app', 'quay-live', '--json'], { configDir, answers: SECRETS }),
      await runFloe(['profiles', 'list', '--json'], { configDir }),
      await runFloe(['profiles', 'use', 'live', '--json'], { configDir }),
      await runFloe(['apps', 'list'], { configDir, fetch }),
      await runFloe(['profiles', 'remove', 'live', '--yes', '--json'], { configDir }),
    ];
    for (const { code, stdout, stderr } of said) {
      expect(code).toBe(0);
      for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret);
    }
  });

  test('are no arguments', async () => {
    const { code } = await runFloe([...ADD, '--admin-token', 'operator-token-1']);
    expect(code).toBe(2);
  });
});

describe('a profile', () => {
  test('gets another key, and keeps what it has', async () => {
    const { configDir, file } = await newConfig();
    await runFloe(ADD, { configDir, env: { FLOE_ADMIN_TOKEN: 'operator-token-1' } });
    await runFloe([...ADD, '--app', 'quay-live'], { configDir, env: { FLOE_SECRET_KEY: 'secret-key-1' } });
    const { profiles } = JSON.parse(await readFile(file, 'utf8'));
    expect(profiles.live).toMatchObject({
      adminToken: 'operator-token-1',
      secretKeys: { 'quay-live': 'secret-key-1' },
    });
  });

  test('does not send its tokens to another gateway', async () => {
    const { configDir } = await newConfig();
    await runFloe(ADD, { configDir, env: { FLOE_ADMIN_TOKEN: 'operator-token-1' } });
    const other = ['profiles', 'add', 'live', '--gateway', 'https://other.example.com', '--app', 'quay-live'];
    const { code } = await runFloe(other, { configDir, env: { FLOE_SECRET_KEY: 'secret-key-1' } });
    expect(code).toBe(2);
  });

  test('without a token is none', async () => {
    expect((await runFloe(ADD)).code).toBe(2);
  });

  test('that is named goes before the environment, and that before the one in use', async () => {
    const { configDir } = await newConfig();
    const { fetch, asked } = exampleGateway();
    await runFloe(ADD, { configDir, env: { FLOE_ADMIN_TOKEN: 'kept' } });
    const env = { FLOE_GATEWAY: GATEWAY, FLOE_ADMIN_TOKEN: 'of-environment' };
    for (const [args, more] of [
      [['--profile', 'live'], env],
      [[], env],
      [[], { ...env, FLOE_PROFILE: 'live' }],
      [[], {}],
    ] as const)
      await runFloe(['apps', 'list', ...args], { configDir, fetch, env: more });
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer kept',
      'Bearer of-environment',
      'Bearer kept',
      'Bearer kept',
    ]);
  });

  test('that is not there is said', async () => {
    const { code, stderr } = await runFloe(['apps', 'list', '--profile', 'nope']);
    expect([code, stderr]).toEqual([2, 'error: There is no profile nope.\nfloe profiles list\n']);
  });
});

test('a file that is no list of profiles is not overwritten', async () => {
  const { configDir, file } = await newConfig();
  await runFloe(ADD, { configDir, env: { FLOE_ADMIN_TOKEN: 'token' } });
  await writeFile(file, '{"profiles": [');
  expect((await runFloe(ADD, { configDir, env: { FLOE_ADMIN_TOKEN: 'token' } })).code).toBe(1);
  expect(await readFile(file, 'utf8')).toBe('{"profiles": [');
});

describe('what is kept meanwhile', () => {
  const TWO = {
    inUse: 'live',
    profiles: {
      live: { gateway: GATEWAY, adminToken: 'old', secretKeys: {} },
      try: { gateway: 'https://try.example.com', adminToken: 'other', secretKeys: {} },
    },
  };

  test('by another command is not lost by an answer that comes later', async () => {
    for (const args of [
      ['profiles', 'remove', 'try'],
      ['profiles', 'add', 'try', '--gateway', 'https://try.example.com'],
    ]) {
      const { configDir, file } = await newConfig();
      const place = { configDir, platform: process.platform };
      await saveProfiles(place, TWO);
      const answer = async () => {
        await changeProfiles(place, (kept) => ({
          ...kept,
          profiles: { ...kept.profiles, live: { gateway: GATEWAY, adminToken: 'new', secretKeys: {} } },
        }));
        return true;
      };
      expect((await runFloe(args, { configDir, answers: [answer] })).code).toBe(0);
      expect(JSON.parse(await readFile(file, 'utf8')).profiles.live.adminToken).toBe('new');
    }
  });

  test('by many commands at once is all there', async () => {
    const { configDir, file } = await newConfig();
    const names = Array.from({ length: 12 }, (_, i) => `gateway-${i}`);
    await Promise.all(
      names.map((name) =>
        runFloe(['profiles', 'add', name, '--gateway', GATEWAY], {
          configDir,
          env: { FLOE_ADMIN_TOKEN: name },
        }),
      ),
    );
    const { profiles } = JSON.parse(await readFile(file, 'utf8'));
    expect(Object.keys(profiles).toSorted()).toEqual(names.toSorted());
  });
});

test('a folder that cannot be used is named, and is no fault of floe', async () => {
  const file = path.join(await emptyFolder(), 'file');
  await writeFile(file, '');
  const { code, stderr } = await runFloe(['profiles', 'list'], { configDir: file });
  expect([code, stderr]).toEqual([
    1,
    `error: ${file}/profiles.json: a part of its path is no folder. (ENOTDIR)\n`,
  ]);
});

test('one command at a time rotates the operator’s token, which two would lose', async () => {
  const { configDir } = await newConfig();
  const release = await claim(path.join(configDir, 'rotate-admin.owner'), []);
  const { code, stderr } = await runFloe(['rotate', 'admin'], { configDir });
  expect([code, stderr]).toEqual([
    1,
    `error: Process ${process.pid} rotates the operator’s token already.\n`,
  ]);
  await release();
  expect((await runFloe(['rotate', 'admin'], { configDir })).stderr).toContain('No gateway is named.');
});
