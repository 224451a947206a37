import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../../harness/harness.ts';
import { requestInterrupted } from '../../harness/interrupted.ts';
import { interfere } from '../../sell/subscription-calls.ts';
import {
  activate,
  buyKey,
  type Check,
  codeOf,
  createKeyProduct,
  deactivate,
  keyAtPolar,
  type PolarKey,
  validate,
} from './license-calls.ts';

/* What is said and done while nobody knows what Polar did; faults.test.ts has all of it at once. */

let world: World;
let quay: TestApp;
let bought: PolarKey;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  const { productId } = await createKeyProduct(world, 'quay:desktop');
  bought = await buyKey(world, quay, productId);
});
afterEach(() => {
  vi.useRealTimers();
});

const count = (increment_usage: number, key?: string) =>
  validate(
    quay,
    { key: bought.key, increment_usage },
    key === undefined ? {} : { headers: { 'idempotency-key': key } },
  );
const usage = async () => (await keyAtPolar(world, bought.id)).usage;
const failure = () => Response.json({ error: 'InternalServerError', detail: '' }, { status: 502 });

/** The answer of the next calls of Polar with this end of an address is lost, before or after Polar did it. */
function lose(end: string, when: 'before' | 'after'): () => void {
  return interfere(
    world,
    ({ method, url }) => method === 'POST' && url.endsWith(end),
    async (_request, answer) => {
      if (when === 'after') await answer();
      return failure();
    },
  );
}

describe('a usage whose answer was lost', () => {
  it('after Polar counted it, is seen at the key, and told as counted', async () => {
    const stop = lose('/validate', 'after');
    const { status, body } = await count(2);
    stop();
    expect([status, body]).toMatchObject([200, { valid: true, code: 'valid', key: { usage: 2 } }]);
    expect(await usage()).toBe(2);
  });

  it('before Polar counted it, is unavailable, for others of the key too, and counted once it is sure', async () => {
    const stop = lose('/validate', 'before');
    const first = await count(2, 'one');
    stop();
    expect([first.status, first.body.code]).toEqual([503, 'unavailable']);
    const other = await count(1, 'two');
    expect([other.status, other.body.code]).toEqual([503, 'unavailable']);
    expect(Number(other.headers.get('retry-after'))).toBeGreaterThan(30);
    const changed = await call<Check>('PATCH', `/v1/license-keys/${bought.id}`, {
      key: quay.secretKey,
      body: { usage: 0 },
    });
    expect([changed.status, changed.body.code]).toEqual([503, 'unavailable']);
    expect(await usage()).toBe(0);
    await world.advance(61_000);
    expect((await count(1, 'two')).body).toMatchObject({ valid: true, key: { usage: 1 } });
    expect((await count(2, 'one')).body).toMatchObject({ valid: true, key: { usage: 3 } });
    for (const [amount, key] of [
      [1, 'two'],
      [2, 'one'],
    ] as const)
      expect(codeOf(await count(amount, key))).toEqual([200, true, 'valid']);
    expect(await usage()).toBe(3);
  });

  it('with a Worker that died, is settled by the next one, and its owner hears of it', async () => {
    // It dies when Polar has counted, before its answer is kept.
    const options = {
      key: quay.secretKey,
      body: { key: bought.key, increment_usage: 5 },
      headers: { 'idempotency-key': 'dead' },
    };
    for (let calls = 1; (await usage()) === 0; calls++) {
      expect(calls).toBeLessThan(12);
      await requestInterrupted(
        'POST',
        '/v1/license-keys/validate',
        options,
        { call: calls, after: false },
        true,
      );
      await world.advance(61_000);
    }
    expect((await count(1)).body).toMatchObject({ valid: true, key: { usage: 6 } });
    expect(codeOf(await count(5, 'dead'))).toEqual([200, true, 'valid']);
    expect(await usage()).toBe(6);
  });

  it('and that Polar was never asked for, since strangers had no room left, keeps nobody waiting', async () => {
    const stop = interfere(
      world,
      ({ method, url }) => method === 'GET' && url.endsWith(`/v1/license-keys/${bought.id}`),
      async (_request, answer) => {
        await env.DB.prepare('update polar_budgets set occupied_until = ?')
          .bind(Date.now() + 600_000)
          .run();
        return answer();
      },
    );
    const body = { key: bought.key, increment_usage: 2 };
    const refused = await validate(quay, body, { key: quay.publishableKey });
    stop();
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    expect((await count(1)).body).toMatchObject({ valid: true, key: { usage: 1 } });
    expect(await usage()).toBe(1);
  });

  it('and that Polar refused, keeps nobody waiting although the key cannot be read just then', async () => {
    let isRefused = false;
    const stop = interfere(
      world,
      ({ url }) => url.includes('/v1/license-keys/'),
      async ({ method }, answer) => {
        if (method === 'GET') return isRefused ? failure() : answer();
        isRefused = true;
        const detail = 'License key only has 0 more usages.';
        return Response.json({ error: 'BadRequest', detail }, { status: 400 });
      },
    );
    const refused = await count(2);
    stop();
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    expect((await count(1)).body).toMatchObject({ valid: true, key: { usage: 1 } });
  });

  it('of many at once each is counted once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => count(1, `many ${i}`)));
    const again = await Promise.all(
      answers.map(async (answer, i) => (answer.status === 200 ? answer : count(1, `many ${i}`))),
    );
    const told = again.filter(({ status }) => status === 200).length;
    expect(await usage()).toBe(told);
  });

  it('with another body under its key is refused', async () => {
    await count(1, 'one');
    const other = await count(2, 'one');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });
});

describe('an answer that says nothing about the key', () => {
  const odd: [string, (sent: unknown) => Response][] = [
    [
      'what Polar does not take, with what was sent',
      (input) =>
        Response.json(
          {
            error: 'RequestValidationError',
            detail: [{ type: 'uuid', loc: ['body', 'organization_id'], msg: 'Not a UUID', input }],
          },
          { status: 422 },
        ),
    ],
    ['a page that is not found', () => Response.json({ detail: 'Not Found' }, { status: 404 })],
    ['a wall before Polar', () => new Response('<h1>Blocked</h1>', { status: 403 })],
  ];

  it.each(odd)('is no no: %s', async (name, answer) => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 2, enable_customer_admin: false },
    });
    const seat = await buyKey(world, quay, productId);
    const { body } = await activate(quay, { key: seat.key });
    const activation_id = body.activation?.id;
    const written: string[] = [];
    for (const level of ['log', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation(
        (...texts: unknown[]) => void written.push(texts.join(' ')),
      );
    const stop = interfere(
      world,
      ({ method, url }) => method === 'POST' && url.includes('/v1/license-keys/'),
      async (request) => answer(await request.json()),
    );
    const unknown = crypto.randomUUID().toUpperCase();
    const answers = [
      await validate(quay, { key: unknown }),
      await validate(quay, { key: seat.key, activation_id }),
      await activate(quay, { key: seat.key }, { headers: { 'idempotency-key': 'second' } }),
      await deactivate(quay, { key: seat.key, activation_id }),
      await count(1),
    ];
    stop();
    for (const { status, body: said } of answers) expect([status, said.code]).toEqual([503, 'unavailable']);
    vi.restoreAllMocks();
    for (const secret of [unknown, seat.key, bought.key]) expect(written.join('\n')).not.toContain(secret);
    // Of a page nobody knows what is behind it; else it is certain that nothing was done, and nobody waits.
    if (name.startsWith('a wall')) await world.advance(61_000);
    expect(
      codeOf(await activate(quay, { key: seat.key }, { headers: { 'idempotency-key': 'second' } })),
    ).toEqual([200, true, 'valid']);
    expect((await count(1)).body).toMatchObject({ valid: true, key: { usage: 1 } });
  });
});

describe('an activation whose answer was lost', () => {
  const seats = async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 1, enable_customer_admin: false },
    });
    return buyKey(world, quay, productId);
  };
  const once = (key: string) => activate(quay, { key }, { headers: { 'idempotency-key': 'laptop' } });

  it('after Polar made it, is found at the key, and no second is taken', async () => {
    const { id, key } = await seats();
    const stop = lose('/activate', 'after');
    const { body } = await once(key);
    stop();
    expect(body).toMatchObject({ valid: true, activation: { label: 'A machine', meta: {} } });
    expect((await once(key)).body.activation?.id).toBe(body.activation?.id);
    expect((await keyAtPolar(world, id)).activations).toHaveLength(1);
  });

  it('before Polar made it, is made once it is sure that it was not', async () => {
    const { id, key } = await seats();
    const stop = lose('/activate', 'before');
    const first = await once(key);
    stop();
    expect([first.status, first.body.code]).toEqual([503, 'unavailable']);
    expect((await once(key)).status).toBe(503);
    await world.advance(61_000);
    expect(codeOf(await once(key))).toEqual([200, true, 'valid']);
    expect((await keyAtPolar(world, id)).activations).toHaveLength(1);
  });

  it('or its removal’s, is looked for at the key', async () => {
    const { id, key } = await seats();
    const { body } = await once(key);
    const activation_id = body.activation?.id;
    const stop = lose('/deactivate', 'before');
    const refused = await deactivate(quay, { key, activation_id });
    stop();
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    const lost = lose('/deactivate', 'after');
    expect(codeOf(await deactivate(quay, { key, activation_id }))).toEqual([200, true, 'valid']);
    lost();
    expect((await keyAtPolar(world, id)).activations).toEqual([]);
  });
});
