import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, TOKENS } from './example-gateway.ts';
import { runFloe, session } from './harness.ts';

const [ENDPOINT] = examples['GET /v1/webhook-endpoints']['200'].data;
const LIST = 'GET /v1/webhook-endpoints';

test('the endpoints of an app', async () => {
  const { fetch } = exampleGateway();
  await expect(await session('endpoints list', { fetch, env: TOKENS })).toMatchFileSnapshot(
    'golden/endpoints.txt',
  );
});

describe('a list of several pages', () => {
  const ids = Array.from({ length: 230 }, (_, i) => `ep_${i}`);
  const pages = () => ({
    [LIST]: [0, 100, 200].map((from) => ({
      body: {
        data: ids.slice(from, from + 100).map((id) => ({ ...ENDPOINT, id })),
        next_cursor: from === 200 ? null : `after-${from + 100}`,
      },
    })),
  });

  test('is asked for until the limit', async () => {
    const { fetch, asked } = exampleGateway(pages());
    const { stdout, stderr } = await runFloe(['endpoints', 'list', '--limit', '200', '--json'], {
      fetch,
      env: TOKENS,
    });
    expect(asked.map(({ line }) => line)).toEqual([
      'GET /v1/webhook-endpoints?limit=100',
      'GET /v1/webhook-endpoints?limit=100&cursor=after-100',
    ]);
    const { data, next_cursor } = JSON.parse(stdout);
    expect([data.length, next_cursor]).toEqual([200, 'after-200']);
    expect(stderr).toBe('There are more: --limit 400, or --all.\n');
  });

  test('comes as a line of JSON each with --all', async () => {
    const { fetch } = exampleGateway(pages());
    const { stdout } = await runFloe(['endpoints', 'list', '--all', '--json'], { fetch, env: TOKENS });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(ids);
  });

  test('is one table with --all', async () => {
    const { fetch } = exampleGateway(pages());
    const { stdout } = await runFloe(['endpoints', 'list', '--all', '--no-color'], {
      fetch,
      env: TOKENS,
      terminal: {},
    });
    expect(stdout.match(/endpoint +url/g)).toHaveLength(1);
    for (const id of ids) expect(stdout).toContain(`${id} `);
  });
});

test('the key of the app is used; of several, it must be named', async () => {
  const dev = { ...TOKENS, FLOE_APP: 'quay-live' };
  const { fetch, asked } = exampleGateway();
  await runFloe(['endpoints', 'list', '--app', 'quay-live'], { fetch, env: dev });
  expect(asked[0]?.headers.get('authorization')).toBe(`Bearer ${TOKENS.FLOE_SECRET_KEY}`);
  const other = await runFloe(['endpoints', 'list', '--app', 'atlas-live'], { fetch, env: dev });
  expect([other.code, other.stderr]).toEqual([
    3,
    expect.stringContaining('There is no secret key of atlas-live'),
  ]);
});
