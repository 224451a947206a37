import { expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, TOKENS } from './example-gateway.ts';
import { runFloe, session } from './harness.ts';

const [PRODUCT] = examples['GET /admin/products']['200'].data;
const ID = PRODUCT?.id ?? '';

test('one session of each command', async () => {
  const { fetch } = exampleGateway();
  const one = (typed: string) => session(typed, { fetch, env: TOKENS });
  const pages = [
    await one('products list'),
    await one('products prices'),
    await one(`products assign ${ID} atlas-sandbox`),
    await one('products unassign 00000000-0000-4000-8000-000000000000'),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/products.txt');
});

test('the owner is set in the product’s own mode, and given back with null', async () => {
  const { fetch, asked } = exampleGateway();
  await runFloe(['products', 'assign', ID, 'atlas-sandbox'], { fetch, env: TOKENS });
  await runFloe(['products', 'unassign', ID], { fetch, env: TOKENS });
  await runFloe(['products', 'list', '--mode', 'live'], { fetch, env: TOKENS });
  expect(asked.map(({ line, body }) => [line, body])).toEqual([
    ['GET /admin/products', undefined],
    [`POST /admin/products/${ID}/owner`, { mode: 'sandbox', app: 'atlas-sandbox' }],
    ['GET /admin/products', undefined],
    [`POST /admin/products/${ID}/owner`, { mode: 'sandbox', app: null }],
    ['GET /admin/products?mode=live', undefined],
  ]);
});
