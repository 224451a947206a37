import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldAccents, foldCase, readForwardedPath } from '../../src/access/forwarded-path.rules.ts';
import {
  areAmbiguous,
  askedFor,
  type PathRule,
  readPathRule,
  readPublicRule,
} from '../../src/access/paths.rules.ts';
import { likeSpellings, oddSpellings, PLAIN_PATHS } from '../proxy/spellings.ts';

describe('a path', () => {
  test.each(PLAIN_PATHS)('%s has one spelling, and this is it', (path) => {
    expect(readForwardedPath(path)).toBe(path);
    expect(readForwardedPath(`${path}?next=/a/../b;c%2f//d&e=%25`)).toBe(path);
  });

  test.each(oddSpellings('/premium/article'))('%s is refused', (path) => {
    expect(readForwardedPath(path)).toBeUndefined();
    expect(readForwardedPath(`${path}?q=1`)).toBeUndefined();
  });

  test('what two headers of one name become is refused', () => {
    const headers = new Headers([
      ['x-original-uri', '/free'],
      ['x-original-uri', '/premium'],
    ]);
    expect(readForwardedPath(headers.get('x-original-uri') ?? '')).toBeUndefined();
  });

  test('a path of any length is answered at once', () => {
    for (const piece of ['/', '%', '%2', 'a', '/a.', '%E2%82', ' ', '(', '%25'])
      expect(readForwardedPath('/' + piece.repeat(100_000))).toBeUndefined();
  });
});

/** What attackers put paths together from. */
const PIECES =
  `/ / premium Premium article . .. %2e %2E %2f %2F %5c \\ ; ;v=1 %25 %252e %00 %0a %20 %C3%A9 %c3%a9 %E9 %C0%AE é %61 ~ : @ %3A
%EF%BC%8F %EF%BC%8E %E2%80%8B %3F %23 ? # // e%CC%81 [ %5B ,`.split(/\s+/);
const pieces = fc.array(
  fc.oneof(fc.constantFrom(' ', ...PIECES), fc.string({ unit: 'binary-ascii', maxLength: 3 })),
  { maxLength: 12 },
);
const targets = pieces.map((all) => `/${all.join('')}`);

describe('whatever is accepted', () => {
  const accepted = (target: string) => readForwardedPath(target);

  test('is what a URL parser makes of it', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const path = accepted(target);
        if (path === undefined) return;
        expect(new URL(`http://site.example${target}`).pathname).toBe(path);
        expect(new URL(path, 'http://site.example/some/where').pathname).toBe(path);
      }),
      { numRuns: 5_000 },
    );
  });

  test('is what nginx makes of it', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const path = accepted(target);
        if (path !== undefined) expect(encodeURI(normalizeAsNginx(path))).toBe(path);
      }),
      { numRuns: 5_000 },
    );
  });

  test('means the same when it is decoded once more, or again', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const path = accepted(target);
        if (path === undefined) return;
        const decoded = decodeURIComponent(path);
        expect(decodeURIComponent(decoded)).toBe(decoded);
        expect(decoded.split('/').length).toBe(path.split('/').length);
      }),
      { numRuns: 5_000 },
    );
  });

  test('is accepted again', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const path = accepted(target);
        if (path !== undefined) expect(accepted(path)).toBe(path);
      }),
    );
  });

  test('some are', () => {
    const some = fc.sample(targets, 2_000).filter((target) => accepted(target) !== undefined);
    expect(some.length).toBeGreaterThan(50);
  });
});

/** `ngx_http_parse_complex_uri` with `merge_slashes`: decodes once, then resolves. */
function normalizeAsNginx(path: string): string {
  const out: string[] = [];
  const segments = decodeURIComponent(path).split('/').slice(1);
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    if (segment === '..') out.pop();
    else if (segment !== '.' && (segment !== '' || isLast)) out.push(segment);
  }
  return `/${out.join('/')}`;
}

const rulesOf = (prefixes: string[], open: string[] = []): PathRule[] =>
  [...prefixes.map(readPathRule), ...open.map(readPublicRule)].map((rule) => {
    if (!rule.ok) throw new Error(rule.error);
    return rule.value;
  });

/** Every letter there is. */
function letters(): string[] {
  const all = Array.from({ length: 0x11_0000 }, (_, point) => point)
    .filter((point) => point < 0xd8_00 || point > 0xdf_ff)
    .map((point) => String.fromCodePoint(point));
  return all.filter((letter) => /\p{L}/u.test(letter));
}

describe('folded', () => {
  test('letters are one in whatever case, and however they came to it', () => {
    for (const letter of letters()) {
      const [path, folded] = [encodeURI(letter), foldCase(encodeURI(letter))];
      for (const other of [
        letter.toLowerCase(),
        letter.toUpperCase(),
        letter.toLowerCase().toUpperCase(),
        letter.toUpperCase().toLowerCase(),
        letter.normalize('NFKC'),
        letter.normalize('NFD'),
      ])
        expect(foldCase(encodeURI(other)), path).toBe(folded);
    }
  });

  test('letters with accents are those without to whoever ignores accents', () => {
    const { compare } = new Intl.Collator('en', { sensitivity: 'base' });
    // Of today's alphabets in Europe, Turkey and Vietnam.
    const europe = letters().filter((letter) =>
      /[\u00c0-\u017f\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u1e00-\u1eff]/.test(letter),
    );
    const plain = Array.from('abcdefghijklmnopqrstuvwxyz').flatMap((a) => [a, `${a}a`, `${a}e`, 'ss', 'll']);
    const accented = europe.flatMap((letter) => {
      const base = plain.find((text) => compare(text, letter) === 0);
      return base === undefined ? [] : [[letter, base] as const];
    });
    expect(accented.length).toBeGreaterThan(350);
    // Nobody writes these any more: middle Welsh, and Catalan's own l with a dot (two characters today).
    const old = 'ỺỻĿŀ';
    const wrong = accented.filter(([letter, base]) => foldAccents(encodeURI(letter)) !== foldAccents(base));
    expect(wrong.filter(([letter]) => !old.includes(letter))).toEqual([]);
  });
});

describe('rules', () => {
  const rules = rulesOf(
    [
      '/premium:content:premium',
      '/courses/git:content:courses/git/*',
      '/tools/:plan:quay:pro',
      '/x:content:*',
    ],
    ['/', '/premium/preview', '/courses/git/free.html'],
  );
  const ask = (path: string) => {
    const asked = askedFor(path, rules);
    return asked.kind === 'resource' ? asked.resource : asked.kind;
  };

  test.each([
    ['/', 'public'],
    ['/about', 'public'],
    ['/premium', 'content:premium'],
    ['/premium/', 'content:premium'],
    ['/premium/article', 'content:premium'],
    ['/premium/preview/one', 'public'],
    ['/premiums', 'public'],
    ['/premium-plus', 'public'],
    ['/courses/git', 'content:courses/git'],
    ['/courses/git/', 'content:courses/git'],
    ['/courses/git/intro', 'content:courses/git/intro'],
    ['/courses/git/intro/', 'content:courses/git/intro'],
    ['/courses/git/caf%C3%A9/2', 'content:courses/git/caf%C3%A9/2'],
    ['/courses/git/free.html', 'public'],
    ['/courses/github', 'public'],
    ['/tools', 'plan:quay:pro'],
    ['/tools/a/b', 'plan:quay:pro'],
    ['/x/blog/one', 'content:blog/one'],
  ])('%s asks for %s', (path, expected) => {
    expect(ask(path)).toBe(expected);
  });

  test.each([
    '/Premium/article',
    '/PREMIUM',
    '/premium.html',
    '/premium:$DATA/article',
    '/premium~1',
    '/Courses/Git/intro',
    '/courses/GIT',
    '/cour%C5%BFes/git',
    '/%EF%BD%90remium/article',
    '/pre%E2%80%8Bmium/article',
  ])('%s looks like a gated path to somebody, and is refused', (path) => {
    expect(readForwardedPath(path)).toBe(path);
    expect(ask(path)).toBe('refused');
  });

  test.each(
    [
      ['/lessons', '/le%C3%9Fons', '/LE%E1%BA%9EONS', '/le%C5%BFsons'],
      [
        '/%CE%BB%CF%8C%CE%B3%CE%BF%CF%82',
        '/%CE%BB%CF%8C%CE%B3%CE%BF%CF%83',
        '/%CE%BB%CE%BF%CE%B3%CE%BF%CF%82',
      ],
      ['/premium', '/prem%C4%B1um', '/PREM%C4%B0UM', '/pr%C3%A9mium', '/pre%E1%B8%BFium/article'],
      ['/stra%C3%9Fe', '/strasse', '/STRASSE/1', '/stra%E1%BA%9Ee.html'],
      ['/%E1%BE%B3', '/%CE%B1%CE%B9', '/%CE%B1'],
      ['/blog', '/b%C5%82og', '/bl%C3%B8g/x'],
      ['/%C3%A6on', '/aeon'],
    ].flatMap(([gated = '', ...others]) => others.map((other) => [gated, other] as const)),
  )('attack: with %s gated, %s is not public', (gated, other) => {
    expect(readForwardedPath(other)).toBe(other);
    expect(askedFor(other, rulesOf([`${gated}:content:x`], ['/']))).toEqual({ kind: 'refused' });
  });

  test('a look-alike that has a rule of its own is what that rule says', () => {
    const named = rulesOf(['/ma:content:ma', '/m%C3%A1:content:acute'], ['/', '/m%C3%A0']);
    const ask = (path: string) => askedFor(path, named);
    expect(areAmbiguous(named)).toBe(false);
    expect(ask('/ma')).toEqual({ kind: 'resource', resource: 'content:ma' });
    expect(ask('/m%C3%A1/x')).toEqual({ kind: 'resource', resource: 'content:acute' });
    expect(ask('/m%C3%A0')).toEqual({ kind: 'public' });
    expect(ask('/m%C3%A2')).toEqual({ kind: 'refused' });
  });

  test('attack: no letter that folds, joins or wears an accent makes a gated path public', () => {
    for (const gated of ['/premium/article', '/lessons', '/office', '/aesthetics/oeuvre', '/task']) {
      const alike = likeSpellings(gated);
      expect(alike.length).toBeGreaterThan(8);
      for (const path of alike) {
        expect([path, readForwardedPath(path)]).toEqual([path, path]);
        expect([path, askedFor(path, rulesOf([`${gated}:content:x`], ['/'])).kind]).toEqual([
          path,
          'refused',
        ]);
      }
    }
  });

  test('attack: nor any two of them together, whatever follows', () => {
    const gated = rulesOf(['/lessons:content:lessons'], ['/']);
    const letters = [
      ['l', 'L', 'ł', 'ľ'],
      ['e', 'E', 'é', 'ê'],
      ['ss', 'SS', 'sſ', 'ß', 'ẞ', 'šs'],
      ['o', 'Ø', 'ô'],
      ['n', 'ñ'],
      ['s', 'ş', 'S'],
    ];
    const names = fc.tuple(...letters.map((some) => fc.constantFrom(...some))).map((all) => all.join(''));
    fc.assert(
      fc.property(names, targets, (name, rest) => {
        const path = readForwardedPath(`/${encodeURI(name)}${rest}`);
        if (path !== undefined) expect(askedFor(path, gated).kind).not.toBe('public');
      }),
      { numRuns: 2_000 },
    );
  });

  test('what differs from a public path only stays what it is', () => {
    expect(ask('/premium/Preview/x')).toBe('content:premium');
  });

  test('what nothing names is closed', () => {
    expect(askedFor('/other', rulesOf(['/premium:content:premium']))).toEqual({ kind: 'refused' });
  });

  test('in any order they say the same', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(rules, { minLength: rules.length }), targets, (shuffled, target) => {
        const path = readForwardedPath(target);
        if (path !== undefined) expect(askedFor(path, shuffled)).toEqual(askedFor(path, rules));
      }),
    );
  });

  test('no spelling of a gated path is public', () => {
    const gated = rulesOf(['/premium:content:premium'], ['/']);
    const cased = fc.mixedCase(fc.constant('premium'));
    fc.assert(
      fc.property(cased, targets, (name, rest) => {
        const path = readForwardedPath(`/${name}${rest}`);
        if (path !== undefined) expect(askedFor(path, gated).kind).not.toBe('public');
      }),
    );
  });

  test.each([
    '',
    '/premium',
    'premium:content:x',
    '/a/../premium:content:x',
    '/premium:',
    '/premium:content:a b',
    '/premium:content:*/x',
    '/premium:content:**',
    '/premium:content:x*',
    '/premium?x:content:y',
    '//premium:content:x',
  ])('%s is no rule', (text) => {
    expect(readPathRule(text).ok).toBe(false);
  });

  test.each(['', 'assets', '/a//b', '/a?b', '/a%2fb', '/a;b'])('%s is no public prefix', (text) => {
    expect(readPublicRule(text).ok).toBe(false);
  });

  test('two about one prefix are ambiguous, whatever the case', () => {
    expect(areAmbiguous(rulesOf(['/a:x:1', '/b:x:1'], ['/c']))).toBe(false);
    expect(areAmbiguous(rulesOf(['/a:x:1', '/a/:x:2']))).toBe(true);
    expect(areAmbiguous(rulesOf(['/a:x:1'], ['/A']))).toBe(true);
    expect(areAmbiguous(rulesOf(['/lessons:x:1'], ['/le%C3%9Fons']))).toBe(true);
  });
});
