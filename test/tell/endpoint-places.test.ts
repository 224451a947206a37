import { Webhook } from 'standardwebhooks';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { GATEWAY } from '../../src/base/audit-actions.rules.ts';
import { runBatch } from '../../src/base/db/database.rows.ts';
import type { AppRow } from '../../src/base/db/schema.rows.ts';
import type { Services } from '../../src/base/services.ts';
import { deliver } from '../../src/tell/deliveries/deliver.ts';
import type { QueuedWebhook } from '../../src/tell/deliveries/send.ts';
import { bindingOf, readBoundPlace } from '../../src/tell/endpoints/bound-places.rules.ts';
import { prepareEndpoint } from '../../src/tell/endpoints/register-endpoint.ts';
import { updateEndpoint } from '../../src/tell/endpoints/change-endpoint.ts';
import {
  createEndpoint,
  elapse,
  makeApp,
  makeEvent,
  makeServices,
  readDelivery,
  readEndpoint,
  receive,
  SECOND,
  seen,
  startAtNoon,
  tell,
} from './forwarding.ts';

/* Events that only some endpoints want, and those that go to a chat, a queue or another Worker (ADR 113). */

startAtNoon();

/** Services with what the operator has bound for an app. */
function bind(app: AppRow, url: string, binding: unknown): Services {
  const place = readBoundPlace(url);
  if (!place) throw new Error(`${url} is no place`);
  return { ...makeServices(), env: { ...env, [bindingOf(place, app.slug)]: binding } };
}

async function register(services: Services, app: AppRow, input: Parameters<typeof prepareEndpoint>[2]) {
  const { statements, view } = await prepareEndpoint(services, app, input, GATEWAY);
  await runBatch(services.database, statements);
  return view;
}

/** Tells one event and makes its first attempts. */
async function tellAndSend(services: Services, app: AppRow, data: Record<string, unknown> = { id: 'order' }) {
  const ids = await tell([{ ...makeEvent(app), polar: { type: 'order.paid', data } }]);
  await deliver(services, ids);
  return ids;
}

describe('an endpoint with conditions', () => {
  test('gets what meets them, and of the rest no delivery is made', async () => {
    const app = await makeApp();
    const match = { 'polar.data.amount': { gte: 10_000 }, 'polar.data.currency': 'usd' };
    const large = await createEndpoint(app, { url: 'https://large.example-site.dev/', match });
    const all = await createEndpoint(app, { url: 'https://all.example-site.dev/' });
    expect(large.match).toEqual({
      'polar.data.amount': { gte: 10_000 },
      'polar.data.currency': { eq: 'usd' },
    });
    const told = async (data: object) => {
      const ids = await tell([{ ...makeEvent(app), polar: { type: 'order.paid', data } }]);
      const rows = await Promise.all(ids.map(async (id) => (await readDelivery(id)).delivery.endpointId));
      return rows.toSorted();
    };
    expect(await told({ amount: 9_999, currency: 'usd' })).toEqual([all.id]);
    expect(await told({ amount: 10_000, currency: 'usd' })).toEqual([large.id, all.id].toSorted());
    expect(await told({ amount: 10_000, currency: 'eur' })).toEqual([all.id]);
    expect(await told({ amount: '10000', currency: 'usd' })).toEqual([all.id]);
    await updateEndpoint(makeServices(), app, large.id, { match: null }, GATEWAY);
    expect(await told({ amount: 1, currency: 'usd' })).toHaveLength(2);
  });
});

describe('a chat', () => {
  const SECRET = 'https://hooks.slack.com/services/T00/B00/who-knows-this-writes';

  test('is sent a message of its own, to a URL that is nowhere in clear', async () => {
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: SECRET, format: 'slack' });
    expect([endpoint.url, endpoint.format]).toEqual(['https://hooks.slack.com/…', 'slack']);
    receive(() => new Response('ok'));
    const [id = ''] = await tellAndSend(makeServices(), app);
    expect((await readDelivery(id)).delivery.status).toBe('succeeded');
    expect(seen.sent.map(({ url }) => url)).toEqual([SECRET]);
    expect(JSON.parse(seen.sent[0]?.body ?? '')).toMatchObject({ text: `Payment succeeded · ${app.slug}` });
    expect(JSON.stringify(await readEndpoint(endpoint.id))).not.toContain('who-knows-this');
    const { results } = await env.DB.prepare('select before, after, detail from audit_log').all();
    expect(JSON.stringify(results)).not.toContain('who-knows-this');
  });

  test('may move to another URL, which is as secret', async () => {
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: SECRET, format: 'discord' });
    const moved = 'https://discord.com/api/webhooks/1/another-secret';
    const view = await updateEndpoint(makeServices(), app, endpoint.id, { url: moved }, GATEWAY);
    expect(view.url).toBe('https://discord.com/…');
    receive(() => new Response(null, { status: 204 }));
    await tellAndSend(makeServices(), app);
    expect(seen.sent.map(({ url }) => url)).toEqual([moved]);
  });
});

describe('what is shown of a chat’s URL', () => {
  const CHAT = { url: 'https://discord.com/api/webhooks/1/secret', format: 'discord' } as const;

  test('leaves it where it is when it is sent back, and is no URL of its own', async () => {
    const app = await makeApp();
    const { id, url } = await createEndpoint(app, CHAT);
    await updateEndpoint(makeServices(), app, id, { url, description: 'sales' }, GATEWAY);
    receive(() => new Response(null, { status: 204 }));
    await tellAndSend(makeServices(), app);
    expect(seen.sent.map(({ url: to }) => to)).toEqual([CHAT.url]);
    const refused = { code: 'disallowed_url' };
    await expect(createEndpoint(app, { ...CHAT, url })).rejects.toMatchObject(refused);
    const elsewhere = { url: 'https://hooks.slack.com/…' };
    await expect(updateEndpoint(makeServices(), app, id, elsewhere, GATEWAY)).rejects.toMatchObject(refused);
  });

  test('does not say that it has moved, so the audit log does', async () => {
    const app = await makeApp();
    const { id } = await createEndpoint(app, CHAT);
    const lines = async () => {
      const { results } = await env.DB.prepare(
        "select detail from audit_log where target = ? and action = 'endpoint.updated' order by id",
      )
        .bind(id)
        .all<{ detail: string | null }>();
      return results.map(({ detail }) => detail && (JSON.parse(detail) as unknown));
    };
    await updateEndpoint(makeServices(), app, id, { description: 'sales' }, GATEWAY);
    const url = 'https://discord.com/api/webhooks/2/of-somebody-else';
    await updateEndpoint(makeServices(), app, id, { url }, GATEWAY);
    expect(await lines()).toEqual([null, { url: 'replaced' }]);
  });
});

describe('a chat that does not take it', () => {
  const CHAT = { url: 'https://discord.com/api/webhooks/1/secret', format: 'discord' } as const;

  test('says for how long to wait, and is sent nothing before', async () => {
    const app = await makeApp();
    await createEndpoint(app, CHAT);
    receive(() => new Response('{"retry_after": 6.5}', { status: 429, headers: { 'retry-after': '7' } }));
    const services = makeServices();
    const [id = ''] = await tellAndSend(services, app);
    const { delivery } = await readDelivery(id);
    expect([delivery.status, delivery.lastStatus]).toEqual(['pending', 429]);
    expect(delivery.nextAttemptAt).toBeGreaterThanOrEqual(services.now() + 7_000);
  });

  test('is checked again when it is sent to, as every address is', async () => {
    const app = await makeApp();
    await createEndpoint(app, CHAT);
    const services = makeServices();
    const moved = { ...services, config: { ...services.config, url: 'https://discord.com' } };
    const [id = ''] = await tellAndSend(moved, app);
    expect((await readDelivery(id)).attempts[0]?.error).toBe('disallowed_url');
    expect(seen.sent).toEqual([]);
  });
});

describe('a queue', () => {
  const URL_OF_QUEUE = 'queue:orders';

  test('is sent what a receiver gets, and can verify it', async () => {
    const app = await makeApp();
    const messages: QueuedWebhook[] = [];
    const send = async (message: QueuedWebhook) => void messages.push(message);
    const services = bind(app, URL_OF_QUEUE, { send });
    const { secret } = await register(services, app, { url: URL_OF_QUEUE });
    const [id = ''] = await tellAndSend(services, app);
    const { delivery, attempts } = await readDelivery(id);
    expect([delivery.status, delivery.lastStatus]).toEqual(['succeeded', 202]);
    expect(attempts).toMatchObject([{ status: 202, error: null }]);
    const [message] = messages;
    expect(new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {})).toMatchObject({
      type: 'payment.succeeded',
    });
  });

  test('that does not take a message is tried again, and told why', async () => {
    const app = await makeApp();
    const services = bind(app, URL_OF_QUEUE, { send: () => Promise.reject(new Error('over the limit')) });
    await register(services, app, { url: URL_OF_QUEUE });
    const [id = ''] = await tellAndSend(services, app);
    const { delivery, attempts } = await readDelivery(id);
    expect([delivery.status, attempts[0]?.error]).toEqual(['pending', 'queue_refused']);
  });

  test('is not sent what is larger than it takes', async () => {
    const app = await makeApp();
    const services = bind(app, URL_OF_QUEUE, { send: () => Promise.reject(new Error('never called')) });
    await register(services, app, { url: URL_OF_QUEUE });
    const [id = ''] = await tellAndSend(services, app, { id: 'order', note: 'x'.repeat(130_000) });
    const { delivery, attempts } = await readDelivery(id);
    // It never will be, so nothing that asked for its turn waits three days for it.
    expect([delivery.status, attempts.map(({ error }) => error)]).toEqual(['failed', ['too_large']]);
  });

  test('of another app, or one that nobody has bound, is refused', async () => {
    const [app, other] = [await makeApp(), await makeApp()];
    const services = bind(other, URL_OF_QUEUE, { send: () => Promise.resolve() });
    await expect(register(services, app, { url: URL_OF_QUEUE })).rejects.toMatchObject({
      code: 'disallowed_url',
    });
    await expect(register(services, other, { url: URL_OF_QUEUE, format: 'slack' })).rejects.toMatchObject({
      code: 'disallowed_url',
    });
  });

  test('whose binding is gone waits, as any endpoint that fails', async () => {
    const app = await makeApp();
    await register(bind(app, URL_OF_QUEUE, { send: () => Promise.resolve() }), app, { url: URL_OF_QUEUE });
    const [id = ''] = await tellAndSend(makeServices(), app);
    const { delivery, attempts } = await readDelivery(id);
    expect([delivery.status, attempts[0]?.error]).toEqual(['pending', 'not_bound']);
  });
});

describe('after a crash between sending and recording', () => {
  test.each(['queue:orders', 'worker:back-office'])(
    '%s gets the same id and bytes again, and it is recorded once',
    async (url) => {
      const app = await makeApp();
      const sent: { headers: Headers; body: string }[] = [];
      const took = (headers: HeadersInit, body: string) => sent.push({ headers: new Headers(headers), body });
      const send = async ({ headers, body }: QueuedWebhook) => void took(headers, body);
      const fetch = async (_input: string, init: { headers: HeadersInit; body: string }) => {
        took(init.headers, init.body);
        return new Response('done');
      };
      const binding = url.startsWith('queue') ? { send } : { fetch };
      const services = bind(app, url, binding);
      await register(services, app, { url });
      const [id = ''] = await tell([makeEvent(app)]);
      const crashing = { ...makeServices(2, { forGood: true }), env: services.env };
      await expect(deliver(crashing, [id])).rejects.toThrow('D1_ERROR');
      expect((await readDelivery(id)).attempts).toEqual([]);
      elapse(61 * SECOND);
      await deliver(services, [id]);
      const [first, second] = sent;
      expect(sent).toHaveLength(2);
      expect(second?.headers.get('webhook-id')).toBe(first?.headers.get('webhook-id'));
      expect(second?.body).toBe(first?.body);
      const { delivery, attempts } = await readDelivery(id);
      expect([delivery.status, attempts.length]).toEqual(['succeeded', 1]);
    },
  );
});

describe('another Worker', () => {
  test('is called, and its answer counts', async () => {
    const app = await makeApp();
    const asked: Request[] = [];
    const statuses = [503, 200];
    const fetch = async (input: string, init: RequestInit) => {
      asked.push(new Request(input, init));
      return new Response('done', { status: statuses.shift() ?? 200 });
    };
    const services = bind(app, 'worker:back-office', { fetch });
    await register(services, app, { url: 'worker:back-office' });
    const [id = ''] = await tellAndSend(services, app);
    expect((await readDelivery(id)).delivery).toMatchObject({ status: 'pending', lastStatus: 503 });
    await tellAndSend(services, app);
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'POST']);
    expect(asked[0]?.headers.get('webhook-signature')).toMatch(/^v1,/);
    expect(seen.sent).toEqual([]);
  });

  test('beside the gateway in workerd that throws, or answers an error, is called again until it takes it', async () => {
    const app = await makeApp();
    const backOffice = Reflect.get(env, 'FLOE_WORKER__COUNTER_SANDBOX__BACK_OFFICE') as Fetcher;
    const ask = (path: string, body: unknown) =>
      backOffice.fetch(`https://back-office.invalid${path}`, { method: 'POST', body: JSON.stringify(body) });
    await ask('/next', ['throws', 500]);
    const services = bind(app, 'worker:back-office', backOffice);
    await register(services, app, { url: 'worker:back-office' });
    const [id = ''] = await tellAndSend(services, app);
    for (const wait of [10, 60]) {
      elapse(wait * SECOND);
      await deliver(services, [id]);
    }
    const { delivery, attempts } = await readDelivery(id);
    expect(delivery.status).toBe('succeeded');
    expect(attempts.map(({ status, error }) => status ?? error)).toEqual(['worker_failed', 500, 200]);
    const bodies = (await (await ask('/seen', null)).json<{ body: string }[]>()).map(({ body }) => body);
    expect([bodies.length, new Set(bodies).size]).toEqual([3, 1]);
  });

  test('that throws has failed', async () => {
    const app = await makeApp();
    const services = bind(app, 'worker:back-office', {
      fetch: () => Promise.reject(new Error('a bug of theirs')),
    });
    await register(services, app, { url: 'worker:back-office' });
    const [id = ''] = await tellAndSend(services, app);
    expect((await readDelivery(id)).attempts[0]?.error).toBe('worker_failed');
  });
});
