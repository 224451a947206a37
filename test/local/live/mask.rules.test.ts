import { expect, test } from 'vitest';
import { createMasker } from '../../../cli/local/live/mask.rules.ts';

const OWN = 'development-only-9f8e7d6c5b4a';
const masker = createMasker([OWN, 'short']);

test.each([
  ['a key of an app', { secret_key: 'floe_sk_sandbox_abcdefghijklmnop' }, 'abcdefghijklmnop'],
  ['a key in a sentence', { detail: 'use floe_pk_live_abcdefghijklmnop here' }, 'abcdefghijklmnop'],
  ['a session', { session: 'floe_st_sandbox_abcdefghijklmnop' }, 'abcdefghijklmnop'],
  ['a signing secret', { note: 'whsec_c2VjcmV0c2VjcmV0' }, 'c2VjcmV0'],
  ['a checkout’s secret', { url: 'http://127.0.0.1:8788/checkout/polar_c_Zm9vYmFy' }, 'Zm9vYmFy'],
  ['Polar’s access token', { token: 'polar_oat_abcdefgh' }, 'abcdefgh'],
  ['an entitlement token', { token: 'eyJhbGciOiJF.eyJzdWIiOiJh.c2lnbmF0dXJl' }, 'eyJzdWIiOiJh'],
  ['a code by mail', { code: '123456' }, '123456'],
  ['a code as a number', { code: 123_456 }, '123456'],
  ['a browser’s half of signing in', { browser_token: 'abc-def' }, 'abc-def'],
  ['what a code is exchanged with', { code_verifier: 'a-long-verifier' }, 'a-long-verifier'],
  ['a card', { anything: '4242 4242 4242 4242' }, '4242 4242'],
  ['a card’s number', { card_number: '4000000000000002' }, '4000'],
  ['a licence key', { properties: { display_key: 'ABCD-EFGH' } }, 'ABCD'],
  ['a secret of this machine', { deep: [{ text: `it is ${OWN}!` }] }, OWN],
  ['a secret as a name', { [OWN]: 1 }, OWN],
  ['queries', { url: 'https://x.dev/return?payment=pay_1&nonce=abc123&code=zyx' }, 'abc123'],
  ['the other query', { url: 'https://x.dev/return?payment=pay_1&nonce=abc123&code=z1y2' }, 'z1y2'],
  ['a name in camelCase', { apiKey: 'abcdefgh' }, 'abcdefgh'],
  ['another one', { accessToken: 'abcdefgh' }, 'abcdefgh'],
  ['the verifier in camelCase', { codeVerifier: 'a-long-verifier' }, 'a-long-verifier'],
  ['a name that begins with capitals', { APIKey: 'abcdefgh' }, 'abcdefgh'],
  ['a code that is used once', { otp: 'abcdef' }, 'abcdef'],
  ['a code of letters', { code: 'qwertz' }, 'qwertz'],
  ['a code of letters in a query', { url: '/return?code=ab_cdef' }, 'ab_cdef'],
  ['a fragment', { url: 'https://x.dev/return#code=z1y2&state=1' }, 'z1y2'],
  ['a query in a sentence', { detail: 'Open https://x.dev/?code=z1y2 now' }, 'z1y2'],
  [
    'an address in a query',
    { url: 'https://x.dev/?success_url=https%3A%2F%2Fy.dev%2F%3Fcode%3Dz1y2' },
    'z1y2',
  ],
  ['an address that is escaped twice', { url: '/?to=https%253A%252F%252Fy.dev%253Fcode%253Dz1y2' }, 'z1y2'],
  ['a name that is escaped', { url: '/return?co%64e=z1%26y2' }, 'y2'],
  ['a key that is escaped', { note: '%66loe_sk_sandbox_abcdefghijklmnop' }, 'abcdefghijklmnop'],
  ['what is escaped too often', { note: `%${'25'.repeat(8)}66loe_sk_sandbox_abcdefghijklmnop` }, 'abcdefgh'],
  ['text in lists under a secret name', { tokens: ['one-secret', 'two-secret'] }, 'two-secret'],
])('%s is not shown', (_what, value, secret) => {
  const shown = JSON.stringify(masker.value(value));
  expect(shown).not.toContain(secret);
  expect(shown).toContain('…');
});

test('what a developer looks for stays', () => {
  const open = {
    type: 'order.paid',
    code: 'already_subscribed',
    status_code: 404,
    email: 'ada@floe-mail.dev',
    id: '0199a3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
    payment: 'pay_01k8z0000000000000000000aa',
    invoice_number: 'FLOE-DEMO-0001',
    amount: 900,
    version: 1_763_000_000_000_000,
    postal_code: '10115',
    list: [true, null],
    url: 'http://127.0.0.1:8789/thanks?buy=1&to=%2Fa%20b&x=100%',
    statusCode: 'abc',
    sum: '1 + 1 = 2, 100 %',
  };
  expect(masker.value(open)).toEqual(open);
});

test('the beginning of a key still says what it was', () => {
  expect(masker.value({ secret_key: 'floe_sk_sandbox_abcdefghijklmnop' })).toEqual({
    secret_key: 'floe_sk_sandbox_…',
  });
  expect(masker.text('/v1/access?resource=content:blog/x&code=a1b2')).toBe(
    '/v1/access?resource=content:blog/x&code=…',
  );
});

test('a value that is nested without end is cut', () => {
  let deep: unknown = 'end';
  for (let i = 0; i < 1_000; i++) deep = { deep };
  expect(JSON.stringify(masker.value(deep))).not.toContain('end');
});
