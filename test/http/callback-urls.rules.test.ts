import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  callbackIdentity,
  checkCallbackUrl,
  checkEmbedOrigin,
  withParameters,
} from '../../src/http/callback-urls.rules.ts';

const REGISTERED = ['https://good.example/done', 'https://shop.good.example:8443/', 'http://127.0.0.1:8789/'];

const check = (value: string, development = false) =>
  checkCallbackUrl(value, REGISTERED, { slug: 'quay-sandbox', development });

describe('a success URL of the app is taken', () => {
  test.each([
    ['https://good.example/done', 'https://good.example/done'],
    ['https://good.example/done/', 'https://good.example/done/'],
    ['https://good.example/done/thanks', 'https://good.example/done/thanks'],
    ['https://good.example/done?order=7&x=%20', 'https://good.example/done?order=7&x=%20'],
    ['https://good.example/done#top', 'https://good.example/done#top'],
    ['HTTPS://GOOD.example/done', 'https://good.example/done'],
    ['https://good.example:443/done', 'https://good.example/done'],
    ['https://good.example/done/a..b', 'https://good.example/done/a..b'],
    [
      'https://good.example/done?next=https://evil.example/..%2f',
      'https://good.example/done?next=https://evil.example/..%2f',
    ],
    ['https://shop.good.example:8443', 'https://shop.good.example:8443/'],
    ['https://shop.good.example:8443/anything/at/all', 'https://shop.good.example:8443/anything/at/all'],
  ])('%s', (value, href) => {
    expect(check(value)).toEqual({ ok: true, value: href });
  });
});

test.each(['{CHECKOUT_ID}', '%7BCHECKOUT_ID%7D', '{checkout_id}'])(
  'Polar’s placeholder, which would reach the site as it is, is refused in favour of ours: %s',
  (placeholder) => {
    for (const url of [
      `https://good.example/done?checkout_id=${placeholder}`,
      `https://good.example/done/${placeholder}`,
    ])
      expect(check(url)).toEqual({ ok: false, error: expect.stringContaining('payment_id') as string });
  },
);

describe('a URL that leads elsewhere is refused', () => {
  test.each([
    // another host
    'https://evil.example/done',
    'https://good.example.evil/done',
    'https://good.example.evil.example/done',
    'https://evilgood.example/done',
    'https://sub.good.example/done',
    'https://good.example./done',
    'https://good.exampl\u0435/done',
    'https://good.example%2eevil.example/done',
    'https://good.example%00.evil.example/done',
    'https://xn--good-.example/done',
    // user names
    'https://good.example@evil.example/done',
    'https://good.example:443@evil.example/done',
    'https://good.example%40evil.example/done',
    'https://user@good.example/done',
    'https://user:pass@good.example/done',
    'https://@good.example/done',
    'https://:@good.example/done',
    'https://evil.example#@good.example/done',
    'https://evil.example?@good.example/done',
    // backslashes
    'https://good.example\\@evil.example/done',
    'https:\\\\good.example\\done',
    'https://evil.example\\.good.example/done',
    'https://good.example/done\\..\\..\\evil',
    '\\\\evil.example/done',
    // no scheme, or a strange one
    '//evil.example/done',
    '//good.example/done',
    '///good.example/done',
    '/done',
    'done',
    '',
    'good.example/done',
    'https:good.example/done',
    'https:/good.example/done',
    'https:///good.example/done',
    'https:////good.example/done',
    'https://',
    'https://?good.example/done',
    'javascript://good.example/done%0aalert(1)',
    'javascript:alert(1)',
    'data:text/html,https://good.example/done',
    'blob:https://good.example/done',
    'ftp://good.example/done',
    'ws://good.example/done',
    'http://good.example/done',
    'view-source:https://good.example/done',
    // another port
    'https://good.example:444/done',
    'https://good.example:80/done',
    'https://shop.good.example/',
    'https://good.example:99999/done',
    // another path
    'https://good.example/',
    'https://good.example/donex',
    'https://good.example/done-elsewhere',
    'https://good.example/Done',
    'https://good.example/%64one/../evil',
    'https://good.example/d',
    'https://good.example//done',
    'https://good.example/evil/done',
    'https://good.example/done%2fevil',
    'https://good.example/done%5cevil',
    // traversal
    'https://good.example/done/../evil',
    'https://good.example/done/..',
    'https://good.example/done/.',
    'https://good.example/./done',
    'https://good.example/x/../done',
    'https://good.example/done/%2e%2e/evil',
    'https://good.example/done/%2E%2e/evil',
    'https://good.example/done/.%2e/evil',
    'https://good.example/done/%2e./evil',
    'https://good.example/done/%2e%2e%2fevil',
    'https://good.example/done/..%2fevil',
    'https://good.example/done/..%5cevil',
    'https://good.example/done/%252e%252e/evil',
    'https://good.example/done/%252e%252e%252fevil',
    'https://good.example/done/%00',
    // white space and control characters
    ' https://good.example/done',
    'https://good.example/done ',
    'https://good.example/do ne',
    'https://good.example/done\r\nset-cookie: a=b',
    'https://good.example/done\n',
    'https://go\tod.example/done',
    'https://good.example\u0000.evil.example/done',
    'https://good.example/done\u007f',
    'java\nscript:alert(1)',
    'https://good.example/done\u2028',
    '\ufeffhttps://good.example/done',
    // injected
    "https://good.example'; drop table payments; --/done",
    'https://[::ffff:7f00:1]/done',
    'https://127.0.0.1:8789/',
  ])('%j', (value) => {
    expect(check(value).ok).toBe(false);
    expect(check(value, true).ok).toBe(false);
  });
});

describe('plain http', () => {
  test('on loopback is taken in development', () => {
    expect(check('http://127.0.0.1:8789/done', true)).toEqual({
      ok: true,
      value: 'http://127.0.0.1:8789/done',
    });
  });
  test('on loopback is refused elsewhere, even when registered', () => {
    expect(check('http://127.0.0.1:8789/done')).toEqual({ ok: false, error: 'Must use https.' });
  });
  test('on another host is refused in development, even when registered', () => {
    const registrant = { slug: 'quay-sandbox', development: true };
    expect(checkCallbackUrl('http://lan.example/done', ['http://lan.example/'], registrant).ok).toBe(false);
  });
  test('on another loopback port or name is refused', () => {
    expect(check('http://127.0.0.1:8790/', true).ok).toBe(false);
    expect(check('http://localhost:8789/', true).ok).toBe(false);
    expect(check('http://2130706433:8790/', true).ok).toBe(false);
  });
});

test('whatever is taken has the host of a registered URL and a path beneath it', () => {
  const piece = fc.constantFrom(
    'https:',
    'http:',
    '/',
    '//',
    '\\',
    '@',
    ':',
    ':443',
    '?',
    '#',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '%25',
    'good.example',
    'evil.example',
    'done',
    'x',
    '[::1]',
    ' ',
    '\t',
    'é',
    '%',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, direct) => {
      const value = (direct ? 'https://good.example/done' : '') + pieces.join('');
      const result = check(value, true);
      if (!result.ok) return;
      const url = new URL(result.value);
      expect(url.username + url.password).toBe('');
      expect(url.origin).toBe('https://good.example');
      expect(url.pathname).toMatch(/^\/done(\/|$)/);
      expect(
        decodeURIComponent(url.pathname.replaceAll(/%(?![0-9a-f]{2})/gi, '%25')).split('/'),
      ).not.toContain('..');
    }),
    { numRuns: 5_000 },
  );
});

describe('the origin of an embedding page', () => {
  const origins = ['https://shop.example', 'http://127.0.0.1:8789'];
  const registrant = { slug: 'quay-live', development: false };
  test.each([
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example/', 'https://shop.example'],
    ['https://SHOP.example', 'https://shop.example'],
    ['http://127.0.0.1:8789', 'http://127.0.0.1:8789'],
  ])('%s is taken', (value, origin) => {
    expect(checkEmbedOrigin(value, origins, registrant)).toEqual({ ok: true, value: origin });
  });
  test.each([
    'https://evil.example',
    'https://shop.example.evil',
    'https://shop.example:444',
    'http://shop.example',
    'https://shop.example/path',
    'https://user@shop.example',
    'https://shop.example?x',
    'https://shop.example\\',
    'null',
    '*',
    '',
    'https://*.example',
  ])('%j is refused', (value) => {
    expect(checkEmbedOrigin(value, origins, registrant).ok).toBe(false);
  });
});

test('the gateway’s parameters join the app’s own, before the fragment, and win', () => {
  expect(withParameters('https://good.example/done?a=1#top', { code: 'c', status: 'succeeded' })).toBe(
    'https://good.example/done?a=1&code=c&status=succeeded#top',
  );
  expect(
    withParameters('https://good.example/done?q=a%20b&flag&code=old&c%6Fde=older', { code: 'ours' }),
  ).toBe('https://good.example/done?q=a%20b&flag&code=ours');
  expect(withParameters('https://good.example/done?code=mine', { code: 'ours' })).toBe(
    'https://good.example/done?code=ours',
  );
});

describe('what a code is bound to', () => {
  test('is the same in two spellings of one URL, and different for two', () => {
    expect(callbackIdentity('https://Good.example')).toBe(callbackIdentity('https://good.example:443/'));
    expect(callbackIdentity('https://good.example/a')).not.toBe(callbackIdentity('https://good.example/a/'));
    expect(callbackIdentity('https://good.example/a?b')).not.toBe(
      callbackIdentity('https://good.example/a?b='),
    );
    expect(callbackIdentity('https://good.example/\\')).toBeUndefined();
    expect(callbackIdentity('nonsense')).toBeUndefined();
  });

  test.each([
    'https://good.example/done',
    'https://good.example/done#part',
    'https://good.example/done?status=sale',
    'https://good.example/done?code=SPRING&from=shop',
    'https://good.example/done?p%61yment_id=1&a=%20b',
    'https://good.example/done?x=1&',
    'https://good.example/done?&&x=1&&y',
    'https://good.example/done?',
  ])('%s is found again in the address that a buyer comes back to', (success) => {
    const back = new URL(withParameters(success, { code: 'c', payment_id: 'pay_1', status: 'succeeded' }));
    // Browsers do not send it.
    back.hash = '';
    expect(callbackIdentity(back.href)).toBe(callbackIdentity(success));
  });
});
