import { exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { DocumentedRoute, RouteDocs } from '../../src/http/route-docs.ts';
import { routeDocs } from '../../src/index.docs.ts';
import { health } from '../../src/operate/health.answers.ts';
import { getHealth } from '../../src/operate/health.routes.ts';
import { getOnePayment } from '../../src/sell/payments.routes.ts';
import { expectDescribed } from '../harness/described.ts';
import { createWorld, GATEWAY_URL } from '../harness/harness.ts';

/* The comparison itself: a description that says something else than the answer is found. */

type Change = (docs: RouteDocs) => RouteDocs;

const change = (route: DocumentedRoute[0], by: Change): DocumentedRoute[] =>
  routeDocs.map(([each, docs]) => [each, each === route ? by(docs) : docs]);

const ask = async (path: string, by: Change, headers: Record<string, string> = {}) => {
  const request = new Request(`${GATEWAY_URL}${path}`, { headers });
  const response = await exports.default.fetch(request);
  const route = path === '/health' ? getHealth : getOnePayment;
  return expectDescribed(request, response, change(route, by));
};

const answering = (schema: z.ZodMiniType, headers: Record<string, string> = {}): Change => {
  const answer = { description: 'Doctored', schema, headers };
  return (docs) => ({ ...docs, responses: { 200: answer, 503: answer } });
};

describe('an answer of the gateway', () => {
  it('is as it is described', async () => {
    await expect(ask('/health', (docs) => docs)).resolves.toBeUndefined();
  });

  it.each([
    [
      'a field has another name',
      answering(z.extend(z.omit(health, { status: true }), { state: z.string() })),
    ],
    ['a field is missing', answering(z.omit(health, { status: true }))],
    [
      'a field further in is missing',
      answering(z.extend(health, { parts: z.omit(health.shape.parts, { kv: true }) })),
    ],
    ['there is a field more', answering(z.extend(health, { more: z.string() }))],
    ['a value is none of those named', answering(z.extend(health, { status: z.enum(['well', 'ill']) }))],
    ['a header is missing', answering(health, { 'X-Missing': 'Never sent' })],
    ['the status is another', (docs: RouteDocs) => ({ ...docs, responses: { 418: { description: 'Tea' } } })],
    [
      'it is no JSON',
      (docs: RouteDocs) => ({
        ...docs,
        responses: { 200: { description: 'A page', contentType: 'text/html' } },
      }),
    ],
  ])('is not, when by its description %s', async (_, by) => {
    await expect(ask('/health', by)).rejects.toThrow('GET /health: ');
  });

  it('names a problem that its route does', async () => {
    const world = await createWorld();
    const { secretKey } = await world.createApp({ product: 'quay' });
    const headers = { authorization: `Bearer ${secretKey}` };
    const path = '/v1/payments/pay_none';
    await expect(ask(path, (docs) => docs, headers)).resolves.toBeUndefined();
    await expect(ask(path, (docs) => ({ ...docs, problems: [] }), headers)).rejects.toThrow(
      'names its problem',
    );
  });
});
