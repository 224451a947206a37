import { describe, expect, test } from 'vitest';
import { openJar } from '../../packages/kit/cookies.ts';
import { createGate } from '../../packages/kit/index.ts';

/* Files by their name, at an address of the gate's own: what a text links to before anybody knows an id. */

const SITE = 'https://shop.example.com';
const ADDRESS = 'https://polar.example.com/signed';
const [TIDES, OLD, WINDS] = ['7', '8', '9'].map((last) => `3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f60${last}`);
const file = (id: string | undefined, name: string, isArchived = false) => ({
  id,
  name,
  is_archived: isArchived,
});

/** A gate whose gateway gives these files. */
function openGate(files: object[], pages?: { path: string } | false) {
  const asked: string[] = [];
  const gate = createGate({
    gateway: 'https://floe.example.com',
    app: 'quay-sandbox',
    secretKey: `floe_sk_sandbox_${'x'.repeat(43)}`,
    resource: () => '',
    ...(pages === undefined ? {} : { pages }),
    fetch: (input) => {
      const { pathname } = new URL(input);
      asked.push(pathname);
      return Promise.resolve(
        pathname === '/v1/downloads'
          ? Response.json({ data: files, next_cursor: null })
          : Response.json({ url: ADDRESS, expires_at: '2027-01-01T00:00:00.000Z' }),
      );
    },
  });
  return { asked, ask: async (given: Request) => (await gate.handle(given)).response };
}

function request(path: string, { headers = {}, method = 'GET', isBuyer = true } = {}): Request {
  const ends = (Math.floor(Date.now() / 1000) + 3_600).toString(36);
  const jar = openJar('quay-sandbox', false);
  const [cookie = ''] = (jar.set('session', `floe_st_sandbox_${'a'.repeat(43)}.p${ends}`, 3_600) ?? '').split(
    ';',
  );
  return new Request(SITE + path, { method, headers: { ...(isBuyer ? { cookie } : {}), ...headers } });
}

describe('a file by its name', () => {
  test.each([
    ['as it is', '/floe/download/tides.csv', [file(WINDS, 'winds.csv'), file(TIDES, 'tides.csv')]],
    ['with escapes', '/floe/download/100%25%20of%20it.pdf', [file(TIDES, '100% of it.pdf')]],
    ['as a Mac spells umlauts', '/floe/download/W%C3%BCste.pdf', [file(TIDES, 'Wu\u0308ste.pdf')]],
    [
      'and not the archived one before it',
      '/floe/download/a.pdf',
      [file(OLD, 'a.pdf', true), file(TIDES, 'a.pdf')],
    ],
    ['with a slash behind it', '/floe/download/tides.csv/', [file(TIDES, 'tides.csv')]],
  ])('is led to, %s, by an answer that nobody keeps', async (_name, path, files) => {
    const { ask, asked } = openGate(files);
    const answer = await ask(request(path));
    expect([answer?.status, answer?.headers.get('location')]).toEqual([303, ADDRESS]);
    expect(answer?.headers.get('cache-control')).toBe('private, no-store');
    expect(asked).toEqual(['/v1/downloads', `/v1/downloads/${TIDES}`]);
  });

  test.each([
    ['is not among them', '/floe/download/b.pdf', 404, 'no_such_name'],
    ['cannot be read', '/floe/download/%ff', 404, 'no_such_name'],
    ['two of them have', '/floe/download/a.pdf', 409, 'several_files'],
  ])('whose name %s is refused', async (_name, path, status, code) => {
    const { ask } = openGate([file(TIDES, 'a.pdf'), file(WINDS, 'a.pdf')]);
    const answer = await ask(request(path));
    expect([answer?.status, await answer?.json()]).toMatchObject([status, { code }]);
    const headers = { accept: 'text/html', referer: `${SITE}/blog/tides?a=b` };
    const page = await ask(request(path, { headers }));
    expect([page?.status, page?.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(await page?.text()).toContain('href="/blog/tides?a=b"');
  });

  test('attack: nobody without a session has the gateway asked', async () => {
    const { ask, asked } = openGate([file(TIDES, 'a.pdf')]);
    const answer = await ask(request('/floe/download/a.pdf', { isBuyer: false }));
    expect([answer?.status, asked]).toEqual([401, []]);
    // And nobody is led elsewhere by where they come from.
    const headers = { accept: 'text/html', referer: 'https://elsewhere.example/blog' };
    const page = await ask(request('/floe/download/a.pdf', { isBuyer: false, headers }));
    expect(await page?.text()).not.toContain('blog');
  });

  test('is not fetched before somebody asks for it', async () => {
    const { ask, asked } = openGate([file(TIDES, 'a.pdf')]);
    const early = await ask(request('/floe/download/a.pdf', { headers: { 'sec-purpose': 'prefetch' } }));
    const head = await ask(request('/floe/download/a.pdf', { method: 'HEAD' }));
    const post = await ask(request('/floe/download/a.pdf', { method: 'POST' }));
    expect([early?.status, head?.status, post?.status, asked]).toEqual([503, 204, 405, []]);
  });

  test('is where the pages are, and nowhere without them', async () => {
    const elsewhere = openGate([file(TIDES, 'a.pdf')], { path: '/konto/' });
    expect((await elsewhere.ask(request('/konto/download/a.pdf')))?.status).toBe(303);
    expect((await elsewhere.ask(request('/floe/download/a.pdf')))?.status).toBe(403);
    const without = openGate([file(TIDES, 'a.pdf')], false);
    expect((await without.ask(request('/floe/download/a.pdf')))?.status).toBe(403);
    for (const path of ['/floe/download', '/floe/download/', '/floe/download/a/b.pdf'])
      expect((await openGate([]).ask(request(path)))?.status, path).toBe(403);
  });
});
