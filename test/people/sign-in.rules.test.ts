import { describe, expect, test } from 'vitest';
import {
  coversSession,
  labelBrowser,
  maskAddress,
  normalizeAddress,
} from '../../src/people/sign-in.rules.ts';
import { composeSignInMail, nameInMail } from '../../src/people/sign-in-mail.rules.ts';

describe('an address', () => {
  test('is compared in ASCII lower case: no other letter becomes one of another address', () => {
    expect(normalizeAddress('Ada@Readers.DEV')).toBe('ada@readers.dev');
    // The Kelvin sign and the dotted capital I fold into k and i elsewhere.
    expect(normalizeAddress('mi\u212Ae@\u0130.dev')).toBe('mi\u212Ae@\u0130.dev');
  });

  test('is shown with its first letter and its domain', () => {
    expect(maskAddress('ada@readers.dev')).toBe('a…@readers.dev');
  });
});

describe('a browser', () => {
  test.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome on Windows',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    ['curl/8.0', null],
    ['<script>alert(1)</script> Linux', 'Linux'],
    [undefined, null],
  ])('%s is %s', (userAgent, label) => {
    expect(labelBrowser(userAgent)).toBe(label);
  });
});

describe('a new session replaces the old one', () => {
  const customer = { customerId: 'c1', memberId: null };
  const none = { paymentId: null, customerId: null, memberId: null, externalId: null, buyerId: null };
  test.each([
    ['of the same customer', customer, { ...none, customerId: 'c1' }, true],
    ['of another customer', customer, { ...none, customerId: 'c2' }, false],
    ['of a member of the customer', customer, { ...none, customerId: 'c1', memberId: 'm' }, false],
    ['of the customer’s purchase', customer, { ...none, paymentId: 'p', buyerId: 'c1' }, true],
    ['of someone else’s purchase', customer, { ...none, paymentId: 'p', buyerId: 'c2' }, false],
    ['of a purchase whose buyer is not known yet', customer, { ...none, paymentId: 'p' }, false],
    ['of the app’s own user', customer, { ...none, externalId: 'u' }, false],
    [
      'of the team’s purchase, by a member',
      { customerId: 'c1', memberId: 'm' },
      { ...none, paymentId: 'p', buyerId: 'c1' },
      false,
    ],
    ['of nobody', customer, none, false],
  ])('%s', (_which, subject, old, covers) => {
    expect(coversSession(subject, old)).toBe(covers);
  });
});

describe('the mail', () => {
  test('names one place to type the code in, when there is only one', () => {
    const mail = composeSignInMail({ appName: 'Quay', code: '012345', link: null, where: 'pay.example.com' });
    expect(mail.text).toContain(
      'Your code for Quay is 012 345. Type it at pay.example.com and nowhere else.',
    );
    expect(mail.html).toContain('Type it at pay.example.com and nowhere else.');
    expect(mail.subject).toBe('Sign in to Quay');
  });

  test('has no name that ends a line', () => {
    expect(nameInMail('Quay\r\nBcc: x@y.dev\u2028')).toBe('Quay Bcc: x@y.dev');
    expect(nameInMail('Q'.repeat(200))).toHaveLength(80);
  });
});
