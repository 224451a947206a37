import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../../harness/harness.ts';
import { refundNewestOrder } from '../../harness/story.ts';
import {
  activate,
  buyKey,
  type Check,
  codeOf,
  createKeyProduct,
  deactivate,
  keyAtPolar,
  validate,
} from './license-calls.ts';

/* Each code of a licence key, as it comes about. */

const DAY = 86_400_000;
const NOBODY = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';

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

const patch = (id: string, body: Record<string, unknown>) =>
  world.polar('sandbox', 'PATCH', `/v1/license-keys/${id}`, body);

describe('POST /v1/license-keys/validate', () => {
  it('valid: shows how the key stands, and whose it is to a secret key alone', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop', { limit_usage: 9 });
    const bought = await buyKey(world, quay, productId);
    const { status, body } = await validate(quay, { key: bought.key });
    expect([status, body]).toEqual([
      200,
      {
        valid: true,
        code: 'valid',
        key: {
          display_key: bought.display_key,
          expires_at: null,
          usage: 0,
          limit_usage: 9,
          limit_activations: null,
          activations: 0,
        },
        activation: null,
        customer: bought.customer_id,
        checked_at: expect.any(String) as string,
      },
    ]);
    const open = await validate(quay, { key: bought.key }, { key: quay.publishableKey });
    expect(open.body).toMatchObject({ valid: true });
    expect(Object.keys(open.body)).not.toContain('customer');
  });

  it('not_found: a key that nobody has, and what is no key', async () => {
    for (const key of ['3FA1C2D4-5B6E-4F70-8A91-B2C3D4E5F607', 'hello', "x' or 1=1 --"]) {
      const { status, body } = await validate(quay, { key });
      expect([status, body]).toEqual([
        200,
        {
          valid: false,
          code: 'not_found',
          key: null,
          activation: null,
          customer: null,
          checked_at: expect.any(String) as string,
        },
      ]);
    }
  });

  it('not_found: another app’s key, whatever is asked, and nothing of it changes', async () => {
    const { productId } = await createKeyProduct(world, 'atlas:pro', {
      activations: { limit: 2, enable_customer_admin: true },
    });
    const foreign = await buyKey(world, atlas, productId);
    const asked = [
      validate(quay, { key: foreign.key }),
      validate(quay, { key: foreign.key, increment_usage: 3 }),
      validate(quay, { key: foreign.key, activation_id: NOBODY }),
      activate(quay, { key: foreign.key }),
      deactivate(quay, { key: foreign.key, activation_id: NOBODY }),
    ];
    for (const answer of await Promise.all(asked)) expect(codeOf(answer)).toEqual([200, false, 'not_found']);
    expect(await keyAtPolar(world, foreign.id)).toMatchObject({ usage: 0, activations: [] });
    expect(codeOf(await activate(atlas, { key: foreign.key }))).toEqual([200, true, 'valid']);
  });

  it('wrong_product: the key is of another benefit', async () => {
    const one = await createKeyProduct(world, 'quay:one');
    const two = await createKeyProduct(world, 'quay:two');
    const { key } = await buyKey(world, quay, one.productId);
    expect(codeOf(await validate(quay, { key, benefit_id: two.benefitId }))).toEqual([
      200,
      false,
      'wrong_product',
    ]);
    expect(codeOf(await validate(quay, { key, benefit_id: one.benefitId }))).toEqual([200, true, 'valid']);
    // What was remembered of the key says no more than Polar would.
    expect(codeOf(await validate(quay, { key, benefit_id: two.benefitId }))).toEqual([
      200,
      false,
      'wrong_product',
    ]);
  });

  it('revoked: the purchase was refunded, or the key was revoked at Polar', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    const first = await buyKey(world, quay, productId);
    expect(codeOf(await validate(quay, { key: first.key }))).toEqual([200, true, 'valid']);
    await refundNewestOrder(world, { revoke_benefits: true });
    await world.settle();
    // It was remembered, and is no longer, since the revocation was heard of.
    expect(codeOf(await validate(quay, { key: first.key }))).toEqual([200, false, 'revoked']);
    const second = await buyKey(world, quay, productId, 'eve@readers.dev');
    await patch(second.id, { status: 'revoked' });
    expect(codeOf(await validate(quay, { key: second.key }))).toEqual([200, false, 'revoked']);
  });

  it('disabled: told from revoked, although Polar says the same of both', async () => {
    const { productId } = await createKeyProduct(world, 'quay:desktop');
    const { id, key } = await buyKey(world, quay, productId);
    await patch(id, { status: 'disabled' });
    expect(codeOf(await validate(quay, { key }))).toEqual([200, false, 'disabled']);
  });

  it('expired: also when a yes was remembered before', async () => {
    const { productId } = await createKeyProduct(world, 'quay:month', {
      expires: { ttl: 30, timeframe: 'day' },
    });
    const { key } = await buyKey(world, quay, productId);
    const before = await validate(quay, { key });
    expect(codeOf(before)).toEqual([200, true, 'valid']);
    await world.advance(29 * DAY + 86_395_000);
    expect(codeOf(await validate(quay, { key, max_age: 86_400 }))).toEqual([200, true, 'valid']);
    await world.advance(6_000);
    expect(codeOf(await validate(quay, { key, max_age: 86_400 }))).toEqual([200, false, 'expired']);
  });

  it('activation_required: a key that is limited to activations is good for an activation only', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 1, enable_customer_admin: false },
    });
    const { key } = await buyKey(world, quay, productId);
    expect(codeOf(await validate(quay, { key }))).toEqual([200, false, 'activation_required']);
    expect(codeOf(await validate(quay, { key, conditions: { major: 1 } }))).toEqual([
      200,
      false,
      'activation_required',
    ]);
    const { body } = await activate(quay, { key });
    const activation_id = body.activation?.id;
    const checked = await validate(quay, { key, activation_id });
    expect(codeOf(checked)).toEqual([200, true, 'valid']);
    expect(checked.body).toMatchObject({ activation: { id: activation_id, label: 'A machine', meta: {} } });
  });

  it('activation_unknown: an activation that is none of the key’s, or was given up', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 2, enable_customer_admin: false },
    });
    const { key } = await buyKey(world, quay, productId);
    expect(codeOf(await validate(quay, { key, activation_id: NOBODY }))).toEqual([
      200,
      false,
      'activation_unknown',
    ]);
    const { body } = await activate(quay, { key });
    const activation_id = body.activation?.id;
    expect(codeOf(await deactivate(quay, { key, activation_id }))).toEqual([200, true, 'valid']);
    expect(codeOf(await validate(quay, { key, activation_id }))).toEqual([200, false, 'activation_unknown']);
    expect(codeOf(await deactivate(quay, { key, activation_id }))).toEqual([
      200,
      false,
      'activation_unknown',
    ]);
  });

  it('activation_not_supported: the benefit has no activations', async () => {
    const { productId } = await createKeyProduct(world, 'quay:plain');
    const { key } = await buyKey(world, quay, productId);
    expect(codeOf(await activate(quay, { key }))).toEqual([200, false, 'activation_not_supported']);
    expect(codeOf(await validate(quay, { key, activation_id: NOBODY }))).toEqual([
      200,
      false,
      'activation_not_supported',
    ]);
    expect(codeOf(await validate(quay, { key, conditions: { major: 1 } }))).toEqual([
      200,
      false,
      'activation_not_supported',
    ]);
  });

  it('activation_limit: all activations are taken, until one is given up', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 1, enable_customer_admin: false },
    });
    const { key } = await buyKey(world, quay, productId);
    const { body } = await activate(quay, { key, label: 'One' });
    const refused = await activate(quay, { key, label: 'Two' });
    expect(codeOf(refused)).toEqual([200, false, 'activation_limit']);
    expect(refused.body.key).toMatchObject({ activations: 1, limit_activations: 1 });
    await deactivate(quay, { key, activation_id: body.activation?.id });
    expect(codeOf(await activate(quay, { key, label: 'Two' }))).toEqual([200, true, 'valid']);
  });

  it('conditions_mismatch: the activation was made under others', async () => {
    const { productId } = await createKeyProduct(world, 'quay:seats', {
      activations: { limit: 1, enable_customer_admin: false },
    });
    const { key } = await buyKey(world, quay, productId);
    const { body } = await activate(quay, { key, conditions: { major_version: 1 }, meta: { os: 'Linux' } });
    expect(body.activation).toMatchObject({ meta: { os: 'Linux' } });
    const activation_id = body.activation?.id;
    const ask = (conditions?: Record<string, number>) =>
      validate(quay, { key, activation_id, ...(conditions ? { conditions } : {}) });
    expect(codeOf(await ask({ major_version: 1 }))).toEqual([200, true, 'valid']);
    expect(codeOf(await ask({ major_version: 2 }))).toEqual([200, false, 'conditions_mismatch']);
    expect(codeOf(await ask())).toEqual([200, false, 'conditions_mismatch']);
  });

  it('usage_exceeded: counts what is left, and nothing of what is too much', async () => {
    const { productId } = await createKeyProduct(world, 'quay:usage', { limit_usage: 5 });
    const { id, key } = await buyKey(world, quay, productId);
    const use = (increment_usage: number) => validate(quay, { key, increment_usage });
    expect((await use(3)).body).toMatchObject({ valid: true, key: { usage: 3, limit_usage: 5 } });
    const refused = await use(3);
    expect(codeOf(refused)).toEqual([200, false, 'usage_exceeded']);
    expect(refused.body.key).toMatchObject({ usage: 3 });
    expect((await use(2)).body).toMatchObject({ valid: true, key: { usage: 5 } });
    expect(codeOf(await use(1))).toEqual([200, false, 'usage_exceeded']);
    // Nothing more is to be used: the key itself is good.
    expect(codeOf(await validate(quay, { key, max_age: 0 }))).toEqual([200, true, 'valid']);
    expect(await keyAtPolar(world, id)).toMatchObject({ usage: 5 });
  });
});

describe('the first of several reasons is said', () => {
  it('in the order that docs/licences.md has', async () => {
    const { productId } = await createKeyProduct(world, 'quay:all', {
      expires: { ttl: 1, timeframe: 'day' },
      activations: { limit: 1, enable_customer_admin: false },
      limit_usage: 1,
    });
    const other = await createKeyProduct(world, 'quay:other');
    const { id, key } = await buyKey(world, quay, productId);
    await patch(id, { status: 'disabled' });
    await world.advance(2 * DAY);
    const ask = (more: Record<string, unknown>) =>
      validate(quay, { key, activation_id: NOBODY, increment_usage: 7, ...more });
    const codes: string[] = [];
    const note = async (more: Record<string, unknown> = {}) => codes.push((await ask(more)).body.code);
    await note({ benefit_id: other.benefitId });
    await note();
    await patch(id, { status: 'granted' });
    await note();
    await patch(id, { expires_at: null });
    await note();
    const { body } = await activate(quay, { key });
    await note({ activation_id: body.activation?.id });
    expect(codes).toEqual(['wrong_product', 'disabled', 'expired', 'activation_unknown', 'usage_exceeded']);
  });
});

describe('what is no question', () => {
  const refused = async (path: string, body: Record<string, unknown>) => {
    const answer = await call<Check & { errors?: { path: string }[]; code: string }>(
      'POST',
      `/v1/license-keys/${path}`,
      { key: quay.secretKey, body },
    );
    return [answer.status, answer.body.code, answer.body.errors?.map((error) => error.path)];
  };

  it('is refused with the field that is wrong', async () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, i]));
    const cases: [string, Record<string, unknown>, string][] = [
      ['validate', {}, 'body.key'],
      ['validate', { key: 'k'.repeat(257) }, 'body.key'],
      ['validate', { key: 7 }, 'body.key'],
      ['validate', { key: 'k', activation_id: 'x' }, 'body.activation_id'],
      ['validate', { key: 'k', increment_usage: -1 }, 'body.increment_usage'],
      ['validate', { key: 'k', increment_usage: 1.5 }, 'body.increment_usage'],
      ['validate', { key: 'k', conditions: many }, 'body.conditions'],
      ['validate', { key: 'k', conditions: { ['n'.repeat(41)]: 1 } }, `body.conditions.${'n'.repeat(41)}`],
      ['validate', { key: 'k', conditions: { a: 'v'.repeat(501) } }, 'body.conditions.a'],
      ['validate', { key: 'k', conditions: { a: null } }, 'body.conditions.a'],
      ['activate', { key: 'k' }, 'body.label'],
      ['activate', { key: 'k', label: 'x'.repeat(501) }, 'body.label'],
      ['activate', { key: 'k', label: 'l', meta: { gateway_activation: 'mine' } }, 'body.meta'],
      ['deactivate', { key: 'k' }, 'body.activation_id'],
    ];
    for (const [path, body, field] of cases)
      expect([path, ...(await refused(path, body))]).toEqual([path, 422, 'validation_failed', [field]]);
  });
});
