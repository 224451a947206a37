import createClient from 'openapi-fetch';
import type { components, paths } from './schema.d.ts';

/* A client in TypeScript, as openapi-typescript makes it. Prints what it was answered. */

declare const process: { env: Record<string, string | undefined> };

const { FLOE_URL = '', FLOE_SECRET_KEY = '', FLOE_PRODUCT_ID = '' } = process.env;
const floe = createClient<paths>({
  baseUrl: FLOE_URL,
  headers: { authorization: `Bearer ${FLOE_SECRET_KEY}` },
});

const { data: products } = await floe.GET('/v1/products');
const product = products?.data.find(({ id }) => id === FLOE_PRODUCT_ID);

const pay = () =>
  floe.POST('/v1/payments', {
    params: { header: { 'Idempotency-Key': 'typescript' } },
    body: {
      product_id: FLOE_PRODUCT_ID,
      customer: { external_id: 'reader-typescript' },
      metadata: { seat: 7 },
    },
  });
const { data: payment } = await pay();
const { data: again } = await pay();

const { data: access } = await floe.GET('/v1/access', {
  params: {
    query: { resource: 'content:blog/premium-article', customer: 'external:reader-typescript', max_age: 0 },
  },
});

const { error, response } = await floe.GET('/v1/payments/{id}', {
  params: { path: { id: 'pay_01kb3z8q4yf6dvkwm2t5n9cr7e' } },
});
const problem: components['schemas']['Problem'] | undefined = error;

console.log(
  JSON.stringify({
    product: product?.name,
    price: product?.prices[0]?.price_amount,
    status: payment?.status,
    plan: payment?.product.plan,
    amount: payment?.amount,
    metadata: payment?.metadata,
    repeated: payment !== undefined && payment.id === again?.id,
    allow: access?.allow,
    reason: access?.reason,
    problem: [response.status, problem?.code],
  }),
);
