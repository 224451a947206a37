import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GrantDetailView, GrantNoteView, GrantView } from '../../src/use/grants/grants.answers.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { buy, list, read, rowsOf } from './grant-calls.ts';

/* Grants as apps see them: lists, how each stands, what is still to be done, notes, and what people fulfil. */

type Refusal = { code: string; errors?: { path: string }[] };

let world: World;
let quay: TestApp;
let atlas: TestApp;
let everything: { id: string; benefitIds: string[] };
let held: Map<string, GrantView>;

const grantOf = (type: string): GrantView => {
  const grant = held.get(type);
  if (!grant) throw new Error(`no grant of ${type}`);
  return grant;
};
const simulate = async (path: string, body: object = {}) => {
  await world.polar('sandbox', 'POST', `/_sim/grants/${path}`, body);
  await world.settle();
};
const eventsOf = (type: string) =>
  world.received
    .map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
    .filter((event) => event.type === type);

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  everything = await world.createProduct({
    name: 'quay:everything',
    benefits: [
      {
        type: 'custom',
        description: 'A call',
        metadata: { fulfilment: 'manual' },
        properties: { note: 'Pick a **time**.\n\n<script>alert(1)</script> ![x](https://t.dev/p.png)' },
      },
      {
        type: 'discord',
        description: 'The room',
        properties: { guild_token: 't', role_id: '1', kick_member: true },
      },
      {
        type: 'github_repository',
        description: 'The code',
        properties: { repository_owner: 'quay', repository_name: 'code', permission: 'pull' },
      },
      { type: 'license_keys', description: 'A key', properties: { prefix: 'QUAY' } },
    ],
  });
  const plain = await world.createProduct({
    name: 'quay:plain',
    benefits: [{ type: 'custom', description: 'Reader', properties: { note: null } }],
  });
  const theirs = await world.createProduct({
    name: 'atlas:pro',
    benefits: [{ type: 'feature_flag', description: 'Theirs' }],
  });
  await world.settle();
  held = await buy(world, quay, everything.id, { customer: { external_id: 'user-1' } });
  await buy(world, quay, plain.id, { email: 'bo@readers.dev' });
  await buy(world, atlas, theirs.id, { email: 'ada@readers.dev' });
});

describe('the list of grants', () => {
  const ids = async (query: Record<string, string>) => (await list(quay, query)).data.map(({ id }) => id);

  it('is of one app, newest first, and page by page the same', async () => {
    const { data } = await list(quay);
    expect(data).toHaveLength(5);
    expect(data.map(({ created_at }) => created_at)).toEqual(
      data
        .map(({ created_at }) => created_at)
        .toSorted()
        .toReversed(),
    );
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await list(quay, { limit: '2', ...(cursor === null ? {} : { cursor }) });
      paged.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(paged).toEqual(data.map(({ id }) => id));
    expect((await list(atlas)).data.map(({ benefit }) => benefit.type)).toEqual(['feature_flag']);
  });

  it('is narrowed by each filter, and by all of them', async () => {
    const key = grantOf('license_keys');
    const ofKey = [key.id];
    const all = [...held.values()].map(({ id }) => id);
    expect(await ids({ type: 'license_keys' })).toEqual(ofKey);
    expect(await ids({ benefit: key.benefit.id })).toEqual(ofKey);
    expect((await ids({ product: everything.id })).toSorted()).toEqual(all.toSorted());
    expect((await ids({ customer: key.customer.id })).toSorted()).toEqual(all.toSorted());
    expect((await ids({ customer: 'external:user-1' })).toSorted()).toEqual(all.toSorted());
    expect(await ids({ customer: 'external:nobody' })).toEqual([]);
    expect(await ids({ state: 'pending_action', type: 'discord' })).toEqual([grantOf('discord').id]);
    expect(await ids({ state: 'granted', product: everything.id, benefit: key.benefit.id })).toEqual(ofKey);
    expect(await ids({ source: 'polar', type: 'license_keys' })).toEqual(ofKey);
    expect(await ids({ created_before: '2020-01-01' })).toEqual([]);
    expect(
      await ids({ created_after: '2020-01-01', type: 'license_keys', customer: key.customer.id }),
    ).toEqual(ofKey);
    expect(await ids({ type: 'something_new' })).toEqual([]);
    expect(await ids({ member: crypto.randomUUID() })).toEqual([]);
  });

  it('shows the licence key’s end and never more, the product, the customer and the purchase', () => {
    expect(grantOf('license_keys')).toMatchObject({
      source: 'polar',
      state: 'granted',
      benefit: { type: 'license_keys', description: 'A key' },
      product: { id: everything.id, name: 'quay:everything', plan: 'everything' },
      customer: { external_id: 'user-1', email: 'ada@readers.dev' },
      license_key: { display_key: expect.stringMatching(/^\*{4}-.{6}$/) },
      action: null,
      error: null,
      fulfilment: null,
      payment_id: expect.stringMatching(/^pay_/),
    });
  });

  it('also has what a release before has stored without its type', async () => {
    const { id } = grantOf('custom');
    await env.DB.prepare('update grants set benefit_type = null where id = ?').bind(id).run();
    expect(await ids({})).toContain(id);
    expect(await ids({ state: 'granted' })).toContain(id);
    await env.DB.prepare("update grants set benefit_type = 'custom' where id = ?").bind(id).run();
  });

  it('is of both sources, or of one, in one order; what an app gave itself has its own history', async () => {
    const given = await call<{ id: string }>('POST', '/v1/grants', {
      key: quay.secretKey,
      body: { customer: 'external:user-1', resources: ['content:blog/one'], reason: 'A press copy' },
    });
    expect(given.status).toBe(201);
    const all = async (query: string) =>
      (
        await call<{ data: { id: string; source: string }[]; next_cursor: string | null }>(
          'GET',
          `/v1/grants?${query}`,
          { key: quay.secretKey },
        )
      ).body;
    const { data } = await all('limit=100');
    expect(data).toHaveLength(6);
    expect(data[0]).toMatchObject({ id: given.body.id, source: 'app' });
    const first = await all('limit=1');
    const second = await all(`limit=5&cursor=${String(first.next_cursor)}`);
    expect([...first.data, ...second.data]).toEqual(data);
    expect((await all('source=app')).data.map(({ id }) => id)).toEqual([given.body.id]);
    expect((await all('source=app&type=custom')).data).toEqual([]);
    expect((await all('source=app&state=revoked')).data).toEqual([]);
    expect((await all('customer=external:user-1&state=granted')).data.map(({ source }) => source)).toEqual([
      'app',
      'polar',
      'polar',
    ]);
    const readOwn = () =>
      call<{ history: unknown[] }>('GET', `/v1/grants/${given.body.id}`, { key: quay.secretKey });
    expect((await readOwn()).body.history).toEqual([{ what: 'created', at: expect.any(String), why: null }]);
    await call('DELETE', `/v1/grants/${given.body.id}`, { key: quay.secretKey });
    expect((await readOwn()).body.history).toMatchObject([
      { what: 'created' },
      { what: 'revoked', why: 'revoked' },
    ]);
    expect((await call('GET', `/v1/grants/${given.body.id}`, { key: atlas.secretKey })).status).toBe(404);
  });

  it.each([
    ['state=lost', 'query.state'],
    ['customer=ada', 'query.customer'],
    ['benefit=7', 'query.benefit'],
    ['cursor=x', 'query.cursor'],
    ['who=me', 'query.who'],
  ])('refuses %s', async (query, path) => {
    const { status, body } = await call<Refusal>('GET', `/v1/grants?${query}`, { key: quay.secretKey });
    expect([status, body.errors?.[0]?.path]).toEqual([422, path]);
  });
});

it('another app’s grant, and one that nobody has, is the same 404 everywhere', async () => {
  const { id } = grantOf('custom');
  const answers: unknown[] = [];
  for (const [app, grant] of [
    [atlas, id],
    [atlas, crypto.randomUUID()],
    [quay, 'nothing'],
  ] as const)
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/note', undefined],
      ['POST', '/fulfilment', { status: 'done', by: 'Eve' }],
    ] as const) {
      const answer = await call<Refusal & { detail: string }>(method, `/v1/grants/${grant}${path}`, {
        key: app.secretKey,
        body,
      });
      answers.push([answer.status, answer.body.code, answer.body.detail]);
    }
  expect(new Set(answers.map((each) => JSON.stringify(each)))).toEqual(
    new Set([JSON.stringify([404, 'not_found', 'This app has no such grant.'])]),
  );
  expect(await rowsOf('select * from grant_fulfilments')).toEqual([]);
});

describe('a connection', () => {
  it('says what the customer still has to do, in words and as a link, Polar’s error and since when', async () => {
    const grant = await read(quay, grantOf('discord').id);
    expect(grant).toMatchObject({
      state: 'pending_action',
      action: {
        code: 'connect_discord',
        text: expect.stringContaining('Discord'),
        url: `${GATEWAY_URL}/portal?app=${quay.slug}`,
      },
      error: {
        type: 'BenefitActionRequiredError',
        message: expect.stringContaining('connect'),
        at: expect.any(String),
      },
      granted_at: null,
      history: [{ what: 'created', state: 'pending_action', why: null }],
    });
    expect(grant.since).toBe(grant.history[0]?.at);
  });

  it('is told as grant.action_required, once, and again only when it left that state and came back', async () => {
    const { id } = grantOf('discord');
    const told = () =>
      eventsOf('grant.action_required').filter(({ data }) => Object(data['grant']).id === id);
    expect(told()).toHaveLength(1);
    expect(told()[0]?.data).toMatchObject({
      grant: {
        id,
        state: 'pending_action',
        benefit: { type: 'discord' },
        action: { code: 'connect_discord', url: `${GATEWAY_URL}/portal?app=${quay.slug}` },
        error: { type: 'BenefitActionRequiredError' },
      },
      payment: { id: expect.stringMatching(/^pay_/) },
    });
    // Polar tries again, and the account is still missing.
    await simulate(`${id}/fail`, { message: 'Still no account' });
    expect(told()).toHaveLength(1);
    expect((await read(quay, id)).error?.message).toBe('Still no account');

    await simulate(`${id}/connect`);
    expect(await read(quay, id)).toMatchObject({ state: 'granted', action: null, error: null });
    await world.polar('sandbox', 'POST', `/_sim/grants/${id}/connect`, { properties: { account_id: null } });
    await simulate(`${id}/fail`, { message: 'The account is gone' });
    expect(await read(quay, id)).toMatchObject({
      state: 'pending_action',
      action: { code: 'connect_discord' },
    });
    expect(told()).toHaveLength(2);
    expect((await read(quay, id)).history.map(({ what, state }) => `${what} ${state}`)).toEqual([
      'created pending_action',
      'updated pending_action',
      'updated granted',
      'updated granted',
      'updated pending_action',
    ]);
  });

  it('has failed when the account is there and Polar cannot grant: there is nothing for the customer to do', async () => {
    const { id } = grantOf('github_repository');
    await simulate(`${id}/connect`);
    await simulate(`${id}/fail`, { message: 'The repository is gone, mail help@quay.dev' });
    expect(await read(quay, id)).toMatchObject({
      state: 'failed',
      action: null,
      error: { message: 'The repository is gone, mail …' },
    });
    expect((await list(quay, { state: 'failed' })).data.map((grant) => grant.id)).toEqual([id]);
  });
});

describe('the note of a custom benefit', () => {
  const note = (app: TestApp, id: string) =>
    call<GrantNoteView & Refusal>('GET', `/v1/grants/${id}/note`, { key: app.secretKey });

  it('is read from Polar, as written and as HTML in which nothing runs, remembered for a moment and never stored', async () => {
    const { id, benefit } = grantOf('custom');
    const answer = await note(quay, id);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.body.markdown).toContain('Pick a **time**.');
    expect(answer.body.html).toBe(
      '<p>Pick a <strong>time</strong>.</p>\n<p>&lt;script&gt;alert(1)&lt;/script&gt; !<a href="https://t.dev/p.png">x</a></p>',
    );
    const asked = () =>
      world.polarRequests.filter((each) => each === `GET /v1/benefits/${benefit.id}`).length;
    const before = asked();
    expect((await note(quay, id)).body).toEqual(answer.body);
    expect(asked()).toBe(before);
    // An app is told of its own product as Polar has it, with the note.
    for (const table of ['grants', 'benefits', 'products', 'snapshots', 'grant_changes'])
      expect(JSON.stringify(await rowsOf(`select * from ${table}`)), table).not.toContain('Pick a');
  });

  it('is a 404 where there is none, and 503 while Polar is away', async () => {
    const plain = (await list(quay)).data.find(({ benefit }) => benefit.description === 'Reader');
    expect((await note(quay, plain?.id ?? '')).status).toBe(404);
    expect((await note(quay, grantOf('license_keys').id)).status).toBe(404);
    world.polarDown = true;
    const answer = await note(quay, plain?.id ?? '');
    world.polarDown = false;
    expect([answer.status, answer.body.code]).toEqual([503, 'polar_unavailable']);
  });

  it('is for those who have the benefit: not of a grant that is revoked', async () => {
    const { id } = grantOf('custom');
    await env.DB.prepare('update grants set is_granted = 0, is_revoked = 1 where id = ?').bind(id).run();
    const answer = await note(quay, id);
    await env.DB.prepare('update grants set is_granted = 1, is_revoked = 0 where id = ?').bind(id).run();
    expect([answer.status, answer.body.code]).toEqual([409, 'grant_revoked']);
  });
});

describe('a grant that people fulfil', () => {
  const fulfil = (id: string, body: object, headers: Record<string, string> = {}) =>
    call<GrantDetailView & Refusal>('POST', `/v1/grants/${id}/fulfilment`, {
      key: quay.secretKey,
      body,
      headers,
    });
  const work = async () => (await list(quay, { fulfilment: 'pending' })).data.map(({ id }) => id);
  const history = async (id: string) =>
    (await read(quay, id)).fulfilments.map(({ status, by, comment }) =>
      `${status} ${by} ${comment ?? ''}`.trim(),
    );

  it('is work from the moment it is granted, until somebody has done it; that is told once', async () => {
    const { id } = grantOf('custom');
    expect(grantOf('custom').fulfilment).toEqual({ status: 'pending', by: null, comment: null, at: null });
    expect(await work()).toEqual([id]);
    await fulfil(id, { status: 'pending', by: 'Ada', comment: 'Asked for a date.' });
    expect(await work()).toEqual([id]);
    expect(eventsOf('grant.fulfilled')).toEqual([]);

    const done = await fulfil(id, { status: 'done', by: 'Ada' });
    expect(done.body.fulfilment).toMatchObject({ status: 'done', by: 'Ada', comment: null });
    await fulfil(id, { status: 'done', by: 'Ada' });
    await fulfil(id, { status: 'done', by: 'Bo' });
    await world.settle();
    expect(await work()).toEqual([]);
    expect((await list(quay, { fulfilment: 'done' })).data).toHaveLength(1);
    expect(await history(id)).toEqual(['pending Ada Asked for a date.', 'done Ada', 'done Bo']);
    expect(eventsOf('grant.fulfilled')).toMatchObject([
      {
        data: {
          origin: 'api',
          polar: null,
          payment: { id: grantOf('custom').payment_id },
          grant: { id, state: 'granted', benefit: { type: 'custom' } },
          fulfilment: { status: 'done', by: 'Ada', comment: null, at: expect.any(String) },
        },
      },
    ]);
    await fulfil(id, { status: 'pending', by: 'Ada' });
    await fulfil(id, { status: 'done', by: 'Ada' });
    await world.settle();
    expect(eventsOf('grant.fulfilled')).toHaveLength(2);
  });

  it('is noted once by two at once, and once for an idempotency key', async () => {
    const { id } = grantOf('custom');
    await fulfil(id, { status: 'pending', by: 'Ada' });
    const before = eventsOf('grant.fulfilled').length;
    const both = { status: 'done', by: 'Cy', comment: 'Called.' };
    const answers = await Promise.all([fulfil(id, both), fulfil(id, both)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await world.settle();
    expect((await history(id)).filter((entry) => entry.startsWith('done Cy'))).toHaveLength(1);
    expect(eventsOf('grant.fulfilled')).toHaveLength(before + 1);
    const key = { 'idempotency-key': 'call' };
    const first = await fulfil(id, { status: 'refused', by: 'Cy' }, key);
    const again = await fulfil(id, { status: 'refused', by: 'Cy' }, key);
    expect(again.body).toEqual(first.body);
    expect((await fulfil(id, { status: 'done', by: 'Cy' }, key)).body.code).toBe('idempotency_mismatch');
  });

  it('of two at once that say different things is what the last one says, in words and in its status', async () => {
    const { id } = grantOf('custom');
    const opposite = (status: string, by: string) => fulfil(id, { status, by });
    await env.DB.prepare(
      "insert into grant_fulfilments (mode, grant_id, id, status, by, created_at) values ('sandbox', ?, 'ful_7zzzzzzzzzzzzzzzzzzzzzzzzz', 'refused', 'Bo', ?)",
    )
      .bind(id, Date.now())
      .run();
    expect((await opposite('done', 'Dee')).status).toBe(200);
    expect((await read(quay, id)).fulfilment).toMatchObject({ status: 'refused', by: 'Bo' });
    await env.DB.prepare("delete from grant_fulfilments where id = 'ful_7zzzzzzzzzzzzzzzzzzzzzzzzz'").run();
    await Promise.all([opposite('done', 'Ada'), opposite('refused', 'Bo')]);
    const { fulfilment, fulfilments } = await read(quay, id);
    expect(fulfilment).toMatchObject({ status: fulfilments.at(-1)?.status, by: fulfilments.at(-1)?.by });
    await fulfil(id, { status: 'refused', by: 'Cy' });
  });

  it('is in the audit log by its states alone', async () => {
    const lines = (await rowsOf(
      "select actor, key_id, target, before, after from audit_log where action = 'grant.fulfilment'",
    )) as Record<string, string>[];
    expect(lines.at(-1)).toMatchObject({
      actor: 'app',
      key_id: expect.stringMatching(/^key_/),
      target: grantOf('custom').id,
      after: JSON.stringify({ fulfilment: 'refused' }),
    });
    expect(JSON.stringify(lines)).not.toContain('Cy');
  });

  it('keeps what people said when Polar tells of it again', async () => {
    const { id } = grantOf('custom');
    await fulfil(id, { status: 'done', by: 'Ada' });
    const grants = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/benefit-grants/');
    expect(grants.items.map((each) => each.id)).toContain(id);
    await world.polar('sandbox', 'POST', `/v1/products/${everything.id}/benefits`, { benefits: [] });
    await world.settle();
    expect(await read(quay, id)).toMatchObject({ state: 'revoked', fulfilment: { status: 'done' } });
  });

  it('is refused for what was revoked, but can be called off; and for what nobody fulfils', async () => {
    const { id } = grantOf('custom');
    for (const status of ['pending', 'done'])
      expect((await fulfil(id, { status, by: 'Eve' })).body.code).toBe('grant_revoked');
    expect((await fulfil(id, { status: 'refused', by: 'Eve' })).body).toMatchObject({
      state: 'revoked',
      fulfilment: { status: 'refused' },
    });
    const answer = await fulfil(grantOf('license_keys').id, { status: 'done', by: 'Eve' });
    expect([answer.status, answer.body.code]).toEqual([409, 'not_fulfilled_by_hand']);
    expect((await fulfil(id, { status: 'lost', by: '' })).body.errors?.map(({ path }) => path)).toEqual([
      'body.status',
      'body.by',
    ]);
  });

  it('is no work any more once it is revoked', async () => {
    const { id } = grantOf('custom');
    await env.DB.prepare("update grants set fulfilment = 'pending' where id = ?").bind(id).run();
    expect(await work()).toEqual([]);
  });
});
