import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, TOKENS } from './example-gateway.ts';
import { runFloe, session } from './harness.ts';

const [ENDPOINT] = examples['GET /v1/webhook-endpoints']['200'].data;
const LIST = 'GET /v1/webhook-endpoints';

const ID = ENDPOINT?.id ?? '';

test('one session of each command', async () => {
  const { fetch } = exampleGateway();
  const one = (typed: string, answers?: boolean[]) =>
    session(typed, { fetch, env: TOKENS, ...(answers ? { answers } : {}) });
  const pages = [
    await one('endpoints list'),
    await one(`endpoints show ${ID}`),
    await one('endpoints create https://receiver.example-site.dev/more'),
    await one(`endpoints update ${ID} --pause`),
    await one(`endpoints update ${ID}`),
    await one(`endpoints test ${ID}`),
    await one(`endpoints rotate-secret ${ID} --overlap 1m`),
    await one(`endpoints rotate-secret ${ID} --overlap 0s`),
    await one(`endpoints delete ${ID}`),
    await one(`endpoints delete ${ID}`, [true]),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/endpoints.txt');
});

test('what the options say is sent', async () => {
  const { fetch, asked } = exampleGateway();
  const run = (...args: string[]) => runFloe(['endpoints', ...args], { fetch, env: TOKENS });
  await run(
    'create',
    'https://a.example/hooks',
    '--event',
    'payment.*',
    '--event',
    'refund.*',
    '--ordering',
    'payment',
    '--paused',
  );
  await run('update', ID, '--resume', '--rate-limit', 'none', '--description', 'mail');
  await run('update', ID, '--rate-limit', '60', '--pause');
  await run('test', ID, '--type', 'refund.succeeded');
  await run('rotate-secret', ID, '--overlap', '7d');
  expect(asked.map(({ line, body }) => [line, body])).toEqual([
    [
      'POST /v1/webhook-endpoints',
      {
        url: 'https://a.example/hooks',
        events: ['payment.*', 'refund.*'],
        ordering: 'payment',
        enabled: false,
      },
    ],
    [`PATCH /v1/webhook-endpoints/${ID}`, { enabled: true, rate_limit: null, description: 'mail' }],
    [`PATCH /v1/webhook-endpoints/${ID}`, { enabled: false, rate_limit: 60 }],
    [`POST /v1/webhook-endpoints/${ID}/test`, { type: 'refund.succeeded' }],
    [`POST /v1/webhook-endpoints/${ID}/rotate-secret`, { overlap_seconds: 604_800 }],
  ]);
  expect((await run('update', ID, '--pause', '--resume')).code).toBe(2);
  expect((await run('update', ID, '--rate-limit', '0')).code).toBe(2);
});

test('a test that is not accepted ends with 1, and says what came back', async () => {
  const test_ = examples['POST /v1/webhook-endpoints/:id/test']['200'];
  const { fetch } = exampleGateway({
    'POST /v1/webhook-endpoints/:id/test': [
      { body: { ...test_, delivered: false, status: 500, error: 'status', message: 'It answered 500.' } },
    ],
  });
  const { code, stdout } = await runFloe(['endpoints', 'test', ID], { fetch, env: TOKENS });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^error +It answered 500\.$/m);
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
    expect.stringContaining('There is no secret key of atlas-live (environment), only of quay-live.'),
  ]);
});
