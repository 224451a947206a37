import { beforeAll, describe, expect, it } from 'vitest';
import type { ProductView } from '../../src/sell/product.rules.ts';
import { call, createWorld, ORIGIN, type TestApp, type World } from '../harness/harness.ts';

/* A catalogue in parts: filters, orders and pages of the product list. */

let world: World;
let quay: TestApp;
let reader: string;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const benefits = [{ type: 'custom', description: 'Reader' }];
  const metadata = { collection: 'essays', content_id: 'blog/one,blog/two', color: 'red' };
  [reader = ''] = (await world.createProduct({ name: 'quay:essays', metadata, benefits })).benefitIds;
  await world.createProduct({ name: 'quay:monthly', recurring: 'month', metadata: { color: 'red' } });
  const old = await world.createProduct({ name: 'quay:old' });
  await world.polar('sandbox', 'PATCH', `/v1/products/${old.id}`, { is_archived: true });
  await world.settle();
});

interface Listed {
  data: ProductView[];
  next_cursor: string | null;
  code?: string;
  errors?: { path: string }[];
}
const list = (query = '', key = quay.secretKey) =>
  call<Listed>('GET', `/v1/products${query}`, {
    key,
    headers: key === quay.secretKey ? {} : { origin: ORIGIN },
  });
const names = async (query: string) =>
  (await list(query)).body.data.map(({ name }) => name.slice('quay:'.length));

describe('the product list', () => {
  it.each([
    ['', ['essays', 'monthly']],
    ['?archived=true', ['old']],
    ['?archived=any&sort=-name', ['old', 'monthly', 'essays']],
    ['?recurring=true', ['monthly']],
    ['?recurring=false', ['essays']],
    ['?collection=essays', ['essays']],
    ['?collection=other', []],
    ['?content_id=blog/two', ['essays']],
    ['?content_id=blog', []],
    ['?metadata[color]=red', ['essays', 'monthly']],
    ['?metadata[color]=red&recurring=true', ['monthly']],
    ['?metadata[color]=blue', []],
  ])('%s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it('has what a benefit’s buyers buy', async () => {
    expect(await names(`?benefit=${reader}`)).toEqual(['essays']);
    expect(await names(`?benefit=${crypto.randomUUID()}`)).toEqual([]);
  });

  it('comes in pages, whose cursor is of their order', async () => {
    const first = (await list('?archived=any&limit=2')).body;
    expect(first.data).toHaveLength(2);
    const rest = (await list(`?archived=any&limit=2&cursor=${first.next_cursor}`)).body;
    expect([rest.data.map(({ name }) => name), rest.next_cursor]).toEqual([['quay:old'], null]);
    const other = await list(`?archived=any&limit=2&sort=-name&cursor=${first.next_cursor}`);
    expect([other.status, other.body.errors?.[0]?.path]).toEqual([422, 'query.cursor']);
  });

  it('tells a browser where products stand, and neither metadata nor what is not sold any more', async () => {
    const { body, text } = await list('?collection=essays', quay.publishableKey);
    expect(body.data[0]).toMatchObject({ collection: 'essays', content_ids: ['blog/one', 'blog/two'] });
    expect(text).not.toContain('red');
    for (const [query, path] of [
      ['?metadata[color]=red', 'query.metadata'],
      ['?archived=any', 'query.archived'],
    ] as const) {
      const refused = await list(query, quay.publishableKey);
      expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([422, path]);
    }
  });
});
