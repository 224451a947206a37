import { describe, expect, test, vi } from 'vitest';
import { createGate, type FloeError, handleDownload } from '../../packages/kit/index.ts';
import { openJar } from '../../packages/kit/cookies.ts';
import { sayBytes } from '../../packages/kit/elements/bytes.ts';
import { downloadsExpress } from '../../packages/kit/express.ts';

/* Downloads on a site's own domain, with the sessions of the gate's cookie. */

const GATEWAY = 'https://floe.example.com';
const SITE = 'https://shop.example.com';
const ID = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const OTHER = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f608';
const POLAR = 'https://polar.example.com/signed';
const SESSIONS = ['a', 'b'].map((letter) => `floe_st_sandbox_${letter.repeat(43)}`);
const file = (id: string, name: string, isArchived = false) => ({
  id,
  name,
  size: 1_200,
  mime_type: 'text/plain',
  sha256: null,
  version: '1',
  benefit_id: OTHER,
  is_archived: isArchived,
});
const problem = (status: number, code: string, headers = {}) =>
  Response.json(
    { type: 'about:blank', title: code, status, code, detail: code },
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  );

/** A gate whose gateway answers `answers` by session and path. */
function openGate(answers: Record<string, () => Response>) {
  const asked: string[] = [];
  const gate = createGate({
    gateway: GATEWAY,
    app: 'quay-sandbox',
    secretKey: `floe_sk_sandbox_${'x'.repeat(43)}`,
    resource: () => null,
    fetch: (input, init) => {
      const { pathname, searchParams } = new URL(input);
      const session = new Headers(init?.headers).get('authorization')?.at(-1) ?? '';
      const cursor = searchParams.get('cursor');
      const what = `${session} ${pathname.replace('/v1/downloads', '')}${cursor === null ? '' : `?${cursor}`}`;
      asked.push(what);
      return Promise.resolve(answers[what]?.() ?? problem(500, 'internal_error'));
    },
  });
  return { gate, asked };
}

/** A request of a browser that has both sessions. */
function request(path: string, { headers = {}, method = 'GET', sessions = SESSIONS } = {}): Request {
  const ends = (Math.floor(Date.now() / 1000) + 3_600).toString(36);
  const value = sessions.map((session) => `${session}.p${ends}`).join('~');
  const [cookie = ''] = (openJar('quay-sandbox', false).set('session', value, 3_600) ?? '').split(';');
  return new Request(SITE + path, { method, headers: { ...(value === '' ? {} : { cookie }), ...headers } });
}

const list =
  (files: unknown[], next: string | null = null) =>
  () =>
    Response.json({ data: files, next_cursor: next });

describe('a list', () => {
  test('is of all sessions and pages, each file once, the one that is not archived first', async () => {
    const { gate } = openGate({
      'a ': list([file(ID, 'one', true)], 'more'),
      'a ?more': list([file('c', 'three')]),
      'b ': list([file(ID, 'one'), file(OTHER, 'two')]),
    });
    const answer = await handleDownload(gate, request('/downloads/'));
    expect(await answer?.json()).toMatchObject({
      data: [
        { id: ID, is_archived: false },
        { id: 'c', is_archived: false },
        { id: OTHER, is_archived: false },
      ],
    });
    expect(answer?.headers.get('cache-control')).toBe('private, no-store');
  });

  test('leaves out a session that has ended, and is empty without any', async () => {
    const { gate, asked } = openGate({
      'a ': () => problem(401, 'unauthorized'),
      'b ': list([file(ID, 'one')]),
    });
    const answer = await handleDownload(gate, request('/downloads'));
    expect(await answer?.json()).toMatchObject({ data: [{ id: ID }] });
    asked.length = 0;
    const nobody = await handleDownload(gate, request('/downloads/', { sessions: [] }));
    expect([await nobody?.json(), asked]).toEqual([{ data: [] }, []]);
  });

  test('is 503 when the gateway cannot say, with the time to wait, and never half', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 });
    const { gate } = openGate({
      'a ': list([file(ID, 'one')]),
      'b ': () => problem(503, 'polar_unavailable', { 'retry-after': '1' }),
    });
    const answer = await handleDownload(gate, request('/downloads/'));
    vi.useRealTimers();
    expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer?.json()).toMatchObject({ code: 'unavailable' });
  });
});

describe('a file', () => {
  test('is led to by the first session that may have it, by an answer that nobody keeps', async () => {
    const { gate, asked } = openGate({
      [`a /${ID}`]: () => problem(403, 'not_granted'),
      [`b /${ID}`]: () => Response.json({ url: POLAR, expires_at: '2027-01-01T00:00:00.000Z' }),
    });
    const answer = await handleDownload(gate, request(`/downloads/${ID}`));
    expect([answer?.status, answer?.headers.get('location')]).toEqual([303, POLAR]);
    expect([
      answer?.headers.get('cache-control'),
      answer?.headers.get('referrer-policy'),
      answer?.headers.get('vary'),
    ]).toEqual(['private, no-store', 'no-referrer', 'Cookie, Accept']);
    expect(asked).toEqual([`a /${ID}`, `b /${ID}`]);
  });

  test.each([
    ['not_granted', 403, 'not_found', 'No longer yours'],
    ['not_found', 404, 'unauthorized', 'No such file'],
    ['download_unavailable', 409, 'not_granted', 'Not there'],
  ] as const)('that is %s says so, though the other session says %s', async (code, status, other, title) => {
    const { gate } = openGate({
      [`a /${ID}`]: () => problem(other === 'unauthorized' ? 401 : 404, other),
      [`b /${ID}`]: () => problem(status, code),
    });
    const program = await handleDownload(gate, request(`/downloads/${ID}`));
    expect([program?.status, await program?.json()]).toMatchObject([status, { code }]);
    const page = await handleDownload(
      gate,
      request(`/downloads/${ID}`, { headers: { accept: 'text/html' } }),
    );
    expect([page?.status, await page?.text()]).toEqual([status, expect.stringContaining(title)]);
    expect(page?.headers.get('cache-control')).toBe('private, no-store');
  });

  test('asks nobody and is 401 without a session', async () => {
    const { gate, asked } = openGate({});
    const answer = await handleDownload(gate, request(`/downloads/${ID}`, { sessions: [] }));
    expect([answer?.status, asked]).toEqual([401, []]);
  });

  test('is not asked for by HEAD, a prefetch, another method or another path', async () => {
    const { gate, asked } = openGate({});
    const statusOf = async (path: string, init = {}) =>
      (await handleDownload(gate, request(path, init)))?.status;
    expect([
      await statusOf(`/downloads/${ID}`, { method: 'HEAD' }),
      await statusOf(`/downloads/${ID}`, { headers: { 'sec-purpose': 'prefetch;prerender' } }),
      await statusOf(`/downloads/${ID}`, { method: 'POST' }),
      await statusOf(`/downloads/${ID}/x`),
      await statusOf('/downloads/..%2f'),
      await statusOf('/downloadsx/'),
      await statusOf('/'),
    ]).toEqual([204, 503, 405, undefined, undefined, undefined, undefined]);
    expect(asked).toEqual([]);
  });

  test('is beneath another path, and refused as the site likes', async () => {
    const { gate } = openGate({});
    const options = {
      path: '/files/',
      refuse: (_: Request, { code }: FloeError) => new Response(code, { status: 302 }),
    };
    const answer = await handleDownload(gate, request(`/files/${ID}`, { sessions: [] }), options);
    expect([answer?.status, await answer?.text(), answer?.headers.get('cache-control')]).toEqual([
      302,
      'no_session',
      'private, no-store',
    ]);
    await expect(handleDownload(gate, request('/'), { path: 'files' })).rejects.toThrow(TypeError);
  });

  test('is handed out by a middleware of Express', async () => {
    const { gate } = openGate({
      [`a /${ID}`]: () => Response.json({ url: POLAR, expires_at: '2027-01-01T00:00:00.000Z' }),
    });
    const sent: Record<string, unknown> = {};
    const req = {
      method: 'GET',
      url: `/downloads/${ID}`,
      headers: { host: 'shop.example.com', cookie: request('/').headers.get('cookie') ?? '' },
      socket: {},
      readableDidRead: false,
    };
    const res = {
      statusCode: 200,
      setHeader: (name: string, value: string) => (sent[name] = value),
      end: () => undefined,
    };
    const next = vi.fn();
    await downloadsExpress(gate)(req as never, res as never, next);
    expect([res.statusCode, sent['location'], next.mock.calls.length]).toEqual([303, POLAR, 0]);
    await downloadsExpress(gate)({ ...req, url: '/other' } as never, res as never, next);
    expect(next).toHaveBeenCalledOnce();
  });
});

test.each([
  [0, 'en', '0 bytes'],
  [1, 'en', '1 byte'],
  [999, 'en', '999 bytes'],
  [1_000, 'en', '1 kB'],
  [4_200_000, 'en', '4.2 MB'],
  [10_000_000_000, 'de', '10 GB'],
  [4_200_000, 'de', '4,2 MB'],
  [4_200_000, 'not a language', '4.2 MB'],
])('%i bytes are said in %s', (bytes, locale, said) => {
  expect(sayBytes(bytes, locale).replace(/\s/g, ' ')).toBe(said);
});
