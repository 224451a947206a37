import { expect, test } from 'vitest';
import { explainForeignOrigin, howToRegister } from '../../src/http/how-to-register.rules.ts';

const LOCAL = { slug: 'quay-sandbox', development: true };
const DEPLOYED = { slug: 'quay-live', development: false };

test('on a developer’s machine the command is said that registers the page', () => {
  expect(explainForeignOrigin('http://localhost:4321', LOCAL)).toBe(
    'http://localhost:4321 is not registered for quay-sandbox. Register it, in Floe’s folder: npm start -- --origin http://localhost:4321 --app quay-sandbox',
  );
  expect(howToRegister('callback', 'http://localhost:4321/', LOCAL)).toBe(
    'Register it, in Floe’s folder: npm start -- --origin http://localhost:4321 --app quay-sandbox',
  );
});

test('a deployed gateway names the route of its operator, and no command', () => {
  const said = explainForeignOrigin('https://shop.example', DEPLOYED);
  expect(said).toContain('https://shop.example is not registered for quay-live.');
  expect(said).toContain('PATCH /admin/apps/quay-live');
  expect(said).not.toContain('npm');
  expect(howToRegister('callback', 'https://shop.example/', DEPLOYED)).toContain('callback_urls');
});

test('a page without an origin is told how to get one', () => {
  for (const registrant of [LOCAL, DEPLOYED])
    expect(explainForeignOrigin('null', registrant)).toContain('Open it by http');
});

test.each(['http://$(reboot).example', 'http://a;b', 'http://a`b`', 'http://a b', 'x'.repeat(9_000)])(
  'what a shell would read in its own way is never in the command: %s',
  (origin) => {
    const said = explainForeignOrigin(origin, LOCAL);
    expect(said).toBe(
      'This origin is not registered for quay-sandbox. How to register it, in Floe’s folder: npm start -- --help',
    );
  },
);

test('an IPv6 address is quoted, since brackets are a pattern in zsh', () => {
  expect(explainForeignOrigin('http://[::1]:4321', LOCAL)).toContain("--origin 'http://[::1]:4321' --app");
});
