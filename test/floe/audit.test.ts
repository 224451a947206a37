import { expect, test } from 'vitest';
import { exampleGateway, TOKENS } from './example-gateway.ts';
import { runFloe, session } from './harness.ts';

const ENTRY = {
  id: 'aud_1',
  actor: 'app',
  key: 'key_01kb3z8q4yf6dvkwm2t5n9cr7e',
  action: 'refund.requested',
  app: 'quay-live',
  target: 'pay_1',
  before: null,
  after: null,
  detail: { amount: 300, cancel_subscription: null },
  request_id: 'req_1',
  created_at: '2027-06-15T11:30:00.000Z',
};

test('one session', async () => {
  const { fetch } = exampleGateway();
  const pages = [
    await session('audit', { fetch, env: TOKENS }),
    await session('audit --app quay-live', {
      fetch: exampleGateway({ 'GET /admin/audit': [{ body: { data: [ENTRY], next_cursor: null } }] }).fetch,
      env: TOKENS,
    }),
    await session('audit --created-after yesterday', { fetch, env: TOKENS }),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/audit.txt');
});

test('every filter is asked for', async () => {
  const { fetch, asked } = exampleGateway();
  const filters = [
    '--actor',
    'app',
    '--action',
    'key.revoked',
    '--app',
    'quay-live',
    '--target',
    'key_1',
    '--key',
    'key_2',
  ];
  await runFloe(
    ['audit', ...filters, '--created-after', '24h', '--created-before', '2027-06-15', '--limit', '5'],
    {
      fetch,
      env: TOKENS,
    },
  );
  const { searchParams } = new URL(asked[0]?.line.split(' ')[1] ?? '', 'https://pay.example.com');
  expect(Object.fromEntries(searchParams)).toEqual({
    actor: 'app',
    action: 'key.revoked',
    app: 'quay-live',
    target: 'key_1',
    key: 'key_2',
    created_after: '2027-06-14T12:00:00.000Z',
    created_before: '2027-06-15',
    limit: '5',
  });
});
