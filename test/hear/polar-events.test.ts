import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { reapplyPolarEvents } from '../../src/hear/reapply-polar-events.ts';
import { createServices } from '../../src/wiring.ts';
import { polarEventContext } from '../../src/base/polar-event.rules.ts';
import { seal } from '../../src/base/sealed.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { idAt } from '../harness/ids.ts';
import { deliver, readSequenceGaps, record, startPayment, type Told } from '../harness/story.ts';

interface PolarEvent {
  id: string;
  mode: string;
  type: string;
  webhook_id: string;
  app: string | null;
  status: string;
  waits_for: string | null;
  error: string | null;
  attempts: number;
  body_kept: boolean;
  received_at: string;
  body?: { type: string; data: Record<string, unknown> } | null;
}
interface Page {
  data: PolarEvent[];
  next_cursor: string | null;
}
interface Bulk {
  code: string;
  matched: number;
  reapplied: number;
  remaining: number;
  dry_run: boolean;
  limit: { per_hour: number; left: number };
  next_cursor: string | null;
}

const PER_CALL = 1_000;
const PER_HOUR = 10_000;
const HOUR = 60 * 60_000;

let world: World;
let app: TestApp;
let story: Told[];

const admin = <T = Bulk>(method: string, path: string, body?: unknown) =>
  call<T>(method, path, { key: env.FLOE_ADMIN_TOKEN, ...(body === undefined ? {} : { body }) });
const list = async (query = '') =>
  (await admin<Page>('GET', `/admin/polar-events?limit=100&${query}`)).body.data;
const reapply = (id: string) =>
  admin<PolarEvent & { code: string }>('POST', `/admin/polar-events/${id}/reapply`);
const inBulk = (body: object = {}) => admin('POST', '/admin/reapply', { mode: 'sandbox', ...body });
const services = () => createServices(env, createExecutionContext());
const told = (type: string) => {
  const found = story.find((each) => each.type === type);
  if (!found) throw new Error(`no ${type}`);
  return found;
};
const events = async () =>
  (await env.DB.prepare('select key from events order by key').all<{ key: string }>()).results.map(
    ({ key }) => key,
  );

/**
 * A Polar event that cannot be applied because of its content: it is signed and of a known type, but lacks fields of
 * that type.
 */
async function hearBroken(type: string): Promise<PolarEvent> {
  const { webhookId, body } = told(type);
  const broken = JSON.parse(body) as { data: Record<string, unknown> };
  broken.data['status'] = 7;
  expect(await deliver(world, { webhookId, type, body: JSON.stringify(broken) })).toBe(200);
  const [event] = (await list('status=failed')).filter((each) => each.webhook_id === webhookId);
  if (!event) throw new Error('it was applied');
  return event;
}

/** As when a newer gateway can read what the older one could not. */
async function repair(event: PolarEvent): Promise<void> {
  await env.DB.prepare('update polar_events set sealed_body = ? where id = ?')
    .bind(await seal(services().config, polarEventContext(event.id), told(event.type).body), event.id)
    .run();
}

/** Polar events as an outage leaves them; their bodies cannot be applied. */
const seed = (
  count: number,
  { status = 'failed', at = Date.now() - HOUR, type = 'order.paid', mode = 'sandbox' } = {},
) =>
  env.DB.prepare(
    `insert into polar_events (id, mode, webhook_id, type, occurred_at, received_at, status, attempts, error, sealed_body)
    select value ->> 'id', ?4, value ->> 'id', ?3, value ->> 'at', value ->> 'at', ?2, 61, 'RangeError', 'gone.p.AAAA' from json_each(?1)`,
  )
    .bind(
      JSON.stringify(
        Array.from({ length: count }, (_, i) => ({ at: at + i + 1, id: idAt('pev', at + i + 1) })),
      ),
      status,
      type,
      mode,
    )
    .run();

const count = (where: string) =>
  env.DB.prepare(`select count(*) as count from polar_events where ${where}`).first<number>('count');

beforeEach(async () => {
  world = await createWorld();
  app = await world.createApp({ product: 'quay' });
  const product = await world.createProduct({ name: 'quay:lifetime' });
  await world.settle();
  const payment = await startPayment(app, product.id);
  story = await record(world, () =>
    world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' }).then(() => undefined),
  );
  await world.settle();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('an event that failed', () => {
  test('is shown with why and what it holds, and that it was read is on record', async () => {
    const failed = await hearBroken('order.paid');
    expect(failed).toMatchObject({
      mode: 'sandbox',
      type: 'order.paid',
      status: 'failed',
      app: null,
      attempts: 1,
      body_kept: true,
      error: expect.stringContaining('Error'),
    });
    const { body } = await admin<PolarEvent>('GET', `/admin/polar-events/${failed.id}`);
    expect(body).toMatchObject({ id: failed.id, body: { type: 'order.paid', data: { status: 7 } } });
    const read = await env.DB.prepare(
      "select target, actor from audit_log where action = 'polar_event.read'",
    ).all();
    expect(read.results).toEqual([{ target: failed.id, actor: 'operator' }]);
    expect(JSON.stringify(await list())).not.toContain('ada@readers.dev');
  });

  test('and can be applied now is applied once, and told once', async () => {
    const failed = await hearBroken('order.paid');
    expect(await events()).not.toContainEqual(expect.stringMatching(/^payment\.succeeded/));
    await repair(failed);
    const answer = await reapply(failed.id);
    expect(answer).toMatchObject({ status: 202, body: { id: failed.id, status: 'pending', attempts: 0 } });
    await world.settle();
    const [applied] = await list(`type=order.paid`);
    expect(applied).toMatchObject({ id: failed.id, status: 'applied', app: app.slug, error: null });
    const after = await events();
    expect(after.filter((key) => key.startsWith('payment.succeeded:'))).toHaveLength(1);

    // The message comes twice, the operator asks again, Polar sends it again: nothing more is told.
    await reapplyPolarEvents(services(), [failed.id]);
    expect(await reapply(failed.id)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await deliver(world, told('order.paid'))).toBe(200);
    await world.settle();
    expect(await events()).toEqual(after);
    expect(await readSequenceGaps()).toEqual([]);
    const arrived = world.received.filter(({ body }) => body.includes('"payment.succeeded"'));
    expect(new Set(arrived.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(arrived).toHaveLength(1);
    const log = await env.DB.prepare(
      "select target, detail from audit_log where action = 'polar_event.reapplied'",
    ).all();
    expect(log.results).toEqual([{ target: failed.id, detail: '{"count":1}' }]);
  });

  test('asked for by two at once is applied once', async () => {
    const failed = await hearBroken('order.paid');
    await repair(failed);
    const answers = await Promise.all([reapply(failed.id), reapply(failed.id)]);
    for (const { status } of answers) expect([202, 409]).toContain(status);
    await world.settle();
    expect((await events()).filter((key) => key.startsWith('payment.succeeded:'))).toHaveLength(1);
    expect(await count("status = 'failed'")).toBe(0);
  });

  test('that still cannot be applied is shown as failed again', async () => {
    const failed = await hearBroken('order.paid');
    expect((await reapply(failed.id)).status).toBe(202);
    await world.settle();
    expect(await list('status=failed')).toMatchObject([{ id: failed.id, attempts: 1 }]);
  });

  test('is applied by the sweep when the queue did not take the wake-up', async () => {
    const failed = await hearBroken('order.paid');
    await repair(failed);
    vi.spyOn(Object.getPrototypeOf(env.WORK) as Queue, 'sendBatch').mockRejectedValueOnce(
      new Error('queue down'),
    );
    expect((await reapply(failed.id)).status).toBe(202);
    expect(await list('status=pending')).toMatchObject([{ id: failed.id }]);
    const { default: worker } = await import('../../src/index.ts');
    const context = createExecutionContext();
    await worker.scheduled({} as ScheduledController, env, context);
    await waitOnExecutionContext(context);
    await world.settle();
    expect(await list('type=order.paid')).toMatchObject([{ status: 'applied' }]);
  });

  test('and was pruned cannot be applied any more', async () => {
    const failed = await hearBroken('order.paid');
    await env.DB.prepare('update polar_events set sealed_body = null where id = ?').bind(failed.id).run();
    expect(await reapply(failed.id)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await inBulk()).body).toMatchObject({ matched: 0, reapplied: 0 });
    const { body } = await admin<PolarEvent>('GET', `/admin/polar-events/${failed.id}`);
    expect(body).toMatchObject({ body_kept: false, body: null, status: 'failed' });
  });
});

describe('many events', () => {
  test('a dry run counts, and changes nothing', async () => {
    await seed(3);
    await seed(2, { status: 'unrouted', type: 'refund.created' });
    await seed(4, { at: Date.now() - 3 * HOUR });
    await seed(5, { mode: 'live' });
    const dry = async (body: object = {}) => (await inBulk({ dry_run: true, ...body })).body.matched;
    expect(await dry()).toBe(7);
    expect(await dry({ mode: 'live' })).toBe(5);
    expect(await dry({ status: 'unrouted' })).toBe(2);
    expect(await dry({ type: 'refund.created' })).toBe(0);
    expect(await dry({ since: new Date(Date.now() - 2 * HOUR).toISOString() })).toBe(3);
    expect(await dry({ until: new Date(Date.now() - 2 * HOUR).toISOString() })).toBe(4);
    expect(await count("status = 'pending'")).toBe(0);
    expect(await inBulk({ dry_run: true })).toMatchObject({
      status: 200,
      body: { dry_run: true, reapplied: 0 },
    });
  });

  test('are applied again: those that can be now are applied, the rest shown as failed', async () => {
    const order = await hearBroken('order.paid');
    const customer = await hearBroken('checkout.updated');
    await repair(order);
    expect(await inBulk()).toMatchObject({ status: 202, body: { matched: 2, reapplied: 2, remaining: 0 } });
    await world.settle();
    expect((await list('type=order.paid'))[0]).toMatchObject({ status: 'applied' });
    expect(await list('status=failed')).toMatchObject([{ id: customer.id }]);
  });

  test('go page by page, the oldest first, past those that fail once more', async () => {
    await seed(PER_CALL + 5);
    vi.spyOn(Object.getPrototypeOf(env.WORK) as Queue, 'sendBatch').mockResolvedValue(undefined as never);
    const first = await inBulk();
    expect(first.body).toMatchObject({ matched: PER_CALL + 5, reapplied: PER_CALL, remaining: 5 });
    await env.DB.prepare("update polar_events set status = 'failed' where status = 'pending'").run();
    const second = await inBulk({ cursor: first.body.next_cursor });
    expect(second.body).toMatchObject({ matched: 5, reapplied: 5, remaining: 0, next_cursor: null });
    expect(await inBulk({ cursor: 'nonsense' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.cursor' }] },
    });
    await env.DB.prepare(
      "update polar_events set status = 'failed', sealed_body = null where status = 'pending'",
    ).run();
  });

  test('are bounded per hour, also when two ask at once', async () => {
    vi.spyOn(Object.getPrototypeOf(env.WORK) as Queue, 'sendBatch').mockResolvedValue(undefined as never);
    await env.DB.prepare(
      "insert into audit_log (id, at, actor, action, target, detail) values ('aud_seed', ?1, 'operator', 'polar_event.reapplied', 'sandbox', ?2)",
    )
      .bind(Date.now() - 50 * 60_000, JSON.stringify({ count: PER_HOUR - 3 }))
      .run();
    await seed(8);
    expect((await inBulk({ dry_run: true })).body.limit).toEqual({ per_hour: PER_HOUR, left: 3 });
    const answers = await Promise.all([inBulk(), inBulk()]);
    expect(answers.some(({ status }) => status === 202)).toBe(true);
    expect(await count("status = 'pending'")).toBe(3);
    const refused = await inBulk();
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(9 * 60);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(10 * 60);
    const [failed] = await list('status=failed');
    expect(await reapply(failed?.id ?? '')).toMatchObject({ status: 429 });
    await env.DB.prepare("update audit_log set at = at - ? where action = 'polar_event.reapplied'")
      .bind(HOUR)
      .run();
    expect((await reapply(failed?.id ?? '')).status).toBe(202);
    await env.DB.prepare(
      "update polar_events set status = 'failed', sealed_body = null where status = 'pending'",
    ).run();
  });
});

describe('the list', () => {
  test('goes newest first, page by page, by status, mode, type and time', async () => {
    const before = Date.now() - 24 * HOUR;
    await seed(5, { at: before });
    await seed(2, { at: before + HOUR, status: 'unrouted', type: 'refund.created' });
    await seed(3, { at: before + 2 * HOUR, mode: 'live' });
    const until = new Date(before + 3 * HOUR).toISOString();
    const readAll = async (query: string) => {
      const seen: PolarEvent[] = [];
      let cursor: string | null = null;
      do {
        const path: string = `/admin/polar-events?limit=2&created_before=${until}&${query}${cursor === null ? '' : `&cursor=${cursor}`}`;
        const page: Page = (await admin<Page>('GET', path)).body;
        expect(page.data.length).toBeLessThanOrEqual(2);
        seen.push(...page.data);
        cursor = page.next_cursor;
      } while (cursor !== null);
      const times = seen.map((each) => each.received_at);
      expect(times).toEqual([...times].sort().toReversed());
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
      return seen.length;
    };
    expect(await readAll('')).toBe(10);
    expect(await readAll('status=failed')).toBe(8);
    expect(await readAll('status=failed&mode=live')).toBe(3);
    expect(await readAll('type=refund.created')).toBe(2);
    expect(await readAll('status=applied')).toBe(0);
    expect(await readAll(`created_after=${new Date(before + HOUR / 2).toISOString()}`)).toBe(5);
    for (const bad of ['status=odd', 'mode=test', 'created_after=now', 'cursor=nonsense'])
      expect((await admin('GET', `/admin/polar-events?${bad}`)).status).toBe(422);
  });

  test('finds a rare type behind a thousand others', async () => {
    await seed(1, { type: 'dispute.created', at: Date.now() - 9 * HOUR });
    await seed(1_500, { at: Date.now() - 5 * HOUR });
    const first = (await admin<Page>('GET', '/admin/polar-events?type=dispute.created')).body;
    expect(first.data).toEqual([]);
    const second = (
      await admin<Page>('GET', `/admin/polar-events?type=dispute.created&cursor=${first.next_cursor}`)
    ).body;
    expect(second).toMatchObject({ data: [{ type: 'dispute.created' }], next_cursor: null });
  });

  test('and what it holds are the operator’s only', async () => {
    const failed = await hearBroken('order.paid');
    const routes: [string, string, object?][] = [
      ['GET', '/admin/polar-events'],
      ['GET', `/admin/polar-events/${failed.id}`],
      ['POST', `/admin/polar-events/${failed.id}/reapply`],
      ['POST', '/admin/reapply', { mode: 'sandbox' }],
    ];
    for (const [method, path, body] of routes) {
      for (const key of [app.secretKey, app.publishableKey])
        expect((await call(method, path, { key, body })).status).toBe(403);
      expect((await call(method, path, { body })).status).toBe(401);
    }
    for (const path of ['/admin/polar-events/pev_none', '/admin/polar-events/pev_none/reapply'])
      expect((await admin(path.endsWith('reapply') ? 'POST' : 'GET', path)).status).toBe(404);
  });
});
