import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import { call, createWorld, GATEWAY_URL, type World } from '../harness/harness.ts';
import { fetchGateway } from '../harness/front-door.ts';

let world: World;
const operator = env.FLOE_ADMIN_TOKEN;
const settings = {
  product: 'quay',
  mode: 'sandbox',
  callback_urls: ['https://quay.example-site.dev/thanks'],
};

beforeEach(async () => {
  world = await createWorld();
});

const rowsOf = async (query: string) => (await env.DB.prepare(query).all()).results;

describe('apps', () => {
  it('are created with a first key of each kind, shown once and stored hashed', async () => {
    const created = await call<Record<string, string>>('POST', '/admin/apps', {
      key: operator,
      body: settings,
    });
    expect(created.status).toBe(201);
    expect(created.body['slug']).toBe('quay-sandbox');
    expect(created.body['secret_key']).toMatch(/^floe_sk_sandbox_/);
    expect(created.body['publishable_key']).toMatch(/^floe_pk_sandbox_/);
    const dump = JSON.stringify(await rowsOf('select * from api_keys'));
    expect(dump).not.toContain(created.body['secret_key']);
    const again = await call('GET', '/admin/apps/quay-sandbox', { key: operator });
    expect(again.text).not.toContain('floe_');
  });

  it('have their first endpoint’s secret shown once when made with a webhook_url', async () => {
    const created = await call<Record<string, string>>('POST', '/admin/apps', {
      key: operator,
      body: { ...settings, webhook_url: 'https://quay.example-site.dev/hooks' },
    });
    expect(created.body['webhook_secret']).toMatch(/^whsec_/);
    expect(JSON.stringify(await rowsOf('select * from endpoints'))).not.toContain(
      created.body['webhook_secret'],
    );
  });

  it('are not made at all when their webhook_url is refused', async () => {
    const created = await call('POST', '/admin/apps', {
      key: operator,
      body: { ...settings, webhook_url: 'https://10.0.0.1/hooks' },
    });
    expect([created.status, created.body['code']]).toEqual([422, 'disallowed_url']);
    expect(await rowsOf('select * from apps')).toEqual([]);
  });

  it('are one per product and mode, also when created twice at once', async () => {
    const both = await Promise.all(
      [0, 1].map(() => call('POST', '/admin/apps', { key: operator, body: settings })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    const live = await call('POST', '/admin/apps', { key: operator, body: { ...settings, mode: 'live' } });
    expect(live.status).toBe(201);
  });

  it('own what is unclaimed one at a time', async () => {
    await call('POST', '/admin/apps', { key: operator, body: { ...settings, owns_unclaimed: true } });
    const second = await call('POST', '/admin/apps', {
      key: operator,
      body: { ...settings, product: 'atlas', owns_unclaimed: true },
    });
    expect([second.status, second.body['code']]).toEqual([409, 'conflict']);
  });

  it('can be changed, and the change holds at once where it was made', async () => {
    const app = await world.createApp({ product: 'quay' });
    const origin = 'https://new.example-site.dev';
    const ask = () => call('GET', '/v1/products', { key: app.publishableKey, headers: { origin } });
    expect((await ask()).status).toBe(403);
    const changed = await call('PATCH', `/admin/apps/${app.slug}`, {
      key: operator,
      body: { origins: [origin] },
    });
    expect(changed.body['origins']).toEqual([origin]);
    expect((await ask()).status).toBe(200);
  });

  it('keep each of the changes that are made at once', async () => {
    await call('POST', '/admin/apps', { key: operator, body: settings });
    const changes = [{ name: 'Quay' }, { past_due_grace_days: 7 }, { ending_notice_days: 9 }];
    await Promise.all(
      changes.map((body) => call('PATCH', '/admin/apps/quay-sandbox', { key: operator, body })),
    );
    const { body } = await call('GET', '/admin/apps/quay-sandbox', { key: operator });
    expect(body).toMatchObject(Object.assign({}, ...changes) as object);
  });

  it('say for how long a subscription that is past due goes on, and when its end is told', async () => {
    const days = ({ body }: { body: Record<string, unknown> }) => [
      body['past_due_grace_days'],
      body['ending_notice_days'],
    ];
    const made = await call('POST', '/admin/apps', { key: operator, body: settings });
    expect(days(made)).toEqual([0, 3]);
    const patch = (body: object) => call('PATCH', '/admin/apps/quay-sandbox', { key: operator, body });
    expect(days(await patch({ past_due_grace_days: 60, ending_notice_days: 0 }))).toEqual([60, 0]);
    expect(days(await patch({ name: 'Quay' }))).toEqual([60, 0]);
    expect(days(await call('GET', '/admin/apps/quay-sandbox', { key: operator }))).toEqual([60, 0]);
    const given = { ...settings, product: 'atlas', past_due_grace_days: 7, ending_notice_days: 14 };
    expect(days(await call('POST', '/admin/apps', { key: operator, body: given }))).toEqual([7, 14]);
  });

  it('may be allowed the codes of others', async () => {
    const made = await call('POST', '/admin/apps', { key: operator, body: settings });
    expect(made.body['allows_foreign_codes']).toBe(false);
    const patch = (body: object) => call('PATCH', '/admin/apps/quay-sandbox', { key: operator, body });
    expect((await patch({ allows_foreign_codes: true })).body['allows_foreign_codes']).toBe(true);
    expect((await patch({ name: 'Quay' })).body['allows_foreign_codes']).toBe(true);
    const given = { ...settings, product: 'atlas', allows_foreign_codes: true };
    const other = await call('POST', '/admin/apps', { key: operator, body: given });
    expect(other.body['allows_foreign_codes']).toBe(true);
  });

  it.each([
    ['no callback URL', { callback_urls: [] }],
    ['a callback URL with a user name', { callback_urls: ['https://a:b@quay.example-site.dev/'] }],
    ['a callback URL with a query', { callback_urls: ['https://quay.example-site.dev/?next=x'] }],
    ['a callback URL that is a script', { callback_urls: ['javascript:alert(1)'] }],
    ['an origin with a path', { origins: ['https://quay.example-site.dev/x'] }],
    ['a product slug with capitals', { product: 'Quay' }],
    ['a product slug that is SQL', { product: "quay'; drop table apps; --" }],
    ['an unknown mode', { mode: 'test' }],
    ['an unknown field', { secret_key: 'mine' }],
    ['control characters in the name', { name: 'a\u0000b' }],
    ['a grace below none', { past_due_grace_days: -1 }],
    ['a grace above 60 days', { past_due_grace_days: 61 }],
    ['a grace of half a day', { past_due_grace_days: 0.5 }],
    ['a notice above 60 days', { ending_notice_days: 61 }],
    ['a notice that is no number', { ending_notice_days: '3' }],
    ['codes of others that are neither allowed nor not', { allows_foreign_codes: 'yes' }],
  ])('are refused with %s, and nothing is stored', async (_name, change) => {
    const answer = await call<{ code: string; errors: { path: string }[] }>('POST', '/admin/apps', {
      key: operator,
      body: { ...settings, ...change },
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    expect(answer.body.errors[0]?.path).toContain(`body.${Object.keys(change)[0]}`);
    expect(await rowsOf('select * from apps')).toEqual([]);
  });

  it('are the operator’s alone', async () => {
    const app = await world.createApp({ product: 'quay' });
    for (const [key, status] of [
      [undefined, 401],
      ['wrong-token-that-is-long-enough', 401],
      [app.secretKey, 403],
      [app.publishableKey, 403],
    ] as const) {
      expect((await call('GET', '/admin/apps', key === undefined ? {} : { key })).status).toBe(status);
    }
  });
});

describe('keys', () => {
  it('can be several at a time; a revoked one stops at once and says so like an unknown one', async () => {
    const app = await world.createApp({ product: 'quay' });
    const made = await call<{ id: string; key: string }>('POST', `/admin/apps/${app.slug}/keys`, {
      key: operator,
      body: { kind: 'secret', name: 'next' },
    });
    const ask = (key: string) => call<{ code: string }>('GET', '/v1/payments', { key });
    expect([(await ask(app.secretKey)).status, (await ask(made.body.key)).status]).toEqual([200, 200]);
    expect(
      (await call('DELETE', `/admin/apps/${app.slug}/keys/${made.body.id}`, { key: operator })).status,
    ).toBe(204);
    const [revoked, unknown] = [await ask(made.body.key), await ask(`floe_sk_sandbox_${'A'.repeat(43)}`)];
    expect([revoked.status, revoked.body.code]).toEqual([unknown.status, unknown.body.code]);
    expect((await ask(app.secretKey)).status).toBe(200);
    expect(
      (await call('DELETE', `/admin/apps/${app.slug}/keys/${made.body.id}`, { key: operator })).status,
    ).toBe(204);
  });

  it('are listed without their values, with the end that tells them apart and when they were last used', async () => {
    const app = await world.createApp({ product: 'quay' });
    await call('GET', '/v1/payments', { key: app.secretKey });
    await expect
      .poll(async () => {
        const listed = await call<{ data: { kind: string; hint: string; last_used_at: string | null }[] }>(
          'GET',
          `/admin/apps/${app.slug}/keys`,
          { key: operator },
        );
        const used = listed.body.data.find(({ kind }) => kind === 'secret');
        return (
          used?.hint === app.secretKey.slice(-4) &&
          used.last_used_at !== null &&
          !listed.text.includes('floe_')
        );
      })
      .toBe(true);
  });

  it('note their last use at most once in ten minutes', async () => {
    const app = await world.createApp({ product: 'quay' });
    const lastUsed = async () =>
      (await rowsOf("select last_used_at from api_keys where kind = 'secret'"))[0]?.['last_used_at'];
    await call('GET', '/v1/payments', { key: app.secretKey });
    await expect.poll(lastUsed).not.toBeNull();
    const first = await lastUsed();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    await call('GET', '/v1/payments', { key: app.secretKey });
    await scheduler.wait(30);
    expect(await lastUsed()).toBe(first);
    vi.setSystemTime(Date.now() + 11 * 60_000);
    await call('GET', '/v1/payments', { key: app.secretKey });
    await expect.poll(lastUsed).not.toBe(first);
  });

  it('show what they are limited to and when they end; without either they may do everything for good', async () => {
    const app = await world.createApp({ product: 'quay' });
    const path = `/admin/apps/${app.slug}/keys`;
    const end = new Date(Date.now() + 86_400_000).toISOString();
    const limited = await call('POST', path, {
      key: operator,
      body: { kind: 'secret', scopes: ['refunds:write', 'access:read', 'access:read'], expires_at: end },
    });
    expect(limited.body).toMatchObject({ scopes: ['access:read', 'refunds:write'], expires_at: end });
    const listed = await call<{ data: Record<string, unknown>[] }>('GET', path, { key: operator });
    expect(listed.body.data).toMatchObject([
      { id: limited.body['id'], scopes: ['access:read', 'refunds:write'], expires_at: end },
      { name: 'first', scopes: null, expires_at: null },
      { name: 'first', scopes: null, expires_at: null },
    ]);
  });

  it('take a day as the end, which is its first moment', async () => {
    const app = await world.createApp({ product: 'quay' });
    const made = await call('POST', `/admin/apps/${app.slug}/keys`, {
      key: operator,
      body: { kind: 'publishable', expires_at: '2099-01-01' },
    });
    expect(made.body).toMatchObject({ scopes: null, expires_at: '2099-01-01T00:00:00.000Z' });
  });

  it.each([
    ['a scope that is not known', { scopes: ['access:read', 'payments:*'] }, 'body.scopes.1'],
    ['no scope at all', { scopes: [] }, 'body.scopes'],
    ['scopes that are no list', { scopes: 'access:read' }, 'body.scopes'],
    ['scopes for a publishable key', { kind: 'publishable', scopes: ['products:read'] }, 'body.scopes'],
    ['an end that is past', { expires_at: '2020-01-01T00:00:00Z' }, 'body.expires_at'],
    ['an end that is no time', { expires_at: 'tomorrow' }, 'body.expires_at'],
  ])('are not made with %s', async (_, change, field) => {
    const app = await world.createApp({ product: 'quay' });
    const before = await rowsOf('select id from api_keys');
    const refused = await call<{ code: string; errors: { path: string }[] }>(
      'POST',
      `/admin/apps/${app.slug}/keys`,
      { key: operator, body: { kind: 'secret', ...change } },
    );
    expect([refused.status, refused.body.errors[0]?.path]).toEqual([422, field]);
    expect(await rowsOf('select id from api_keys')).toEqual(before);
  });

  it('are given again for the same Idempotency-Key after they have ended', async () => {
    const app = await world.createApp({ product: 'quay' });
    const make = () =>
      call('POST', `/admin/apps/${app.slug}/keys`, {
        key: operator,
        headers: { 'idempotency-key': 'next' },
        body: { kind: 'secret', expires_at: end },
      });
    const end = new Date(Date.now() + 1_000).toISOString();
    const made = await make();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await make()).toMatchObject({ status: 201, body: made.body });
  });

  it('of another app are a 404', async () => {
    const [quay, atlas] = [
      await world.createApp({ product: 'quay' }),
      await world.createApp({ product: 'atlas' }),
    ];
    const listed = await call<{ data: { id: string }[] }>('GET', `/admin/apps/${atlas.slug}/keys`, {
      key: operator,
    });
    expect(
      (await call('DELETE', `/admin/apps/${quay.slug}/keys/${listed.body.data[0]?.id}`, { key: operator }))
        .status,
    ).toBe(404);
  });
});

describe('the front door', () => {
  async function ask(url: string, bindings: Partial<Bindings> = {}, init: RequestInit = {}) {
    const response = await fetchGateway(new Request(url, init), { ...env, ...bindings });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  it('says which parts are ready, and no values', async () => {
    const answer = await ask(`${GATEWAY_URL}/health`);
    expect(JSON.parse(answer.text)).toEqual({
      status: 'ready',
      // See test/operate/polar-scopes.test.ts.
      capabilities: expect.anything(),
      // See test/operate/organizations.test.ts.
      organizations: expect.anything(),
      warnings: expect.anything(),
      parts: {
        d1: 'ready',
        kv: 'ready',
        queue: 'ready',
        schedule: 'ready',
        mail: 'ready',
        keys: 'ready',
        polar: { live: 'ready', sandbox: 'ready' },
      },
    });
    expect(answer.text).not.toContain('polar_oat_');
  });

  it('says that a mode is not configured, and that D1 is away', async () => {
    const brokenD1 = {
      prepare: () => {
        throw new Error('D1_ERROR: away');
      },
    } as unknown as D1Database;
    const without = {
      ...env,
      POLAR_LIVE_ACCESS_TOKEN: undefined,
      DB: brokenD1,
    } as unknown as Partial<Bindings>;
    const answer = await ask(`${GATEWAY_URL}/health`, without);
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 'degraded',
      parts: { d1: 'unavailable', polar: { live: 'not_configured', sandbox: 'ready' } },
    });
  });

  it('answers 503 with Retry-After when D1 is away and the key is not in memory', async () => {
    const brokenD1 = {
      prepare: (query: string) => env.DB.prepare(query.replace('from', 'from nowhere_at_all,')),
    } as unknown as D1Database;
    const answer = await ask(
      `${GATEWAY_URL}/v1/payments`,
      { DB: brokenD1 },
      { headers: { authorization: `Bearer floe_sk_sandbox_${'B'.repeat(43)}` } },
    );
    expect([answer.status, JSON.parse(answer.text).code, answer.headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      '2',
    ]);
  });

  it('answers a setting that is wrong with one message that names it', async () => {
    const answer = await ask(`${GATEWAY_URL}/health`, { FLOE_ADMIN_TOKEN: 'short' });
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('FLOE_ADMIN_TOKEN has 5 bytes');
  });

  it('answers other hosts with 421', async () => {
    const answer = await ask('https://evil.example-site.dev/health');
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([421, 'misdirected_request']);
  });

  it('answers an unknown address, and a bug, as a problem with a request id', async () => {
    const missing = await ask(`${GATEWAY_URL}/nothing/here`);
    expect(missing.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(missing.text)).toMatchObject({
      status: 404,
      code: 'not_found',
      request_id: expect.stringMatching(/^req_/),
    });
  });

  it('never caches personal answers, and lets no page guess types', async () => {
    const answer = await ask(`${GATEWAY_URL}/v1/payments`);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  it.each([
    '/v1/payments',
    '/v1/checkout',
    '/admin/apps',
    '/v1/webhook-endpoints',
    '/v1/access/batch',
    '/v1/sessions/exchange',
  ])(
    '%s refuses bad JSON, another content type and a 10 MB body, each with its own problem',
    async (path) => {
      const app = await world.createApp({ product: 'quay' });
      const key = path.startsWith('/admin')
        ? operator
        : path === '/v1/checkout'
          ? app.publishableKey
          : app.secretKey;
      const send = async (rawBody: string, type = 'application/json') =>
        (await call<{ code: string }>('POST', path, { key, rawBody, headers: { 'content-type': type } })).body
          .code;
      expect([
        await send('{"a":'),
        await send('{}', 'text/plain'),
        await send('a=b', 'application/x-www-form-urlencoded'),
        await send(`"${'x'.repeat(10_000_000)}"`),
      ]).toEqual(['invalid_json', 'unsupported_media_type', 'unsupported_media_type', 'payload_too_large']);
    },
  );
});

describe('a key that is to end', () => {
  it('works until then, and its end is brought forward but never put off', async () => {
    const quay = await world.createApp({ product: 'quay' });
    const made = await call<{ id: string; key: string }>('POST', `/admin/apps/${quay.slug}/keys`, {
      key: operator,
      body: { kind: 'secret' },
    });
    const path = `/admin/apps/${quay.slug}/keys/${made.body.id}`;
    const endAt = (expires_at: unknown, at = path) =>
      call('PATCH', at, { key: operator, body: { expires_at } });
    const ask = async () => (await call('GET', '/v1/products', { key: made.body.key })).status;
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const end = inHours(24);
    expect((await endAt(end)).body).toMatchObject({ id: made.body.id, expires_at: end });
    expect(await ask()).toBe(200);
    expect(await endAt(inHours(25))).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await endAt('tomorrow')).status).toBe(422);
    expect((await endAt(end, `/admin/apps/${quay.slug}/keys/key_none`)).status).toBe(404);
    expect((await endAt(inHours(-1))).status).toBe(200);
    expect(await ask()).toBe(401);
  });

  it('ends at the earliest of the times that are given at once, and nobody is told another', async () => {
    const quay = await world.createApp({ product: 'quay' });
    const made = await call<{ id: string }>('POST', `/admin/apps/${quay.slug}/keys`, {
      key: operator,
      body: { kind: 'secret' },
    });
    const ends = [1, 2, 3, 4].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
    const path = `/admin/apps/${quay.slug}/keys/${made.body.id}`;
    const answers = await Promise.all(
      ends.map((expires_at) => call('PATCH', path, { key: operator, body: { expires_at } })),
    );
    const { results } = await env.DB.prepare('select expires_at from api_keys where id = ?')
      .bind(made.body.id)
      .all<{ expires_at: number }>();
    expect(results.map(({ expires_at }) => new Date(expires_at).toISOString())).toEqual([ends[0]]);
    const lines = await call<{ data: { before: unknown; after: { expires_at: string } }[] }>(
      'GET',
      `/admin/audit?action=key.ends&target=${made.body.id}`,
      { key: operator },
    );
    const accepted = answers.flatMap(({ status, body }) => (status === 200 ? [body['expires_at']] : []));
    expect(lines.body.data.map(({ after }) => after.expires_at).toSorted()).toEqual(accepted.toSorted());
    // Each is nearer than the one before: newest first, they go up to what the first one set.
    expect(new Set(accepted).size).toBe(accepted.length);
    expect(lines.body.data.map(({ before }) => before)).toEqual([
      ...lines.body.data.slice(1).map(({ after }) => after),
      { expires_at: null },
    ]);
  });
});
