import { expect, test } from 'vitest';
import { browserCommand } from '../../../packages/floe/terminal/open-browser.ts';
import type { RunOptions } from '../harness.ts';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* `floe catalog upload` and `floe catalog open`. */

const PAGE = TIDES.replace(
  'price',
  'downloads: [{ title: Table, file: table.txt }, { title: Map, file: map.pdf }]\nprice',
);
const open = () =>
  openShop({
    'floe.config.yaml': CONFIG,
    'content/blog/tides.md': PAGE,
    'content/blog/table.txt': 'At six.',
    'content/blog/map.pdf': '%PDF',
  });

test('uploads what Polar lacks, finds it by its checksum, and a push has nothing left to upload', async () => {
  const quay = await open();
  const first = await quay.run('upload --json');
  const rows = (stdout: string) => (JSON.parse(stdout) as { data: unknown }).data;
  expect([first.code, rows(first.stdout)]).toEqual([
    0,
    [
      { file: 'content/blog/table.txt', size: 7, what: 'uploaded', id: expect.any(String) },
      { file: 'content/blog/map.pdf', size: 4, what: 'uploaded', id: expect.any(String) },
    ],
  ]);
  await quay.write({ 'content/blog/map.pdf': '%PDF 2' });
  expect(rows((await quay.run('upload --json')).stdout)).toMatchObject([
    { what: 'there already' },
    { what: 'uploaded' },
  ]);
  expect((await quay.run('plan')).stdout).not.toContain('+ file');
  quay.asked.length = 0;
  expect((await quay.run('upload')).stdout).toMatch(/table\.txt +7 bytes +there already/);
  expect(quay.asked).toEqual(['GET /v1/files/']);
});

test('an upload that stopped goes on with what is missing', async () => {
  const quay = await open();
  // The lease, and all of one file.
  quay.dieAfter(4);
  expect((await quay.run('upload')).code).not.toBe(0);
  expect(await quay.list('files')).toHaveLength(1);
  quay.dieAfter(Number.POSITIVE_INFINITY);
  expect((await quay.run('upload')).code).toBe(0);
  expect((await quay.list('files')).map(({ name }) => name).toSorted()).toEqual(['map.pdf', 'table.txt']);
});

test('takes files by name, also those that no page gives, and nothing when one is not there', async () => {
  const quay = await open();
  await quay.write({ 'more/book.epub': 'Chapter one.' });
  const wrong = await quay.run('upload more/book.epub more/none.pdf');
  expect([wrong.code, wrong.stderr]).toEqual([
    4,
    expect.stringContaining('more/none.pdf: there is no such file'),
  ]);
  expect((await quay.run('upload more/book.epub more/book.epub --dry-run')).stdout).toContain('to upload');
  expect(await quay.list('files')).toEqual([]);
  expect((await quay.run('upload more/book.epub')).code).toBe(0);
  expect(await quay.list('files')).toMatchObject([{ name: 'book.epub', mime_type: 'application/epub+zip' }]);
});

test('live asks', async () => {
  const quay = await open();
  expect((await quay.run('upload --mode live')).code).toBe(6);
  expect(await quay.list('files', 'live')).toEqual([]);
});

test('opens a product in the dashboard of its mode, by any of its names', async () => {
  const { run: runShop, ...quay } = await open();
  const sdk: typeof globalThis.fetch = (input, init) => {
    const { pathname, search } = new URL(new Request(input).url);
    return quay.world.fetch(`${quay.world.env.POLAR_SANDBOX_API_URL}${pathname}${search}`, init);
  };
  await runShop('push');
  const run = (typed: string, more: RunOptions = {}) =>
    runShop(typed, { fetch: sdk, ...more, env: { POLAR_SANDBOX_API_URL: '' } });
  const [product] = await quay.list('products');
  const url = `https://sandbox.polar.sh/dashboard/harbour/products/${String(product?.['id'])}`;
  for (const name of ['quay:blog-tides', 'blog/tides'])
    expect(await run(`open ${name}`)).toMatchObject({ code: 0, stdout: `${url}\n` });
  const opened: string[] = [];
  const openBrowser = (address: string) => Promise.resolve(opened.push(address) > 0);
  await run('open blog/tides', { answers: [], openBrowser });
  // A program wants the address alone.
  const json = await run('open blog/tides --json', { answers: [], openBrowser });
  expect(JSON.parse(json.stdout)).toMatchObject({
    mode: 'sandbox',
    name: 'quay:blog-tides',
    url,
    opened: false,
  });
  expect(opened).toEqual([url]);
});

test('opens where a simulated Polar lists it, and names no page that cannot be', async () => {
  const quay = await open();
  await quay.run('push');
  const address = quay.world.env.POLAR_SANDBOX_API_URL;
  expect(await quay.run('open blog/tides')).toMatchObject({
    code: 0,
    stdout: `${address}/_sim/o/harbour/products\n`,
  });
  const fetch: typeof globalThis.fetch = (input, init) =>
    new URL(new Request(input).url).pathname === '/_sim/health'
      ? Promise.resolve(Response.json({ detail: 'Not Found' }, { status: 404 }))
      : quay.world.fetch(input, init);
  const elsewhere = await quay.run('open blog/tides', { fetch });
  expect([elsewhere.code, elsewhere.stdout]).toEqual([4, '']);
  expect(elsewhere.stderr).toContain(`${address} is not Polar’s, and has no dashboard.`);
});

test('a product that is not there is said, with what to do', async () => {
  const quay = await open();
  expect(await quay.run('open blog/tides')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('It has not been pushed: floe catalog push --mode sandbox'),
  });
  await quay.run('push');
  expect((await quay.run('open monthly')).stderr).toContain('It has quay:blog-tides.');
});

test.each([
  ['darwin', {}, 'open'],
  ['win32', {}, 'rundll32'],
  ['linux', { DISPLAY: ':0' }, 'xdg-open'],
  ['linux', { WSL_DISTRO_NAME: 'Debian' }, 'explorer.exe'],
  ['linux', {}, undefined],
  ['darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, undefined],
] as const)('on %s with %j a page is opened by %s', (platform, env, program) => {
  expect(browserCommand({ platform, env })?.[0]).toBe(program);
});
