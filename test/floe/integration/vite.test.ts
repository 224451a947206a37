import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SoldPages } from '../../../packages/kit/catalog.ts';
import {
  afterAll,
  afterEach,
  beforeEach,
  describe,
  expect,
  expectTypeOf,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import floe from '../../../packages/floe/integration/vite.ts';
import { startSimulatorServer } from '../../../packages/polar-simulator/server.ts';
import { runFloe } from '../harness.ts';
import { FILES, openSite, page, readBuild, UNSOLD, type VitePlugins } from './vite-site.ts';

/* `floe/vite` in real builds, and in Vite's own server. */

/** For files that are watched, on a busy machine. */
const WAIT = { timeout: 30_000, interval: 100 };
const TOKEN = 'polar_oat_never_printed';
let site: Awaited<ReturnType<typeof openSite>>;
beforeEach(async () => {
  site = await openSite();
  // Nobody's own token.
  vi.stubEnv('FLOE_CONFIG_DIR', path.join(site.root, 'config', 'floe'));
  vi.stubEnv('POLAR_SANDBOX_ACCESS_TOKEN', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await site.close();
});

test('Vite takes it for a plugin', () => {
  expectTypeOf([floe()]).toExtend<VitePlugins>();
});

describe('a build', () => {
  const load = async (folder: string): Promise<SoldPages> =>
    (await import(pathToFileURL(path.join(folder, 'server.js')).href)) as SoldPages;
  const at = (name: string) => ({ url: `https://quay.example${name}` });

  test('has pages, prices and what the gate asks for, and no word of what is sold', async () => {
    vi.stubEnv('POLAR_SANDBOX_ACCESS_TOKEN', TOKEN);
    const built = await site.build();
    const { pages, pageOf, resourceOf } = await load(built);
    expect(pages.map(({ file }) => file).toSorted()).toEqual(
      Object.keys(FILES)
        .filter((name) => name.endsWith('.md'))
        .toSorted(),
    );
    expect(pageOf({ filePath: 'src/content/blog/de/tides.md' })).toEqual({
      contentId: 'blog/tides',
      resource: 'content:blog/tides',
      file: 'src/content/blog/de/tides.md',
      locale: 'de',
      isFree: false,
      isGated: true,
      price: 700,
      currency: 'usd',
      interval: null,
      product: 'quay:blog-tides',
    });
    expect(pageOf('src/content/courses/git/trees.md')).toMatchObject({
      resource: 'content:courses/git/trees',
      isGated: true,
      price: null,
      product: null,
    });
    const asked = {
      '/': null,
      '/blog/about': null,
      '/blog/tides': 'content:blog/tides',
      '/de/blog/tides/': 'content:blog/tides',
      '/blog/springs': 'content:blog/springs',
      '/blog/2026/High%20water': 'content:blog/springs',
      '/blog/2026/high-water': 'content:blog/springs',
      '/courses/git': 'content:courses/git',
      '/courses/git/toc': 'content:courses/git',
      '/courses/git/trees': 'content:courses/git/trees',
      '/courses/git/intro': null,
      '/notes/next-year': 'content:notes/next-year',
      '/blog//tides': '',
    };
    expect(Object.fromEntries(Object.keys(asked).map((name) => [name, resourceOf(at(name))]))).toEqual(asked);
    const text = await readBuild(built);
    for (const secret of [UNSOLD, TOKEN, 'Ebbe und Flut', site.root]) expect(text).not.toContain(secret);
  });

  test('knows where the site is served', async () => {
    const { resourceOf } = await load(await site.build({}, { base: '/shop/' }));
    expect(resourceOf(at('/shop/blog/tides'))).toBe('content:blog/tides');
    expect(resourceOf(at('/shop/'))).toBeNull();
  });

  test('of browser code has nothing of it unless it asks for it', async () => {
    const text = await readBuild(await site.build({}, { entry: 'src/browser.js', isClient: true }));
    expect(text).toContain('Quay');
    expect(text).not.toMatch(/blog\/tides|quay:|notes\/\*/);
  });

  test('fails with every mistake, its file, line and field', async () => {
    await site.write({
      'src/content/blog/tides.md': page('title: Tides\nprice: cheap'),
      'src/content/blog/about.md': page('title: [\n'),
      'src/content/courses/git/trees.md': page('free: perhaps'),
    });
    const said = await site.failure();
    expect(said).toContain('src/content/blog/tides.md:3: price: must be a whole number of minor units');
    expect(said).toMatch(/src\/content\/blog\/about\.md:\d: /);
    // Chapters are looked at when what sells them could be read.
    await site.write({
      'src/content/blog/tides.md': page('price: 700'),
      'src/content/blog/about.md': page('title: A'),
    });
    expect(await site.failure()).toContain('src/content/courses/git/trees.md:2: free: must be true or false');
    expect(said).not.toMatch(/^\s+at /m);
  });

  test('fails where a page is free in one language and sold in another', async () => {
    await site.write({ 'src/content/blog/de/tides.md': page('free: true') });
    expect(await site.failure()).toContain(
      'src/content/blog/de/tides.md:2: free: is said of a page that src/content/blog/tides.md sells',
    );
  });

  test('fails for a content id that opens nothing: it would show to everybody what was meant to be sold', async () => {
    const said = async (id: string) => {
      await site.write({ 'floe.config.yaml': (FILES['floe.config.yaml'] ?? '').replace('notes/*', id) });
      return site.failure();
    };
    for (const id of ['notes*', '*', '/notes/*', 'content:notes', 'notes/**', 'notes/../blog'])
      expect(await said(id)).toContain(
        `floe.config.yaml:10: benefits.notes.content_id: "${id}" opens nothing`,
      );
    expect(await said('notes/* blog/*, a%20b')).toBe('It is built.');
  });

  test('reads a configuration that is elsewhere', async () => {
    await site.write({
      'shop/floe.config.yaml': 'product: quay\ncontent: [texts/*.md]\n',
      'shop/texts/reef.md': page('price: 300'),
    });
    const { pages } = await load(await site.build({ config: 'shop/floe.config.yaml' }));
    expect(pages).toMatchObject([{ file: 'shop/texts/reef.md', contentId: 'reef', price: 300 }]);
    await site.write({ 'shop/texts/reef.md': page('price: none') });
    expect(await site.failure({ config: './shop/floe.config.yaml' })).toContain(
      'shop/texts/reef.md:2: price',
    );
  });

  test('that goes on building reads pages again, also after a mistake', async () => {
    const outDir = path.join(site.root, 'built');
    const watcher = await site.watch(outDir);
    const built = () => readFile(path.join(outDir, 'server.js'), 'utf8').catch(() => '');
    const write = (price: string) =>
      site.write({
        'src/content/blog/tides.md': page(`price: ${price}`),
        'src/content/blog/de/tides.md': page(`price: ${price}`),
      });
    // It ends before the folder goes, in which it writes.
    try {
      await vi.waitFor(async () => expect(await built()).toMatch(/"?price"?: 700/), WAIT);
      await write('cheap');
      await write('900');
      await vi.waitFor(async () => expect(await built()).toMatch(/"?price"?: 900/), WAIT);
    } finally {
      await watcher.close();
    }
  });

  test('says that there is no configuration, what is wrong with it, and what is no option', async () => {
    await site.write({ 'floe.config.yaml': 'product: quay\nplanz: {}\n' });
    expect(await site.failure()).toMatch(/floe\.config\.yaml:\d: .*planz/);
    expect(await site.failure({ config: 'other.yaml' })).toContain('other.yaml: there is no such file');
    await site.remove('floe.config.yaml');
    expect(await site.failure()).toContain('There is no floe.config.yaml or floe.config.ts in this folder.');
    expect(await site.failure({ check: 'all' as 'files' })).toContain(
      'check: must be one of files, lock, polar',
    );
    expect(await site.failure({ chek: 'lock' } as object)).toContain('chek: is no option');
  });
});

describe('a build that looks for drift', () => {
  const ids = (names: string[], mode: string) =>
    JSON.stringify({
      product: 'quay',
      products: Object.fromEntries(
        names.map((name) => [name, { [mode]: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' }]),
      ),
    });
  const ALL = ['quay:blog-springs', 'quay:blog-tides', 'quay:courses-git', 'quay:member'];

  test('in the lock file fails for what was not pushed to its mode', async () => {
    const said = await site.failure({ check: 'lock' });
    for (const name of ALL) expect(said).toContain(`${name}: has no id of sandbox`);
    await site.write({ 'floe.lock.json': ids(ALL.slice(1), 'sandbox') });
    expect(await site.failure({ check: 'lock' })).toContain('quay:blog-springs: has no id of sandbox');
    await site.write({ 'floe.lock.json': ids(ALL, 'sandbox') });
    expect(await site.failure({ check: 'lock' })).toBe('It is built.');
    expect(await site.failure({ check: 'lock', mode: 'live' })).toContain('floe catalog push --mode live');
    await site.write({ 'floe.lock.json': '{' });
    expect(await site.failure({ check: 'lock' })).toContain('floe.lock.json:1');
  });

  test('at Polar says which token is missing, and where it may be', async () => {
    await site.write({ 'floe.lock.json': ids(ALL, 'sandbox') });
    const said = await site.failure({ check: 'polar' });
    expect(said).toContain('There is no access token of Polar’s for sandbox.');
    expect(said).toContain('POLAR_SANDBOX_ACCESS_TOKEN');
  });

  test('at Polar fails when a push would change something, and prints no token', async () => {
    const polar = await startSimulatorServer({ port: 0 });
    onTestFinished(() => polar.close());
    const { accessToken } = polar.simulator.createOrganization({ slug: 'harbour' });
    const env = { POLAR_SANDBOX_ACCESS_TOKEN: accessToken, POLAR_SANDBOX_API_URL: polar.url };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const push = await runFloe(['catalog', 'push'], { cwd: site.root, env, fetch });
    expect(push.code).toBe(0);
    expect(await site.failure({ check: 'polar' })).toBe('It is built.');

    await site.write({
      'src/content/blog/tides.md': page('title: High and low water\nprice: 900'),
      'src/content/blog/de/tides.md': page('title: Ebbe und Flut\nprice: 900'),
    });
    const said = await site.failure({ check: 'polar' });
    expect(said).toContain('Polar (sandbox) does not sell what the catalogue says.');
    expect(said).toContain('~ product quay:blog-tides');
    expect(said).toContain('floe catalog push.');
    expect(said).not.toContain(accessToken);
    // Only `polar` asks.
    expect(await site.failure({ check: 'lock' })).toBe('It is built.');

    vi.stubEnv('POLAR_SANDBOX_ACCESS_TOKEN', TOKEN);
    const refused = await site.failure({ check: 'polar' });
    expect(refused).not.toBe('It is built.');
    expect(refused).not.toContain(TOKEN);
  });
});

describe('a server that is developed on', () => {
  interface Sent {
    type: string;
    err?: { message: string; id?: string; loc?: { file: string; line: number }; frame?: string };
  }

  async function develop() {
    const server = await site.develop();
    onTestFinished(() => server.close());
    const sent: Sent[] = [];
    server.ws.send = (payload: unknown) => {
      sent.push(payload as Sent);
    };
    const load = async () => (await server.ssrLoadModule('/src/server.js')) as unknown as SoldPages;
    return { sent, load };
  }

  const price = async (load: () => Promise<SoldPages>) =>
    (await load()).pageOf('src/content/blog/tides.md')?.price;

  test('shows a mistake in the browser, lives on, and recovers', async () => {
    const { sent, load } = await develop();
    expect(await price(load)).toBe(700);
    await site.write({ 'src/content/blog/tides.md': page('title: Tides\nprice: cheap') });
    await vi.waitFor(() => expect(sent.at(-1)?.type).toBe('error'), WAIT);
    const file = path.join(site.root, 'src', 'content', 'blog', 'tides.md');
    expect(sent.at(-1)?.err).toMatchObject({ id: file, loc: { file, line: 3 } });
    expect(sent.at(-1)?.err?.message).toContain('tides.md:3: price: must be');
    expect(sent.at(-1)?.err?.frame).toContain('>    3 | price: cheap');
    await expect(load()).rejects.toThrow('price: must be');

    await site.write({
      'src/content/blog/tides.md': page('price: 900'),
      'src/content/blog/de/tides.md': page('price: 900'),
    });
    await vi.waitFor(async () => expect(await price(load)).toBe(900), WAIT);
    expect(sent.at(-1)?.type).toBe('full-reload');
  });

  test('knows pages that come and go, and another configuration', async () => {
    const { load } = await develop();
    const resource = async (name: string) =>
      (await load()).resourceOf({ url: `https://quay.example${name}` });
    expect(await resource('/blog/new')).toBeNull();
    await site.write({ 'src/content/blog/new.md': page('price: 100') });
    await vi.waitFor(async () => expect(await resource('/blog/new')).toBe('content:blog/new'), WAIT);
    await site.remove('src/content/blog/new.md');
    await vi.waitFor(async () => expect(await resource('/blog/new')).toBeNull(), WAIT);
    await site.write({ 'floe.config.yaml': (FILES['floe.config.yaml'] ?? '').replace('notes/*', 'blog/*') });
    await vi.waitFor(async () => expect(await resource('/blog/about')).toBe('content:blog/about'), WAIT);
  });

  test('starts with a mistake, and shows it to each page that connects', async () => {
    await site.write({ 'floe.config.yaml': 'product: [' });
    const { load } = await develop();
    await expect(load()).rejects.toThrow('floe.config.yaml:1');
    await site.write({ 'floe.config.yaml': FILES['floe.config.yaml'] ?? '' });
    await vi.waitFor(async () => expect(await price(load)).toBe(700), WAIT);
  });
});

afterAll(() => vi.restoreAllMocks());
