import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forgetAllRemembered } from '../../../src/use/license-keys/remembered.ts';
import { call, createWorld, type TestApp, type World } from '../../harness/harness.ts';
import { refundNewestOrder } from '../../harness/story.ts';
import { interfere } from '../../sell/subscription-calls.ts';
import {
  activate,
  buyKey,
  codeOf,
  createKeyProduct,
  drainKeyRequests,
  keyAtPolar,
  type PolarKey,
  rowsOf,
  validate,
} from './license-calls.ts';

/* What a plain yes costs, for how long it is remembered, and what ends it. */

let world: World;
let quay: TestApp;
let bought: PolarKey & { paymentId: string };

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  const { productId } = await createKeyProduct(world, 'quay:desktop');
  bought = await buyKey(world, quay, productId);
  drainKeyRequests(world);
});
afterEach(() => {
  vi.useRealTimers();
});

const ask = (body: Record<string, unknown> = {}) => validate(quay, { key: bought.key, ...body });
const yes = [200, true, 'valid'];

describe('a plain yes', () => {
  it('of 10,000 validations of some keys within max_age Polar is asked once a key', async () => {
    const { productId } = await createKeyProduct(world, 'quay:phone');
    const keys = [bought];
    for (const reader of ['eve', 'lena', 'noor'])
      keys.push(await buyKey(world, quay, productId, `${reader}@readers.dev`));
    drainKeyRequests(world);
    const total = env.TEST_IS_CI === '1' ? 10_000 : 400;
    for (let done = 0; done < total; done += 50) {
      // Other isolates remember nothing but what D1 has.
      if (done % 100 === 0) forgetAllRemembered();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => ask({ key: keys[i % keys.length]?.key })),
      );
      for (const answer of answers) expect(codeOf(answer)).toEqual(yes);
    }
    expect(drainKeyRequests(world).toSorted()).toEqual(
      keys.map(({ id }) => `GET /v1/license-keys/${id}`).toSorted(),
    );
  });

  it('is asked for once by many isolates at once, also while Polar takes its time', async () => {
    const stop = interfere(
      world,
      (request) => request.url.includes('/v1/license-keys/'),
      async (_request, answer) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        return answer();
      },
    );
    const asked = Array.from({ length: 40 }, async () => {
      forgetAllRemembered();
      return ask();
    });
    for (const answer of await Promise.all(asked)) expect(codeOf(answer)).toEqual(yes);
    stop();
    expect(drainKeyRequests(world)).toHaveLength(1);
  });

  it('is as old as the caller lets it be: 300 seconds unless given, and 0 asks Polar', async () => {
    const first = await ask();
    await ask({ max_age: 0 });
    expect(drainKeyRequests(world)).toHaveLength(2);
    await world.advance(250_000);
    const kept = await ask();
    expect(drainKeyRequests(world)).toHaveLength(0);
    expect(Date.parse(kept.body.checked_at)).toBeGreaterThanOrEqual(Date.parse(first.body.checked_at));
    expect(codeOf(await ask({ max_age: 200 }))).toEqual(yes);
    expect(drainKeyRequests(world)).toHaveLength(1);
    await world.advance(299_000);
    await ask();
    expect(drainKeyRequests(world)).toHaveLength(0);
    await world.advance(2_000);
    await ask();
    expect(drainKeyRequests(world)).toHaveLength(1);
  });

  it('hides that a key was disabled at Polar for max_age and no longer', async () => {
    await ask();
    await world.polar('sandbox', 'PATCH', `/v1/license-keys/${bought.id}`, { status: 'disabled' });
    expect(codeOf(await ask())).toEqual(yes);
    expect(codeOf(await ask({ max_age: 0 }))).toEqual([200, false, 'disabled']);
    // A no is remembered by nobody, and takes the yes with it.
    expect(codeOf(await ask())).toEqual([200, false, 'disabled']);
    await world.polar('sandbox', 'PATCH', `/v1/license-keys/${bought.id}`, { status: 'granted' });
    expect(codeOf(await ask())).toEqual(yes);
  });

  it('that Polar gave before the key was changed here is not remembered after it', async () => {
    const done = { read: false, change: false };
    const stop = interfere(
      world,
      ({ method, url }) => method === 'GET' && url.endsWith(bought.id),
      async (_request, answer) => {
        const read = await answer();
        stop();
        done.read = true;
        while (!done.change) await new Promise((resolve) => setTimeout(resolve, 20));
        return read;
      },
    );
    const early = ask();
    await vi.waitFor(() => expect(done.read).toBe(true));
    const patched = await call('PATCH', `/v1/license-keys/${bought.id}`, {
      key: quay.secretKey,
      body: { status: 'disabled' },
    });
    done.change = true;
    expect(patched.status).toBe(200);
    await early;
    // In another isolate. This one's memory forgets it after five seconds.
    forgetAllRemembered();
    expect(codeOf(await ask())).toEqual([200, false, 'disabled']);
  });

  it('is forgotten when the revocation of its grant is heard of, in the memory of this isolate too', async () => {
    await ask();
    await ask();
    await refundNewestOrder(world, { revoke_benefits: true });
    await world.settle();
    expect(codeOf(await ask({ max_age: 86_400 }))).toEqual([200, false, 'revoked']);
  });

  it('goes on while Polar is away, and nothing else does', async () => {
    await ask();
    world.polarDown = true;
    expect(codeOf(await ask())).toEqual(yes);
    for (const answer of [
      await ask({ max_age: 0 }),
      await validate(quay, { key: 'another' }),
      await ask({ increment_usage: 1 }),
      await ask({ activation_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' }),
      await activate(quay, { key: bought.key }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([503, 'unavailable']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await world.advance(301_000);
    expect([(await ask()).status, (await ask()).body.code]).toEqual([503, 'unavailable']);
    world.polarDown = false;
    expect(codeOf(await ask())).toEqual(yes);
  });

  it('that Polar fails to give does not keep others waiting', async () => {
    world.polarDown = true;
    const answers = await Promise.all(Array.from({ length: 3 }, () => ask()));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    world.polarDown = false;
    expect(codeOf(await ask())).toEqual(yes);
  });

  it('is kept without the key, which is nowhere in the database', async () => {
    await ask();
    await ask({ increment_usage: 1 });
    const [row] = await rowsOf<{ answer: string; license_key_id: string }>('license_checks');
    expect(row).toMatchObject({ license_key_id: bought.id });
    const { results } = await env.DB.prepare(
      "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%'",
    ).all<{ name: string }>();
    for (const { name } of results)
      expect([name, JSON.stringify(await rowsOf(name)).includes(bought.key)]).toEqual([name, false]);
  });
});

describe('what is not plain', () => {
  it('asks Polar each time', async () => {
    await ask();
    drainKeyRequests(world);
    for (const body of [
      { increment_usage: 1 },
      { activation_id: bought.benefit_id },
      { conditions: { a: 1 } },
    ]) {
      await ask(body);
      expect(drainKeyRequests(world)).not.toEqual([]);
    }
    expect(await keyAtPolar(world, bought.id)).toMatchObject({ usage: 1 });
  });
});
