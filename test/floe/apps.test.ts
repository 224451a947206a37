import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, problem, TOKENS } from './example-gateway.ts';
import { runFloe, session } from './harness.ts';

describe('in a terminal', () => {
  test('the apps of the gateway, and one of them', async () => {
    const { fetch } = exampleGateway();
    const shown = [
      await session('apps list', { fetch, env: TOKENS }),
      await session('apps show quay-sandbox', { fetch, env: TOKENS }),
    ];
    await expect(shown.join('\n')).toMatchFileSnapshot('golden/apps.txt');
  });

  test('an app that is not there is said with the gateway’s own words', async () => {
    const { fetch } = exampleGateway({
      'GET /admin/apps/:app': [problem(404, 'not_found', 'There is no app nope-live.')],
    });
    await expect(await session('apps show nope-live', { fetch, env: TOKENS })).toMatchFileSnapshot(
      'golden/apps-not-found.txt',
    );
  });
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
