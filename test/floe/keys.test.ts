import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, TOKENS } from './example-gateway.ts';
import { runFloe, session } from './harness.ts';

const [KEY] = examples['GET /admin/apps/:app/keys']['200'].data;
const ID = KEY?.id ?? '';

test('one session of each command', async () => {
  const { fetch } = exampleGateway();
  const one = (typed: string, answers?: boolean[]) =>
    session(typed, { fetch, env: TOKENS, ...(answers ? { answers } : {}) });
  const pages = [
    await one('keys list quay-sandbox'),
    await one(
      'keys create quay-sandbox --name reader --scope access:read --scope sessions:write --expires 30d',
    ),
    await one('keys create quay-sandbox --scope everything'),
    await one(`keys end quay-sandbox ${ID} 24h`, [true]),
    await one(`keys end quay-sandbox ${ID} tomorrow`),
    await one(`keys revoke quay-sandbox ${ID}`),
    await one(`keys revoke quay-sandbox ${ID}`, [true]),
    await one('keys revoke quay-sandbox key_nope'),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/keys.txt');
});

describe('a new key', () => {
  const create = async (...args: string[]) => {
    const { fetch, asked } = exampleGateway();
    const { code } = await runFloe(['keys', 'create', 'quay-sandbox', ...args], { fetch, env: TOKENS });
    return { code, asked };
  };

  test('is limited as the options say', async () => {
    const { asked } = await create('--scope', 'access:read', '--scope', 'refunds:write', '--expires', '90d');
    expect(asked.map(({ line, body }) => [line, body])).toEqual([
      [
        'POST /admin/apps/quay-sandbox/keys',
        { kind: 'secret', scopes: ['access:read', 'refunds:write'], expires_at: '2027-09-13T12:00:00.000Z' },
      ],
    ]);
    expect(asked[0]?.headers.get('idempotency-key')).toMatch(/.{16}/);
    expect((await create('--expires', '2027-12-31')).asked[0]?.body).toMatchObject({
      expires_at: '2027-12-31',
    });
    expect((await create('--publishable', '--name', 'page')).asked[0]?.body).toEqual({
      kind: 'publishable',
      name: 'page',
    });
  });

  test('is not made of what makes no sense', async () => {
    for (const args of [
      ['--expires', 'soon'],
      ['--publishable', '--scope', 'access:read'],
      ['--scope', 'all'],
      ['--keep'],
    ])
      expect(await create(...args), args.join(' ')).toEqual({ code: 2, asked: [] });
  });
});

test('a key is given an end after a yes only', async () => {
  const { fetch, asked } = exampleGateway();
  const end = ['keys', 'end', 'quay-sandbox', ID, '24h'];
  const changes = () => asked.filter(({ line }) => line.startsWith('PATCH'));
  expect((await runFloe(end, { fetch, env: TOKENS, answers: [false] })).code).toBe(1);
  expect(changes()).toEqual([]);
  expect((await runFloe([...end, '--yes'], { fetch, env: TOKENS })).code).toBe(0);
  expect(changes().map(({ line, body }) => [line, body])).toEqual([
    [`PATCH /admin/apps/quay-sandbox/keys/${ID}`, { expires_at: '2027-06-16T12:00:00.000Z' }],
  ]);
});

test('a key is revoked after a yes only', async () => {
  const { fetch, asked } = exampleGateway();
  const revoke = ['keys', 'revoke', 'quay-sandbox', ID];
  const gone = () => asked.filter(({ line }) => line.startsWith('DELETE')).map(({ line }) => line);
  const no = await runFloe(revoke, { fetch, env: TOKENS, answers: [false] });
  expect([no.code, gone()]).toEqual([1, []]);
  expect(no.asked).toEqual([expect.stringContaining(`(…${KEY?.hint}) of quay-sandbox`)]);
  await runFloe([...revoke, '--yes'], { fetch, env: TOKENS });
  expect(gone()).toEqual([`DELETE /admin/apps/quay-sandbox/keys/${ID}`]);
});
