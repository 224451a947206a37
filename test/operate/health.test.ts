import { env } from 'cloudflare:workers';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import type { HealthView } from '../../src/operate/health.answers.ts';
import worker from '../../src/index.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { createWorld, GATEWAY_URL, type World } from '../harness/harness.ts';
import { openDesk } from '../people/sign-in-calls.ts';
import { fetchGateway } from '../harness/front-door.ts';

let world: World;
let minutes = 0;

beforeEach(async () => {
  world = await createWorld();
  await world.createProduct({ name: 'quay:lifetime' });
  // What this isolate saw in the minute before is another test's.
  minutes += 90;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

type Answer = HealthView & { status_code: number; text: string };

async function health(bindings: Partial<Bindings> = {}): Promise<Answer> {
  const response = await fetchGateway(new Request(`${GATEWAY_URL}/health`), { ...env, ...bindings });
  const text = await response.text();
  return { ...(JSON.parse(text) as HealthView), status_code: response.status, text };
}

const why = (answer: Answer, part: string) => answer.problems?.find((problem) => problem.part === part)?.why;
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
const runCron = (bindings: Partial<Bindings> = {}) =>
  worker.scheduled({} as ScheduledController, { ...env, ...bindings }, {
    waitUntil: () => undefined,
  } as never);
const consume = (message: WorkMessage, bindings: Partial<Bindings> = {}) =>
  worker.queue(
    {
      queue: 'floe-work',
      messages: [
        {
          id: 'm',
          timestamp: new Date(),
          attempts: 1,
          body: message,
          ack: () => undefined,
          retry: () => undefined,
        },
      ],
    } as unknown as MessageBatch<WorkMessage>,
    { ...env, ...bindings },
    { waitUntil: () => undefined } as never,
  );
const silentQueue = { sendBatch: () => Promise.resolve() } as unknown as Queue<WorkMessage>;

describe('the health of the gateway', () => {
  it('is ready when every part is, and is down for a migration that is missing', async () => {
    expect(await health()).toMatchObject({ status: 'ready', status_code: 200 });
    const applied = await env.DB.prepare('select * from d1_migrations').all<{ name: string }>();
    const newest = applied.results.at(-1)?.name ?? '';
    await env.DB.prepare('delete from d1_migrations where name = ?').bind(newest).run();
    try {
      const behind = await health();
      expect([behind.status_code, behind.status, behind.parts.d1]).toEqual([503, 'degraded', 'unavailable']);
      expect(why(behind, 'd1')).toContain(newest);
      expect(why(behind, 'd1')).toContain('wrangler d1 migrations apply');
      await env.DB.prepare('alter table d1_migrations rename to elsewhere').run();
      const unmigrated = await health();
      expect(why(unmigrated, 'd1')).toContain('0000_initial.sql');
    } finally {
      await env.DB.prepare('alter table elsewhere rename to d1_migrations')
        .run()
        .catch(() => undefined);
      await env.DB.prepare('insert into d1_migrations (name) values (?)').bind(newest).run();
    }
  });

  it('says that Polar refuses a token, lacks a scope, is of another organization, or is away', async () => {
    const made = await health({ POLAR_SANDBOX_ACCESS_TOKEN: 'polar_oat_made_up_0123456789abcdefghijkl' });
    expect([made.status_code, made.status]).toEqual([200, 'degraded']);
    expect(made.parts.polar).toEqual({ live: 'ready', sandbox: 'unavailable' });
    expect(why(made, 'polar.sandbox')).toContain('POLAR_SANDBOX_ACCESS_TOKEN');
    expect(made.text).not.toContain('made_up');

    later(61_000);
    const other = await health({ POLAR_SANDBOX_ORGANIZATION_ID: '11111111-1111-4111-8111-111111111111' });
    expect(why(other, 'polar.sandbox')).toContain('POLAR_SANDBOX_ORGANIZATION_ID');

    later(61_000);
    world.polarDown = true;
    const away = await health();
    expect(away.parts.polar).toEqual({ live: 'unavailable', sandbox: 'unavailable' });
    expect(why(away, 'polar.live')).toContain('cannot be reached');

    world.polarDown = false;
    expect((await health()).parts.polar.live).toBe('unavailable');
    later(61_000);
    expect(await health()).toMatchObject({ status: 'ready' });
  });

  it('asks Polar once a minute and mode, however many ask and wherever', async () => {
    const before = world.polarRequests.length;
    for (let i = 0; i < 5; i++) await Promise.all([health(), health(), health()]);
    const { live, sandbox } = world.organizations;
    const asked = world.polarRequests.slice(before);
    // The organization is read once, and again after an hour.
    expect(asked.toSorted()).toEqual([
      ...[live.id, sandbox.id].map((id) => `GET /v1/organizations/${id}`).toSorted(),
      'GET /v1/products/',
      'GET /v1/products/',
    ]);
    later(61_000);
    await Promise.all([health(), health()]);
    expect(world.polarRequests.length - before).toBe(6);
    later(60 * 60_000);
    await health();
    expect(world.polarRequests.length - before).toBe(10);
  });

  it('asks Polar no oftener while D1 is away, and says that D1 is', async () => {
    const broken = {
      prepare: () => {
        throw new Error('D1_ERROR: away');
      },
    } as unknown as D1Database;
    const before = world.polarRequests.length;
    for (let i = 0; i < 4; i++) {
      const answer = await health({ DB: broken });
      expect([answer.status_code, answer.parts.d1, answer.parts.polar.sandbox]).toEqual([
        503,
        'unavailable',
        'ready',
      ]);
    }
    expect(world.polarRequests.length - before).toBe(2);
  });

  it('says that KV or the queue does not take what it is given', async () => {
    const brokenKv = { put: () => Promise.reject(new Error('away')) } as unknown as KVNamespace;
    const brokenQueue = {
      sendBatch: () => Promise.reject(new Error('away')),
    } as unknown as Queue<WorkMessage>;
    const answer = await health({ ENTITLEMENTS: brokenKv, WORK: brokenQueue });
    expect(answer).toMatchObject({
      status: 'degraded',
      status_code: 200,
      parts: { kv: 'unavailable', queue: 'unavailable' },
    });
  });

  it('says that messages are sent and nobody consumes them, until somebody does', async () => {
    expect((await health({ WORK: silentQueue })).parts.queue).toBe('ready');
    later(5 * 60_000 + 1);
    const unheard = await health({ WORK: silentQueue });
    expect(why(unheard, 'queue')).toContain('were not consumed');
    await consume({ type: 'ping' });
    expect((await health({ WORK: silentQueue })).parts.queue).toBe('ready');
  });

  it('says that the cron trigger has stopped', async () => {
    await runCron();
    expect((await health()).parts.schedule).toBe('ready');
    later(5 * 60_000 + 1);
    const stopped = await health();
    expect(why(stopped, 'schedule')).toContain('has not run since');
    await runCron();
    expect((await health()).parts.schedule).toBe('ready');
  });

  it('says that a private key fits no public one', async () => {
    const { keys } = JSON.parse(
      (env as unknown as Record<string, string>)['FLOE_SANDBOX_SIGNING_KEYS'] ?? '',
    ) as { keys: object[] };
    const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    const { d } = await exportJWK(privateKey);
    const answer = await health({ FLOE_SANDBOX_SIGNING_KEYS: JSON.stringify({ keys: [{ ...keys[0], d }] }) });
    expect([answer.status_code, answer.parts.keys]).toEqual([503, 'unavailable']);
    expect(why(answer, 'keys')).toContain('FLOE_SANDBOX_SIGNING_KEYS');
    expect(answer.text).not.toContain(String(d));
  });

  it('says that mail was not taken lately', async () => {
    vi.useRealTimers();
    const quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
    const product = await world.createProduct({ name: 'quay:lifetime' });
    const sold = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [product.id],
    });
    await world.pay('sandbox', sold.url, { email: 'ada@floe-mail.dev' });
    await world.settle();
    const desk = openDesk({ DB: env.DB });
    const ask = async () => {
      const answer = await desk.send('POST', '/v1/sign-in', {
        key: quay.secretKey,
        body: { email: 'ada@floe-mail.dev' },
      });
      expect(answer.status).toBe(202);
    };
    desk.trouble.mail = 2;
    await ask();
    const failed = await health();
    expect(why(failed, 'mail')).toContain('The last mail was not taken');
    expect(failed.text).not.toContain('ada@');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15 * 60_000 + 1 });
    expect((await health()).parts.mail).toBe('ready');
  });

  it('names all wrong settings at once', async () => {
    const answer = await health({
      FLOE_ADMIN_TOKEN: 'short',
      POLAR_SANDBOX_WEBHOOK_SECRETS: '',
    });
    expect(answer.status_code).toBe(503);
    expect(answer.text).toContain('FLOE_ADMIN_TOKEN');
    expect(answer.text).toContain('POLAR_SANDBOX_WEBHOOK_SECRETS');
  });
});
