import { expect, test } from 'vitest';
import { describeRegistered, readOwnPages } from '../../cli/local/own-pages.rules.ts';

test('an origin allows all its pages to be come back to, unless a callback of it is named', () => {
  expect(readOwnPages({ origin: ['http://localhost:4321/', 'https://shop.example'] })).toEqual({
    ok: true,
    value: {
      app: 'quay-sandbox',
      origins: ['http://localhost:4321', 'https://shop.example'],
      callbackUrls: ['http://localhost:4321/', 'https://shop.example/'],
    },
  });
  expect(
    readOwnPages({
      origin: ['http://localhost:4321'],
      callback: ['http://localhost:4321/thanks'],
      app: 'atlas-sandbox',
    }),
  ).toEqual({
    ok: true,
    value: {
      app: 'atlas-sandbox',
      origins: ['http://localhost:4321'],
      callbackUrls: ['http://localhost:4321/thanks'],
    },
  });
});

test('a page on another machine of the network may call, and nobody is sent to it by plain http', () => {
  expect(readOwnPages({ origin: ['http://192.168.1.5:4321'] })).toMatchObject({
    value: { origins: ['http://192.168.1.5:4321'], callbackUrls: [] },
  });
});

test('without options there is nothing to register', () => {
  expect(readOwnPages({})).toEqual({ ok: true, value: undefined });
});

test.each([
  ['origin', 'localhost:4321'],
  ['origin', 'http://localhost:4321/shop'],
  ['origin', 'http://ada@localhost:4321'],
  ['origin', 'ftp://localhost'],
  ['origin', 'null'],
  ['origin', ''],
  ['callback', '/thanks'],
  ['callback', 'http://localhost:4321/thanks?x=1'],
  ['callback', 'http://localhost:4321/thanks#x'],
  ['callback', 'http://shop.example/'],
  ['callback', 'http://127.0.0.1.evil.example/'],
])('--%s %j is refused in one sentence that shows it', (name, value) => {
  const read = readOwnPages({ [name]: [value] });
  expect(read).toEqual({ ok: false, error: expect.stringContaining(JSON.stringify(value)) as string });
  expect(!read.ok && read.error.split('\n')).toHaveLength(1);
});

const described = (given: Parameters<typeof readOwnPages>[0]) => {
  const read = readOwnPages(given);
  if (!read.ok || !read.value) throw new Error('nothing was read');
  return describeRegistered(
    read.value,
    'http://127.0.0.1:8789/welcome',
    'kept by the running Floe, process 7',
  );
};
const FIRST = 'Buyers of payments without success_url come back to http://127.0.0.1:8789/welcome.';

test('what is registered is said once, with where buyers come back to otherwise', () => {
  expect(described({ origin: ['http://localhost:3000'] })).toBe(
    `Pages of http://localhost:3000 may use quay-sandbox now; buyers may come back to every page there (kept by the running Floe, process 7).\n${FIRST}`,
  );
  expect(described({ callback: ['http://localhost:3001/thanks'] })).toBe(
    `Buyers of quay-sandbox may come back to http://localhost:3001/thanks and the addresses beneath it (kept by the running Floe, process 7).\n${FIRST}`,
  );
  expect(described({ origin: ['http://192.168.1.5:4321'] })).toBe(
    `Pages of http://192.168.1.5:4321 may use quay-sandbox now (kept by the running Floe, process 7).\n${FIRST}`,
  );
});

test('--app alone says nothing', () => {
  expect(readOwnPages({ app: 'atlas-sandbox' })).toMatchObject({ ok: false });
});
