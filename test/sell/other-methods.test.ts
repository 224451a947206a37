import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { fetchGateway } from '../harness/front-door.ts';
import { createWorld, GATEWAY_URL, type TestApp } from '../harness/harness.ts';

/* Methods of payment that Floe takes no money with: the refusal has what the operator says of them (ADR 110). */

const INVOICE = { text: 'We write you an invoice.', link: 'https://example.com/invoice' };
let quay: TestApp;

beforeAll(async () => {
  quay = await (await createWorld()).createApp({ product: 'quay', webhook: false });
});

async function pay(method: string, setting: string | undefined) {
  const request = new Request(`${GATEWAY_URL}/v1/payments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${quay.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ method, product_id: crypto.randomUUID() }),
  });
  const response = await fetchGateway(request, { ...env, FLOE_OTHER_METHODS: setting });
  const { code, detail, link } = await response.json<Record<string, unknown>>();
  return { status: response.status, code, detail, link };
}

describe('another method of payment', () => {
  it('is refused with the operator’s words for it, for all others, or Floe’s own', async () => {
    const refusal = { status: 422, code: 'unsupported_method' };
    const setting = JSON.stringify({ invoice: INVOICE, '*': { text: 'Write to us.' } });
    expect(await pay('invoice', setting)).toEqual({ ...refusal, detail: INVOICE.text, link: INVOICE.link });
    expect(await pay('constructor', setting)).toEqual({ ...refusal, detail: 'Write to us.' });
    const plain = await pay('invoice', undefined);
    expect(plain).toMatchObject(refusal);
    expect(plain.link).toBeUndefined();
  });

  it('written wrongly keeps the gateway from its start, which says how it is written', async () => {
    const { status, code, detail } = await pay('invoice', '{"invoice": "We write you one."}');
    expect(status).toBe(503);
    expect(`${String(code)} ${String(detail)}`).not.toContain('We write you one.');
  });
});
