import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../../src/base/ids.rules.ts';
import { hashSecret, newToken } from '../../../src/base/secrets.ts';
import { call, createWorld, type TestApp, type World } from '../../harness/harness.ts';
import { deliver, record } from '../../harness/story.ts';
import { interfere } from '../../sell/subscription-calls.ts';
import {
  activate,
  buyKey,
  codeOf,
  createKeyProduct,
  keyAtPolar,
  newAddress,
  type PolarKey,
  rowsOf,
  validate,
} from './license-calls.ts';

/* Lists, single keys, changes and activations by id, of an app's server and of a customer. */

interface KeyView {
  id: string;
  display_key: string;
  status: string;
  customer: string | null;
  benefit_id: string;
  usage: number;
  limit_usage: number | null;
  limit_activations: number | null;
  expires_at: string | null;
  key: string | null;
  activations: { id: string; label: string }[];
  code: string;
  errors?: { path: string }[];
}
interface Page {
  data: KeyView[];
  next_cursor: string | null;
  code?: string;
}

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
});
afterEach(() => {
  vi.useRealTimers();
});

const from = () => ({ 'cf-connecting-ip': newAddress() });
const get = <T = KeyView>(path: string, key = quay.secretKey) =>
  call<T>('GET', path, { key, headers: from() });
const list = async (query: Record<string, string> = {}, key = quay.secretKey) =>
  (await get<Page>(`/v1/license-keys?${new URLSearchParams(query).toString()}`, key)).body;
const patch = (id: string, body: Record<string, unknown>, key = quay.secretKey) =>
  call<KeyView>('PATCH', `/v1/license-keys/${id}`, { key, body, headers: from() });
const remove = (id: string, activation: string, key = quay.secretKey) =>
  call<KeyView>('DELETE', `/v1/license-keys/${id}/activations/${activation}`, {
    key,
    headers: from(),
  });
const vouch = async (body: Record<string, unknown>) =>
  (await call<{ session: string }>('POST', '/v1/sessions', { key: quay.secretKey, body })).body.session;

/** All pages, one after the other. */
async function walk(query: Record<string, string>, key = quay.secretKey): Promise<KeyView[]> {
  const found: KeyView[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null && pages < 50; pages++) {
    const page: Page = await list({ ...query, ...(cursor === '' ? {} : { cursor }) }, key);
    found.push(...page.data);
    cursor = page.next_cursor;
  }
  return found;
}

describe('GET /v1/license-keys', () => {
  it('lists the app’s keys, the newest first, without another app’s and without the keys themselves', async () => {
    const own = await createKeyProduct(world, 'quay:desktop');
    const other = await createKeyProduct(world, 'quay:phone');
    const foreign = await createKeyProduct(world, 'atlas:pro');
    const bought: PolarKey[] = [];
    for (const [i, productId] of [own, other, own, other, own].map((each) => each.productId).entries()) {
      bought.push(await buyKey(world, quay, productId, `r${i}@readers.dev`));
      await buyKey(world, atlas, foreign.productId, `r${i}@readers.dev`);
    }
    const newest = bought.map(({ id }) => id).toReversed();
    for (const limit of ['1', '2', '100']) {
      const found = await walk({ limit });
      expect(found.map(({ id }) => id)).toEqual(newest);
    }
    const page = await get<Page>('/v1/license-keys');
    expect(page.text).not.toContain(bought[0]?.key ?? 'no key');
    expect(page.body.data[4]).toEqual({
      id: bought[0]?.id,
      display_key: bought[0]?.display_key,
      status: 'granted',
      customer: bought[0]?.customer_id,
      benefit_id: own.benefitId,
      expires_at: null,
      usage: 0,
      limit_usage: null,
      limit_activations: null,
      created_at: expect.any(String) as string,
    });
    const ofOther = [bought[3]?.id, bought[1]?.id];
    expect((await walk({ benefit: other.benefitId, limit: '1' })).map(({ id }) => id)).toEqual(ofOther);
    expect(await list({ benefit: foreign.benefitId })).toEqual({ data: [], next_cursor: null });
    await patch(bought[2]?.id ?? '', { status: 'disabled' });
    expect((await walk({ status: 'disabled' })).map(({ id }) => id)).toEqual([bought[2]?.id]);
    expect(await walk({ status: 'granted' })).toHaveLength(4);
    expect((await list({ cursor: 'WzEsImEiXQ' })).code).toBe('validation_failed');
  });

  it('of a customer, by Polar’s id and by the app’s own, page by page', async () => {
    const { productId, benefitId } = await createKeyProduct(world, 'quay:desktop');
    const bought: PolarKey[] = [];
    for (let i = 0; i < 3; i++)
      bought.push(
        await buyKey(world, quay, productId, 'ada@readers.dev', { customer: { external_id: 'user-1' } }),
      );
    await buyKey(world, quay, productId, 'eve@readers.dev');
    const ids = bought.map(({ id }) => id).toReversed();
    const customer = bought[0]?.customer_id ?? '';
    expect((await walk({ customer, limit: '1' })).map(({ id }) => id)).toEqual(ids);
    expect((await walk({ customer: 'external:user-1', limit: '2' })).map(({ id }) => id)).toEqual(ids);
    expect(await walk({ customer, benefit: benefitId, status: 'revoked' })).toEqual([]);
    expect(await list({ customer }, atlas.secretKey)).toEqual({ data: [], next_cursor: null });
    expect(await list({ customer: 'external:user-1' }, atlas.secretKey)).toEqual({
      data: [],
      next_cursor: null,
    });
  });
});

describe('one key', () => {
  it('is shown with its activations, and whole only when it is asked for, which is in the audit log', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 3, enable_customer_admin: false },
    });
    const { id, key } = await buyKey(world, quay, productId);
    await activate(quay, { key, label: 'Ada’s laptop', meta: { os: 'Linux' } });
    const plain = await get(`/v1/license-keys/${id}`);
    expect(plain.body).toMatchObject({
      id,
      key: null,
      activations: [{ label: 'Ada’s laptop', meta: { os: 'Linux' } }],
    });
    expect(plain.text).not.toContain(key);
    expect((await get(`/v1/license-keys/${id}?reveal=true`)).body.key).toBe(key);
    const lines = await rowsOf<{ action: string; target: string }>('audit_log');
    expect(lines.filter(({ action }) => action.startsWith('license_key.'))).toMatchObject([
      { action: 'license_key.activated', target: id },
      { action: 'license_key.revealed', target: id },
    ]);
    expect(JSON.stringify(lines)).not.toContain(key);
  });

  it('not_found: another app’s key and one that is none, whatever is done with it', async () => {
    const { productId } = await createKeyProduct(world, 'atlas:pro', {
      activations: { limit: 3, enable_customer_admin: true },
    });
    const { id, key } = await buyKey(world, atlas, productId);
    const { body } = await activate(atlas, { key });
    const activation = body.activation?.id ?? '';
    for (const each of [id, crypto.randomUUID()])
      for (const answer of [
        await get(`/v1/license-keys/${each}`),
        await get(`/v1/license-keys/${each}?reveal=true`),
        await patch(each, { status: 'revoked' }),
        await remove(each, activation),
      ])
        expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    expect(await keyAtPolar(world, id)).toMatchObject({
      status: 'granted',
      activations: [{ id: activation }],
    });
    const unknown = await remove(id, crypto.randomUUID(), atlas.secretKey);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
  });

  it('is changed at Polar, forgotten here, and what changed is in the audit log', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    const { id, key } = await buyKey(world, quay, productId);
    expect(codeOf(await validate(quay, { key }))).toEqual([200, true, 'valid']);
    const until = '2031-01-01T00:00:00.000Z';
    const changed = await patch(id, { limit_usage: 9, usage: 4, limit_activations: 2, expires_at: until });
    expect(changed.body).toMatchObject({ limit_usage: 9, usage: 4, limit_activations: 2, expires_at: until });
    expect(codeOf(await validate(quay, { key }))).toEqual([200, false, 'activation_required']);
    const back = await patch(id, { limit_usage: null, limit_activations: null, expires_at: null });
    expect(back.body).toMatchObject({
      limit_usage: null,
      usage: 4,
      limit_activations: null,
      expires_at: null,
    });
    expect(codeOf(await validate(quay, { key }))).toEqual([200, true, 'valid']);
    await patch(id, { status: 'disabled' });
    expect(codeOf(await validate(quay, { key }))).toEqual([200, false, 'disabled']);
    await patch(id, { status: 'revoked' });
    await world.settle();
    expect(codeOf(await validate(quay, { key }))).toEqual([200, false, 'revoked']);
    await patch(id, { status: 'granted' });
    await world.settle();
    expect(codeOf(await validate(quay, { key }))).toEqual([200, true, 'valid']);
    const lines = await rowsOf<{ action: string; before: string; after: string }>('audit_log');
    const [first] = lines.filter(({ action }) => action === 'license_key.changed');
    expect(JSON.parse(first?.before ?? '')).toMatchObject({ usage: 0, limit_usage: null });
    expect(JSON.parse(first?.after ?? '')).toMatchObject({ usage: 4, limit_usage: 9, expires_at: until });
    for (const [body, path] of [
      [{}, 'body'],
      [{ usage: -1 }, 'body.usage'],
      [{ limit_usage: 0 }, 'body.limit_usage'],
      [{ status: 'lost' }, 'body.status'],
      [{ expires_at: 'soon' }, 'body.expires_at'],
    ] as const) {
      const refused = await patch(id, body);
      expect([refused.status, refused.body.errors?.map((error) => error.path)]).toEqual([422, [path]]);
    }
  });

  it('whose change’s answer is lost is read once more', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    const { id } = await buyKey(world, quay, productId);
    const stop = interfere(
      world,
      ({ method }) => method === 'PATCH',
      async (_request, answer) => {
        await answer();
        return Response.json({ error: 'InternalServerError', detail: '' }, { status: 502 });
      },
    );
    expect((await patch(id, { limit_usage: 7 })).body.limit_usage).toBe(7);
    stop();
    world.polarDown = true;
    const away = await patch(id, { limit_usage: 8 });
    expect([away.status, away.body.code]).toEqual([503, 'polar_unavailable']);
  });
});

describe('a customer', () => {
  const seats = (enable_customer_admin: boolean) => ({ activations: { limit: 3, enable_customer_admin } });

  it('sees and reads the own keys with a session, and no others', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', seats(true));
    const mine = await buyKey(world, quay, productId, 'ada@readers.dev');
    const hers = await buyKey(world, quay, productId, 'eve@readers.dev');
    const session = await vouch({ customer: mine.customer_id });
    expect((await list({}, session)).data.map(({ id }) => id)).toEqual([mine.id]);
    expect((await get(`/v1/license-keys/${mine.id}?reveal=true`, session)).body).toMatchObject({
      key: mine.key,
      customer: mine.customer_id,
    });
    expect((await get(`/v1/license-keys/${hers.id}`, session)).status).toBe(404);
    expect((await list({ customer: hers.customer_id }, session)).code).toBe('validation_failed');
    expect((await patch(mine.id, { usage: 0 }, session)).status).toBe(403);
    const nobody = await vouch({ external_id: 'user-9' });
    expect(await list({}, nobody)).toEqual({ data: [], next_cursor: null });
  });

  it('who has only come back from a checkout sees the key that was bought there, and is not named', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', seats(true));
    await buyKey(world, quay, productId, 'ada@readers.dev');
    const second = await buyKey(world, quay, productId, 'ada@readers.dev');
    const session = newToken('session', 'sandbox');
    await env.DB.prepare(
      'insert into sessions (id, hash, app_id, payment_id, created_at, expires_at) values (?, ?, ?, ?, 0, ?)',
    )
      .bind(newId('ses'), await hashSecret(session), quay.id, second.paymentId, Date.now() + 3_600_000)
      .run();
    expect((await list({}, session)).data).toMatchObject([{ id: second.id, customer: null }]);
  });

  it('removes an activation where the benefit lets them', async () => {
    const { productId } = await createKeyProduct(world, 'quay:open', seats(true));
    const { id, key, customer_id } = await buyKey(world, quay, productId);
    const { body } = await activate(quay, { key });
    const session = await vouch({ customer: customer_id });
    expect((await remove(id, body.activation?.id ?? '', session)).status).toBe(204);
    expect((await keyAtPolar(world, id)).activations).toEqual([]);
  });

  it('activations_locked: the benefit does not let them; the app’s server may', async () => {
    const { productId } = await createKeyProduct(world, 'quay:locked', seats(false));
    const { id, key, customer_id } = await buyKey(world, quay, productId);
    const { body } = await activate(quay, { key });
    const activation = body.activation?.id ?? '';
    const refused = await remove(id, activation, await vouch({ customer: customer_id }));
    expect([refused.status, refused.body.code]).toEqual([403, 'activations_locked']);
    expect((await remove(id, activation)).status).toBe(204);
    const lines = await rowsOf<{ action: string }>('audit_log');
    expect(lines.map(({ action }) => action)).toContain('license_key.deactivated');
  });
});

describe('a key that no grant here names', () => {
  const forget = (column: string, id: string) =>
    env.DB.prepare(`update grants set license_key_id = null, display_key = null where ${column} = ?`)
      .bind(id)
      .run();

  it('is found by its grant at Polar when the webhook is late, and is good from then on', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    world.holdWebhooks = true;
    const bought = await buyKey(world, quay, productId);
    expect(await rowsOf('grants')).toEqual([]);
    expect(codeOf(await validate(quay, { key: bought.key }))).toEqual([200, true, 'valid']);
    expect(await rowsOf<{ license_key_id: string }>('grants')).toMatchObject([{ license_key_id: bought.id }]);
    expect(codeOf(await validate(atlas, { key: bought.key }))).toEqual([200, false, 'not_found']);
  });

  it('is found when its grant came before its purchase', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    let key = '';
    const told = await record(world, async () => {
      ({ key } = await buyKey(world, quay, productId));
    });
    const grants = told.filter(({ type }) => type.startsWith('benefit_grant.'));
    expect(grants).toHaveLength(1);
    for (const each of grants) await deliver(world, each);
    expect(await rowsOf<{ app_id: string | null }>('grants')).toMatchObject([{ app_id: null }]);
    expect(codeOf(await validate(quay, { key }))).toEqual([200, true, 'valid']);
    expect(codeOf(await validate(atlas, { key }))).toEqual([200, false, 'not_found']);
  });

  it('is its app’s alone when the grant is from before keys were kept, and then the grant names it', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    const bought = await buyKey(world, quay, productId);
    await forget('customer_id', bought.customer_id);
    expect(codeOf(await validate(atlas, { key: bought.key }))).toEqual([200, false, 'not_found']);
    await forget('customer_id', bought.customer_id);
    expect(codeOf(await validate(quay, { key: bought.key }))).toEqual([200, true, 'valid']);
    await forget('customer_id', bought.customer_id);
    expect((await list({ customer: bought.customer_id })).data).toMatchObject([{ id: bought.id }]);
    expect((await list()).data).toMatchObject([{ id: bought.id }]);
  });
});
