import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { reconcile } from '../compare/reconcile-calls.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { uploadFile } from '../harness/upload.ts';
import { askFile, buyFile, givesFiles, listFiles, namesOf } from '../use/file-shop.ts';
import { activate, buyKey, createKeyProduct, validate } from '../use/license-keys/license-calls.ts';

/* What is suspended while a payment of it is disputed is suspended in every way: files, licence keys, and everybody of a team. */

let world: World;
let quay: TestApp;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  await setAccess('suspend');
});

const setAccess = (dispute_access: string) =>
  call('PATCH', `/admin/apps/${quay.slug}`, { key: env.FLOE_ADMIN_TOKEN, body: { dispute_access } });

/** Opens a dispute of the order that a payment led to. */
async function dispute(paymentId: string): Promise<string> {
  const order = await env.DB.prepare('select order_id as id from payments where id = ?')
    .bind(paymentId)
    .first<string>('id');
  const id = world.simulator.openDispute(order ?? '');
  await reconcile(world);
  await world.settle();
  return id;
}

describe('while a payment is disputed, an app that suspends', () => {
  it('hands out no file of it', async () => {
    const file = await uploadFile(world, 'book.txt', 'The whole book.');
    const { id } = await world.createProduct({ name: 'quay:book', benefits: [givesFiles([file])] });
    const { customerId: customer, paymentId } = await buyFile(world, quay, id, { email: 'file@readers.dev' });
    const ask = async () => (await askFile(quay.secretKey, file, { customer })).status;
    expect(await ask()).toBe(303);
    await dispute(paymentId);
    expect(await ask()).toBe(403);
    expect(namesOf(await listFiles(quay.secretKey, { customer }))).toEqual([]);
    await setAccess('keep');
    expect(await ask()).toBe(303);
    await setAccess('suspend');
  });

  it('takes its licence key for revoked: validated, remembered, activated and counted', async () => {
    const { productId } = await createKeyProduct(world, 'quay:keys', { limit_usage: 10 });
    const { key, paymentId } = await buyKey(world, quay, productId, 'keys@readers.dev');
    const { key: other } = await buyKey(world, quay, productId, 'others@readers.dev');
    const codes = async (text: string) => [
      (await validate(quay, { key: text, max_age: 0 })).body.code,
      (await validate(quay, { key: text, max_age: 3600 })).body.code,
      (await validate(quay, { key: text, increment_usage: 1 })).body.code,
    ];
    expect(await codes(key)).toEqual(['valid', 'valid', 'valid']);
    const id = await dispute(paymentId);
    expect(await codes(key)).toEqual(['revoked', 'revoked', 'revoked']);
    expect((await activate(quay, { key })).body.code).toBe('revoked');
    expect(await codes(other)).toEqual(['valid', 'valid', 'valid']);
    await setAccess('keep');
    expect(await codes(key)).toEqual(['valid', 'valid', 'valid']);
    await setAccess('suspend');
    world.simulator.resolveDispute(id, 'won');
    await reconcile(world);
    await world.settle();
    expect(await codes(key)).toEqual(['revoked', 'revoked', 'revoked']);
  });

  it('takes a subscription’s licence key for revoked, too', async () => {
    const { productId } = await createKeyProduct(world, 'quay:monthly', {}, 'month');
    const { key, paymentId } = await buyKey(world, quay, productId, 'monthly@readers.dev');
    const ask = async () => (await validate(quay, { key, max_age: 0 })).body.code;
    expect(await ask()).toBe('valid');
    await dispute(paymentId);
    expect(await ask()).toBe('revoked');
  });

  it('closes for everybody of a team whose subscription it is', async () => {
    const { id } = await world.createProduct({
      name: 'quay:team',
      recurring: 'month',
      seat: 500,
      benefits: [{ type: 'custom', description: 'The desk', metadata: { content_id: 'desk/team' } }],
    });
    const payment = await startPayment(quay, id, { seats: 2 });
    await world.pay('sandbox', payment.checkoutUrl, { email: 'owner@readers.dev' });
    await world.settle();
    const team = await env.DB.prepare('select id, customer_id from subscriptions where product_id = ?')
      .bind(id)
      .first<{ id: string; customer_id: string }>();
    const { member_id: member } = await world.polar<{ member_id: string }>(
      'sandbox',
      'POST',
      '/v1/customer-seats',
      { subscription_id: team?.id, email: 'ben@readers.dev', immediate_claim: true },
    );
    await world.settle();
    const ask = async (resource: string) => {
      const query = new URLSearchParams({
        resource,
        member,
        customer: team?.customer_id ?? '',
        max_age: '0',
      });
      const { body } = await call('GET', `/v1/access?${query}`, { key: quay.secretKey });
      return body['reason'];
    };
    expect([await ask('content:desk/team'), await ask('plan:quay:team')]).toEqual(['granted', 'granted']);
    await dispute(payment.id);
    expect([await ask('content:desk/team'), await ask('plan:quay:team')]).toEqual(['revoked', 'revoked']);
  });
});
