import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, GATEWAY, problem, TOKENS } from './example-gateway.ts';
import { emptyFolder, runFloe, session } from './harness.ts';

const CREATE = [
  'apps',
  'create',
  'kiosk',
  '--mode',
  'sandbox',
  '--callback',
  'https://shop.example-site.dev/thanks',
];
const APP = examples['GET /admin/apps/:app']['200'];

test('one session of each command', async () => {
  const { fetch } = exampleGateway();
  const one = (typed: string) => session(typed, { fetch, env: TOKENS });
  const pages = [
    await one('apps list'),
    await one('apps show quay-sandbox'),
    await one('apps create kiosk --mode sandbox --callback https://shop.example-site.dev/thanks'),
    await one('apps update quay-sandbox --name Quay --owns-unclaimed'),
    await one('apps update quay-sandbox'),
    await one('apps origins quay-sandbox'),
    await one('apps callbacks quay-sandbox --remove https://nope.example'),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/apps.txt');
});

test('an app that is not there is said with the gateway’s own words', async () => {
  const { fetch } = exampleGateway({
    'GET /admin/apps/:app': [problem(404, 'not_found', 'There is no app nope-live.')],
  });
  const { code, stderr } = await runFloe(['apps', 'show', 'nope-live'], { fetch, env: TOKENS });
  expect([code, stderr]).toEqual([4, 'error: There is no app nope-live. (not_found)\n  request req_1\n']);
});

test('the operator’s token goes to the gateway, and is not printed', async () => {
  const { fetch, asked } = exampleGateway();
  const { code, stdout, stderr } = await runFloe(['apps', 'list', '--json'], { fetch, env: TOKENS });
  expect([code, stderr]).toEqual([0, '']);
  expect(asked.map(({ line }) => line)).toEqual(['GET /admin/apps']);
  expect(asked[0]?.headers.get('authorization')).toBe(`Bearer ${TOKENS.FLOE_ADMIN_TOKEN}`);
  expect(stdout).not.toContain(TOKENS.FLOE_ADMIN_TOKEN);
  expect(JSON.parse(stdout)).toEqual(examples['GET /admin/apps']['200']);
});

describe('a new app', () => {
  test('is what the options say', async () => {
    const { fetch, asked } = exampleGateway();
    await runFloe(
      [
        ...CREATE,
        '--callback',
        'https://two.example',
        '--origin',
        'https://two.example',
        '--name',
        'Kiosk',
        '--webhook',
        'https://two.example/hooks',
        '--owns-unclaimed',
        '--grace-days',
        '7',
        '--notice-days',
        '0',
      ],
      { fetch, env: TOKENS },
    );
    expect(asked.map(({ line, body }) => [line, body])).toEqual([
      [
        'POST /admin/apps',
        {
          product: 'kiosk',
          mode: 'sandbox',
          name: 'Kiosk',
          callback_urls: ['https://shop.example-site.dev/thanks', 'https://two.example'],
          origins: ['https://two.example'],
          owns_unclaimed: true,
          allows_foreign_codes: false,
          past_due_grace_days: 7,
          ending_notice_days: 0,
          webhook_url: 'https://two.example/hooks',
        },
      ],
    ]);
  });

  test('is not tried twice: the gateway may have made it', async () => {
    const { fetch, asked } = exampleGateway({
      'POST /admin/apps': [problem(503, 'unavailable', 'Not now.')],
    });
    const { code } = await runFloe(CREATE, { fetch, env: TOKENS });
    expect([code, asked.length]).toEqual([5, 1]);
  });

  test('leaves its secret key in the profile with --keep, and nowhere else', async () => {
    const configDir = path.join(await emptyFolder(), 'floe');
    const { fetch } = exampleGateway();
    await runFloe(['profiles', 'add', 'try', '--gateway', GATEWAY], {
      configDir,
      env: { FLOE_ADMIN_TOKEN: 'operator-token' },
    });
    const { stdout } = await runFloe([...CREATE, '--keep'], { configDir, fetch });
    const { slug, secret_key } = examples['POST /admin/apps']['201'];
    expect(stdout).toContain('kept in the profile try');
    expect(stdout).not.toContain(secret_key);
    const { profiles } = JSON.parse(await readFile(path.join(configDir, 'profiles.json'), 'utf8'));
    expect(profiles.try).toEqual({
      gateway: GATEWAY,
      adminToken: 'operator-token',
      secretKeys: { [slug]: secret_key },
    });
  });

  test('is not made when its key could not be kept', async () => {
    const { fetch, asked } = exampleGateway();
    const { code } = await runFloe([...CREATE, '--keep'], { fetch, env: TOKENS });
    expect([code, asked]).toEqual([2, []]);
  });
});

describe('addresses', () => {
  const change = async (...args: string[]) => {
    const { fetch, asked } = exampleGateway();
    const { code } = await runFloe(['apps', 'origins', 'quay-sandbox', ...args], { fetch, env: TOKENS });
    return [code, asked.filter(({ line }) => line.startsWith('PATCH')).map(({ body }) => body)];
  };

  test('are added to those that are there, and removed from them', async () => {
    const [before = ''] = APP.origins;
    expect(await change('--add', 'https://two.example')).toEqual([
      0,
      [{ origins: [before, 'https://two.example'] }],
    ]);
    expect(await change('--add', 'https://two.example', '--remove', before)).toEqual([
      0,
      [{ origins: ['https://two.example'] }],
    ]);
  });

  test('are left as they are when nothing changes', async () => {
    expect(await change()).toEqual([0, []]);
    expect(await change('--add', APP.origins[0] ?? '')).toEqual([0, []]);
    expect(await change('--remove', 'https://nope.example')).toEqual([4, []]);
  });
});
