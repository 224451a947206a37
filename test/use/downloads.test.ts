import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { newId } from '../../src/base/ids.rules.ts';
import { hashSecret, newToken } from '../../src/base/secrets.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { refundNewestOrder } from '../harness/story.ts';
import { uploadFile } from '../harness/upload.ts';
import { askFile, buyFile, fetchFile, givesFiles, listFiles, namesOf, sessionOf } from './file-shop.ts';

/* Files that a customer bought: which there are, and where to fetch them. */

const MINUTE = 60_000;
const JSON_ONLY = { accept: 'application/json' };

let world: World;
let quay: TestApp;
let bookId: string;
let book: { id: string; benefitIds: string[] };

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  bookId = await uploadFile(world, 'book.txt', 'The whole book.', '2nd');
  book = await world.createProduct({ name: 'quay:book', benefits: [givesFiles([bookId])] });
});

afterEach(async () => {
  world.polarDown = false;
  vi.useRealTimers();
  await world.settle();
});

const countOf = async (id: string, app = quay): Promise<number> => {
  const { body } = await call<{ data: { id: string; downloads: number }[] }>('GET', '/v1/files', {
    key: app.secretKey,
  });
  return body.data.find((file) => file.id === id)?.downloads ?? 0;
};

describe('a file that was bought', () => {
  it('is listed with what Polar knows of it, to the key and to the session', async () => {
    const { customerId } = await buyFile(world, quay, book.id);
    const listed = await listFiles(quay.secretKey, { customer: customerId });
    expect(listed.status).toBe(200);
    expect(listed.body).toEqual({
      data: [
        {
          id: bookId,
          name: 'book.txt',
          size: 15,
          mime_type: 'text/plain',
          sha256: '88f0a8a30b84ab7e9763df25b5824225b0f61fe69771ccf153d66bbc1e07f764',
          version: '2nd',
          benefit_id: book.benefitIds[0],
          is_archived: false,
        },
      ],
      next_cursor: null,
    });
    expect((await listFiles(await sessionOf(quay, customerId))).body).toEqual(listed.body);
  });

  it('is sent on to Polar’s file by an answer that nobody keeps or refers to', async () => {
    const { customerId } = await buyFile(world, quay, book.id);
    const { status, headers, text } = await askFile(await sessionOf(quay, customerId), bookId);
    expect([status, text, headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
      303,
      '',
      'no-store',
      'no-referrer',
    ]);
    expect(await fetchFile(world, headers.get('location') ?? '')).toBe('The whole book.');
  });

  it('is an address in JSON for whoever asks for JSON, good for an hour', async () => {
    const { customerId } = await buyFile(world, quay, book.id);
    const before = Date.now();
    const { status, headers, body } = await askFile(
      quay.secretKey,
      bookId,
      { customer: customerId },
      JSON_ONLY,
    );
    expect([status, headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
      200,
      'no-store',
      'no-referrer',
    ]);
    expect(await fetchFile(world, body.url)).toBe('The whole book.');
    const life = Date.parse(body.expires_at) - before;
    expect(life).toBeGreaterThan(59 * MINUTE);
    expect(life).toBeLessThanOrEqual(61 * MINUTE);
  });

  it('is listed by an external id, for all of its customers, each file once', async () => {
    const mapId = await uploadFile(world, 'map.txt');
    const map = await world.createProduct({ name: 'quay:map', benefits: [givesFiles([mapId, bookId])] });
    for (const [email, product] of [
      ['ada@readers.dev', book.id],
      ['ada@work.dev', map.id],
    ] as const) {
      const { customerId } = await buyFile(world, quay, product, { email });
      await call('POST', '/v1/sessions', { key: quay.secretKey, body: { customer: customerId } });
      await env.DB.prepare(
        'insert into app_customers (app_id, external_id, customer_id, created_at) values (?, ?, ?, 0)',
      )
        .bind(quay.id, 'user-1', customerId)
        .run();
    }
    const user = { customer: 'external:user-1' };
    expect(namesOf(await listFiles(quay.secretKey, user))).toEqual(['book.txt', 'map.txt']);
    for (const id of [bookId, mapId]) expect((await askFile(quay.secretKey, id, user)).status).toBe(303);
    const session = await call<{ session: string }>('POST', '/v1/sessions', {
      key: quay.secretKey,
      body: { external_id: 'user-1' },
    });
    expect(namesOf(await listFiles(session.body.session))).toEqual(['book.txt', 'map.txt']);
  });

  it('is on the second page of a long list, ours and Polar’s', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 103; i++) ids.push(await uploadFile(world, `part-${String(i).padStart(3, '0')}.txt`));
    const parts = await world.createProduct({ name: 'quay:parts', benefits: [givesFiles(ids)] });
    const { customerId: customer } = await buyFile(world, quay, parts.id);
    const first = await listFiles(quay.secretKey, { customer, limit: '100' });
    const cursor = first.body.next_cursor ?? '';
    const second = await listFiles(quay.secretKey, { customer, limit: '100', cursor });
    expect([first.body.data.length, namesOf(second), second.body.next_cursor]).toEqual([
      100,
      ['part-100.txt', 'part-101.txt', 'part-102.txt'],
      null,
    ]);
    for (const id of ids.slice(-1))
      expect((await askFile(quay.secretKey, id, { customer })).status).toBe(303);
    expect((await listFiles(quay.secretKey, { customer, cursor: 'x' })).body.code).toBe('validation_failed');
  });

  it('is a member’s by their own seat, and nobody else’s of the team', async () => {
    const team = await world.createProduct({
      name: 'quay:team',
      recurring: 'month',
      seat: 500,
      benefits: [givesFiles([bookId])],
    });
    const { customerId: customer } = await buyFile(world, quay, team.id, {
      email: 'owner@readers.dev',
      seats: 3,
    });
    const subscription = await env.DB.prepare('select id from subscriptions').first<string>('id');
    const members: string[] = [];
    for (const email of ['one@readers.dev', 'two@readers.dev']) {
      const seat = await world.polar<{ id: string; member_id: string }>(
        'sandbox',
        'POST',
        '/v1/customer-seats',
        {
          subscription_id: subscription,
          email,
          immediate_claim: true,
        },
      );
      members.push(seat.member_id);
      if (email.startsWith('two')) {
        await world.settle();
        await world.polar('sandbox', 'DELETE', `/v1/customer-seats/${seat.id}`);
      }
    }
    await world.settle();
    const [one = '', two = ''] = members;
    const files = async (more: Record<string, string>) =>
      namesOf(await listFiles(quay.secretKey, { customer, ...more }));
    expect([await files({ member: one }), await files({ member: two }), await files({})]).toEqual([
      ['book.txt'],
      [],
      [],
    ]);
    expect((await askFile(await sessionOf(quay, customer, one), bookId)).status).toBe(303);
    expect((await askFile(await sessionOf(quay, customer, two), bookId)).body.code).toBe('not_granted');
  });

  it('is told as archived while Polar still offers it, and is downloaded all the same', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    // Polar takes archived files away in the background; what is stored of the benefit is newer until then.
    await env.DB.prepare('update benefits set files = ? where id = ?')
      .bind(JSON.stringify({ [bookId]: true }), book.benefitIds[0])
      .run();
    expect((await listFiles(quay.secretKey, { customer })).body.data).toMatchObject([{ is_archived: true }]);
    expect((await askFile(quay.secretKey, bookId, { customer })).status).toBe(303);
  });

  it('is gone from the list when it is archived, and what is added is there', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const newId = await uploadFile(world, 'third.txt');
    await world.polar('sandbox', 'PATCH', `/v1/benefits/${book.benefitIds[0]}`, {
      type: 'downloadables',
      properties: { files: [bookId, newId], archived: { [bookId]: true } },
    });
    await world.settle();
    expect(namesOf(await listFiles(quay.secretKey, { customer }))).toEqual(['third.txt']);
    expect((await askFile(quay.secretKey, newId, { customer })).status).toBe(303);
    const archived = await askFile(quay.secretKey, bookId, { customer });
    expect([archived.status, archived.body.code]).toEqual([409, 'download_unavailable']);
  });

  it('of a benefit from before its files were kept is no longer theirs, and not unknown: the benefit is read once', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    await env.DB.prepare('update benefits set files = null').run();
    const nobody = { customer: crypto.randomUUID() };
    world.polarDown = true;
    expect((await askFile(quay.secretKey, bookId, nobody)).body.code).toBe('polar_unavailable');
    world.polarDown = false;
    world.polarRequests.length = 0;
    const refused = await askFile(quay.secretKey, bookId, nobody);
    expect([refused.status, refused.body.code]).toEqual([403, 'not_granted']);
    expect((await askFile(quay.secretKey, bookId, { customer })).status).toBe(303);
    const read = world.polarRequests.filter((each) => each === `GET /v1/benefits/${book.benefitIds[0]}`);
    expect(read).toHaveLength(1);
  });

  it('of such a benefit is listed as archived when it is', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    await env.DB.prepare('update benefits set files = null').run();
    const original = world.simulator.fetch.bind(world.simulator);
    // Polar takes archived files away in the background.
    world.simulator.fetch = async (request) => {
      const answer = await original(request);
      if (!new URL(request.url).pathname.startsWith('/v1/benefits/')) return answer;
      const benefit = await answer.json<{ properties: object }>();
      return Response.json({
        ...benefit,
        properties: { ...benefit.properties, archived: { [bookId]: true } },
      });
    };
    expect((await listFiles(quay.secretKey, { customer })).body.data).toMatchObject([{ is_archived: true }]);
    world.simulator.fetch = original;
  });

  it('can be downloaded although nothing was heard of it yet but that it was paid', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    await env.DB.prepare('delete from grants').run();
    await env.DB.prepare('update benefits set files = null').run();
    expect((await askFile(quay.secretKey, bookId, { customer })).status).toBe(303);
    expect(namesOf(await listFiles(quay.secretKey, { customer }))).toEqual(['book.txt']);
  });
});

describe('a saved link', () => {
  it('of ours says not_granted from the refund on, also while Polar is away; Polar’s own goes on for its hour', async () => {
    const { customerId } = await buyFile(world, quay, book.id);
    const session = await sessionOf(quay, customerId);
    // A cached yes is there, and is not believed.
    await call('GET', `/v1/access?resource=benefit:${book.benefitIds[0]}`, { key: session });
    const { body } = await askFile(session, bookId, {}, JSON_ONLY);
    await refundNewestOrder(world, { revoke_benefits: true });
    await world.settle();
    world.polarDown = true;
    const dead = await askFile(session, bookId);
    expect([dead.status, dead.body.code, dead.headers.get('location')]).toEqual([403, 'not_granted', null]);
    expect(dead.body.detail).toContain('taken back');
    expect((await listFiles(session)).body.data).toEqual([]);
    world.polarDown = false;
    expect(await fetchFile(world, body.url)).toBe('The whole book.');
    await world.simulator.advance(61 * MINUTE);
    expect(await fetchFile(world, body.url)).toBe(410);
  });

  it('that was forwarded opens nothing for somebody else’s session, and none without one', async () => {
    await buyFile(world, quay, book.id);
    const other = await world.createProduct({ name: 'quay:other' });
    const { customerId } = await buyFile(world, quay, other.id, { email: 'eve@readers.dev' });
    const forwarded = await askFile(await sessionOf(quay, customerId), bookId);
    expect([forwarded.status, forwarded.body.code]).toEqual([403, 'not_granted']);
    expect((await call('GET', `/v1/downloads/${bookId}`)).status).toBe(401);
  });
});

describe('what is another app’s', () => {
  it('is in no list and a 404, though the same person bought it in the same organization', async () => {
    const atlas = await world.createApp({ product: 'atlas' });
    const chartId = await uploadFile(world, 'chart.txt');
    const chart = await world.createProduct({ name: 'atlas:chart', benefits: [givesFiles([chartId])] });
    const { customerId: customer } = await buyFile(world, quay, book.id);
    expect((await buyFile(world, atlas, chart.id)).customerId).toBe(customer);
    expect(namesOf(await listFiles(quay.secretKey, { customer }))).toEqual(['book.txt']);
    expect(namesOf(await listFiles(atlas.secretKey, { customer }))).toEqual(['chart.txt']);
    for (const [key, id] of [
      [quay.secretKey, chartId],
      [atlas.secretKey, bookId],
      [quay.secretKey, crypto.randomUUID()],
    ] as const) {
      const answer = await askFile(key, id, { customer });
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    }
    await askFile(atlas.secretKey, chartId, { customer });
    expect([await countOf(chartId), await countOf(chartId, atlas)]).toEqual([0, 1]);
    const log = await call<{ code: string }>('GET', `/v1/files/${chartId}/downloads`, {
      key: quay.secretKey,
    });
    expect([log.status, log.body.code]).toEqual([404, 'not_found']);
  });

  it('stays the other’s when both sell one benefit: each app asks its own grants', async () => {
    const atlas = await world.createApp({ product: 'atlas' });
    const shared = await world.createProduct({ name: 'atlas:shared' });
    await world.polar('sandbox', 'POST', `/v1/products/${shared.id}/benefits`, { benefits: book.benefitIds });
    await world.settle();
    const { customerId: customer } = await buyFile(world, atlas, shared.id);
    expect(namesOf(await listFiles(atlas.secretKey, { customer }))).toEqual(['book.txt']);
    expect((await listFiles(quay.secretKey, { customer })).body.data).toEqual([]);
    expect((await askFile(quay.secretKey, bookId, { customer })).body.code).toBe('not_granted');
  });
});

describe('a session that came with a purchase', () => {
  it('has the files of that purchase only', async () => {
    const mapId = await uploadFile(world, 'map.txt');
    const map = await world.createProduct({ name: 'quay:map', benefits: [givesFiles([mapId])] });
    await buyFile(world, quay, map.id);
    const { paymentId } = await buyFile(world, quay, book.id);
    const session = await purchaseSession(paymentId);
    expect(namesOf(await listFiles(session))).toEqual(['book.txt']);
    expect((await askFile(session, bookId)).status).toBe(303);
    expect((await askFile(session, mapId)).body.code).toBe('not_granted');
  });
});

/** As `/return` leaves it: for one purchase, whose buyer has proven nothing. */
async function purchaseSession(paymentId: string): Promise<string> {
  const token = newToken('session', 'sandbox');
  await env.DB.prepare(
    'insert into sessions (id, app_id, hash, payment_id, created_at, expires_at) values (?, ?, ?, ?, ?, ?)',
  )
    .bind(newId('ses'), quay.id, await hashSecret(token), paymentId, Date.now(), Date.now() + 60 * MINUTE)
    .run();
  return token;
}

describe('when Polar', () => {
  it('is away, a list and a file are a 503 with the time to wait', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    world.polarDown = true;
    for (const answer of [
      await listFiles(quay.secretKey, { customer }),
      await askFile(quay.secretKey, bookId, { customer }),
    ])
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
        503,
        'polar_unavailable',
        '5',
      ]);
    expect(await countOf(bookId)).toBe(0);
  });

  it('fails, they are a 502 with the time to wait', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const original = world.simulator.fetch.bind(world.simulator);
    world.simulator.fetch = async (request) =>
      new URL(request.url).pathname === '/v1/customer-portal/downloadables/'
        ? new Response('oops', { status: 500 })
        : original(request);
    for (const answer of [
      await listFiles(quay.secretKey, { customer }),
      await askFile(quay.secretKey, bookId, { customer }),
    ])
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
        502,
        'polar_failed',
        '5',
      ]);
    world.simulator.fetch = original;
  });

  it('has granted nothing yet, a file that was paid is not refused but asked for again', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    await env.DB.prepare('delete from grants').run();
    const original = world.simulator.fetch.bind(world.simulator);
    world.simulator.fetch = async (request) =>
      new URL(request.url).pathname === '/v1/customer-portal/downloadables/'
        ? Response.json({ items: [], pagination: { total_count: 0, max_page: 0 } })
        : original(request);
    const early = await askFile(quay.secretKey, bookId, { customer });
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([
      409,
      'download_unavailable',
      '2',
    ]);
    world.simulator.fetch = original;
    expect((await askFile(quay.secretKey, bookId, { customer })).status).toBe(303);
  });

  it('does not know the customer any more, there is no file', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    world.holdWebhooks = true;
    await world.polar('sandbox', 'DELETE', `/v1/customers/${customer}`);
    await world.simulator.settle();
    expect((await listFiles(quay.secretKey, { customer })).body.data).toEqual([]);
    expect((await askFile(quay.secretKey, bookId, { customer })).body.code).toBe('download_unavailable');
    world.holdWebhooks = false;
  });

  it('lists files of other benefits too, they are left out', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const atlas = await world.createApp({ product: 'atlas' });
    const chartId = await uploadFile(world, 'chart.txt');
    const chart = await world.createProduct({ name: 'atlas:chart', benefits: [givesFiles([chartId])] });
    await buyFile(world, atlas, chart.id);
    const original = world.simulator.fetch.bind(world.simulator);
    // Without the filter by benefit.
    world.simulator.fetch = async (request) => {
      const url = new URL(request.url);
      if (url.pathname === '/v1/customer-portal/downloadables/') url.searchParams.delete('benefit_id');
      return original(new Request(url, request));
    };
    expect(namesOf(await listFiles(quay.secretKey, { customer }))).toEqual(['book.txt']);
    expect((await askFile(quay.secretKey, chartId, { customer })).body.code).toBe('not_found');
    world.simulator.fetch = original;
  });

  it('has taken the files back in an app’s own grace period, that is said', async () => {
    const monthly = await world.createProduct({
      name: 'quay:monthly',
      recurring: 'month',
      benefits: [givesFiles([bookId])],
    });
    await call('PATCH', `/admin/apps/${quay.slug}`, {
      key: env.FLOE_ADMIN_TOKEN,
      body: { past_due_grace_days: 5 },
    });
    const { customerId: customer } = await buyFile(world, quay, monthly.id);
    await world.simulator.fetch(
      new Request(`https://sandbox-api.polar.sh/_sim/customers/${customer}/card`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ outcome: 'declines' }),
      }),
    );
    await world.advance(31 * 24 * 60 * MINUTE);
    await world.settle();
    const access = await call<{ allow: boolean }>(
      'GET',
      `/v1/access?max_age=0&customer=${customer}&resource=benefit:${monthly.benefitIds[0]}`,
      { key: quay.secretKey },
    );
    expect(access.body.allow).toBe(true);
    const answer = await askFile(quay.secretKey, bookId, { customer });
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      409,
      'download_unavailable',
      null,
    ]);
    expect(answer.body.detail).toContain('grace period');
  });
});

describe('downloads', () => {
  it('are counted once for each answer with an address, not for HEAD, a prefetch or a no', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const session = await sessionOf(quay, customer);
    await askFile(session, bookId);
    await askFile(quay.secretKey, bookId, { customer }, JSON_ONLY);
    const head = await askFile(session, bookId, {}, {}, 'HEAD');
    const prefetch = await askFile(session, bookId, {}, { 'sec-purpose': 'prefetch' });
    expect([head.status, prefetch.status, prefetch.body.code]).toEqual([204, 405, 'method_not_allowed']);
    await askFile(session, crypto.randomUUID());
    await listFiles(session);
    const { body } = await call<{ data: unknown[] }>('GET', '/v1/files', { key: quay.secretKey });
    expect(body.data).toMatchObject([
      { id: bookId, name: 'book.txt', version: '2nd', benefit_id: book.benefitIds[0], downloads: 2 },
    ]);
    const log = await call<{ data: { customer_id: string }[]; next_cursor: string }>(
      'GET',
      `/v1/files/${bookId}/downloads?limit=1`,
      { key: quay.secretKey },
    );
    expect([log.body.data.length, log.body.data[0]?.customer_id]).toEqual([1, customer]);
    const rest = await call<{ data: unknown[]; next_cursor: null }>(
      'GET',
      `/v1/files/${bookId}/downloads?limit=1&cursor=${log.body.next_cursor}`,
      { key: quay.secretKey },
    );
    expect([rest.body.data.length, rest.body.next_cursor]).toEqual([1, null]);
    const wrong = await call<{ code: string }>('GET', `/v1/files/${bookId}/downloads?limit=0`, {
      key: quay.secretKey,
    });
    expect(wrong.body.code).toBe('validation_failed');
  });

  it('at once are counted one by one', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => askFile(quay.secretKey, bookId, { customer })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 303));
    expect(await countOf(bookId)).toBe(8);
  });

  it('by sessions keep to their part of Polar’s limit, those by a server do not', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const session = await sessionOf(quay, customer);
    const statuses: number[] = [];
    for (let i = 0; i < 16; i++) statuses.push((await askFile(session, bookId)).status);
    expect(statuses[0]).toBe(303);
    expect(statuses.at(-1)).toBe(429);
    const refused = await listFiles(session);
    expect([refused.body.code, refused.headers.get('retry-after')]).toEqual(['rate_limited', '10']);
    expect((await askFile(quay.secretKey, bookId, { customer })).status).toBe(303);
  });

  it('leave neither Polar’s session nor the address in the logs or in the database', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const written: string[] = [];
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, level).mockImplementation(
        (...texts: unknown[]) => void written.push(texts.map(String).join(' ')),
      );
    const secrets: string[] = [];
    const original = world.simulator.fetch.bind(world.simulator);
    world.simulator.fetch = async (request) => {
      const answer = await original(request);
      if (new URL(request.url).pathname.startsWith('/v1/customer-sessions'))
        secrets.push((await answer.clone().json<{ token: string }>()).token);
      return answer;
    };
    const answer = await askFile(quay.secretKey, bookId, { customer }, JSON_ONLY);
    const list = await listFiles(quay.secretKey, { customer });
    world.simulator.fetch = original;
    await world.settle();
    vi.restoreAllMocks();
    expect(secrets.length).toBe(2);
    const leaks = [...secrets, new URL(answer.body.url).pathname.split('/').at(-1) ?? ''];
    const tables = await env.DB.prepare(
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%' and name not like 'd1_%'",
    ).all<{ name: string }>();
    const kept = await Promise.all(
      tables.results.map(async ({ name }) =>
        JSON.stringify(await env.DB.prepare(`select * from "${name}"`).all()),
      ),
    );
    for (const leak of leaks) expect([...kept, ...written].join('\n')).not.toContain(leak);
    for (const secret of secrets) expect([answer.text, list.text].join()).not.toContain(secret);
    expect(list.text).not.toContain('/customer-portal/');
  });

  it('are forgotten after 90 days, and their number is not', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    await askFile(quay.secretKey, bookId, { customer });
    await world.advance(91 * 24 * 60 * MINUTE);
    const context = createExecutionContext();
    await worker.scheduled({} as ScheduledController, env, context);
    await waitOnExecutionContext(context);
    const log = await call<{ data: unknown[] }>('GET', `/v1/files/${bookId}/downloads`, {
      key: quay.secretKey,
    });
    expect(log.body.data).toEqual([]);
    expect(await countOf(bookId)).toBe(1);
  });
});

describe('a request that is wrong', () => {
  it('is told which field', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const session = await sessionOf(quay, customer);
    for (const answer of [
      await askFile(quay.secretKey, bookId),
      await askFile(quay.secretKey, 'no-uuid', { customer }),
      await askFile(session, bookId, { customer }),
      await listFiles(quay.secretKey),
      await listFiles(session, { customer }),
      await call<{ code: string }>('GET', '/v1/files?limit=0', { key: quay.secretKey }),
    ])
      expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
  });

  it('from a page of another site is refused', async () => {
    const { customerId: customer } = await buyFile(world, quay, book.id);
    const headers = { origin: 'https://elsewhere.example' };
    const key = await sessionOf(quay, customer);
    for (const path of ['/v1/downloads', `/v1/downloads/${bookId}`]) {
      const answer = await call<{ code: string }>('GET', path, { key, headers });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden_origin']);
    }
  });
});
