import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import worker from '../../src/index.ts';
import { sweep } from '../../src/sweep.ts';
import { createServices } from '../../src/wiring.ts';
import { seedShop, type Shop } from '../access/access-rows.ts';
import { databaseInSteps, type Failure, requestInterrupted } from '../harness/interrupted.ts';
import { type Mailed, someone } from '../people/sign-in-calls.ts';
import { type GiftDesk, giftLinkIn, openGiftDesk, seedBought } from './gift-calls.ts';

/*
 * The way of a gift's mail: the gift is made with `send_at`, cron finds it, the queue brings it, it is mailed. Each call on
 * the way fails in turn, before it takes effect or after it, and the invocation goes on or dies there. From then on all is
 * well, minute by minute. At the end there is one link, in every mail that went out, and it works.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Leases of the dead run out, and mails that were not taken are tried again. */
const MAX_MINUTES = 60;

let desk: GiftDesk;
let shop: Shop;
let mails: Mailed[];
/** What the queue holds of gifts. */
let queued: WorkMessage[];

beforeEach(async () => {
  await env.DB.batch(['polar_budgets', 'gifts'].map((table) => env.DB.prepare(`delete from ${table}`)));
  desk = openGiftDesk();
  shop = await seedShop();
  mails = [];
  queued = [];
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

type Binding = 'DB' | 'WORK' | 'MAIL';
interface Trouble extends Failure {
  place: 'the request' | 'cron' | 'the queue';
  of: Binding;
  isCrash: boolean;
}

/** Bindings of one invocation that fails as told. `sentBefore`: how many mails were out by then. */
function mortalBindings(trouble: Trouble | undefined) {
  const seen = { hasFailed: false, sentBefore: 0 };
  let isDead = false;
  const stepOf = (binding: Binding) => {
    let calls = 0;
    return async <T>(act: () => Promise<T>): Promise<T> => {
      if (isDead) throw new Error('this invocation has died');
      calls += 1;
      if (trouble?.of !== binding || trouble.call !== calls || seen.hasFailed) return act();
      seen.hasFailed = true;
      if (trouble.after) await act();
      seen.sentBefore = mails.length;
      isDead = trouble.isCrash;
      throw new Error(`${binding}: the network connection was lost`);
    };
  };
  const [data, queue, mail] = [stepOf('DB'), stepOf('WORK'), stepOf('MAIL')];
  const DB = databaseInSteps(data);
  const WORK = {
    sendBatch: (batch: { body: WorkMessage }[]) =>
      queue(() => {
        queued.push(...batch.flatMap(({ body }) => (body.type === 'gift' ? [body] : [])));
        return Promise.resolve();
      }),
  };
  const MAIL = {
    send: (sent: Mailed) =>
      mail(() => {
        mails.push(structuredClone(sent));
        return Promise.resolve({ messageId: 'x' });
      }),
  };
  return { seen, bindings: { ...env, DB, WORK, WORK_SLOW: WORK, MAIL } as unknown as Bindings };
}

/** What an invocation leaves undone when it dies is no failure of the test. */
async function invoke(run: (context: ExecutionContext) => Promise<void>): Promise<void> {
  const context = createExecutionContext();
  await run(context).catch(() => undefined);
  await waitOnExecutionContext(context).catch(() => undefined);
}

async function runCron(trouble?: Trouble) {
  const { bindings, seen } = mortalBindings(trouble);
  await invoke((context) => worker.scheduled({} as ScheduledController, bindings, context));
  return seen;
}

/** The part of cron that finds what is due, when all is well. */
async function findDue(): Promise<void> {
  const { bindings } = mortalBindings(undefined);
  await invoke((context) => sweep(createServices(bindings, context)));
}

/** The queue brings what it holds, and brings again what failed. */
async function runQueue(trouble?: Trouble) {
  const { bindings, seen } = mortalBindings(trouble);
  const messages = queued.splice(0).map((body, index) => ({
    id: String(index),
    timestamp: new Date(),
    body,
    attempts: 1,
    ack: () => undefined,
    retry: () => void queued.push(body),
  }));
  const batch = { queue: 'floe-work', messages, ackAll: () => undefined, retryAll: () => undefined };
  if (messages.length > 0)
    await invoke((context) =>
      worker.queue(batch as unknown as Parameters<typeof worker.queue>[0], bindings, context),
    );
  return seen;
}

/** Gives a purchase away, asking again as the kit does when there is no answer. */
async function give(body: object, trouble?: Trouble): Promise<string> {
  const options = {
    key: shop.secretKey,
    body,
    headers: { 'idempotency-key': 'one', 'cf-connecting-ip': '198.18.77.1' },
    bindings: { MAIL: { send: () => Promise.reject(new Error('no mail is sent by a request')) } },
  };
  const { call = 0, after = false, isCrash = false } = trouble ?? {};
  let answer = await requestInterrupted('POST', '/v1/gifts', options, trouble && { call, after }, isCrash);
  for (let tries = 0; answer.status !== 201 && tries < 4; tries++) {
    vi.setSystemTime(Date.now() + MINUTE);
    answer = await requestInterrupted('POST', '/v1/gifts', options, undefined);
  }
  expect(answer.status).toBe(201);
  expect(answer.body['claim_url']).toBeNull();
  return String(answer.body['id']);
}

const mailOf = async (id: string) => (await desk.show(shop, id)).body.mail;

const calls: readonly Pick<Trouble, 'place' | 'of' | 'call'>[] = [
  ...[1, 2, 3, 4].map((call) => ({ place: 'the request', of: 'DB', call }) as const),
  { place: 'cron', of: 'DB', call: 1 },
  { place: 'cron', of: 'WORK', call: 1 },
  ...[1, 2, 3, 4].map((call) => ({ place: 'the queue', of: 'DB', call }) as const),
  { place: 'the queue', of: 'MAIL', call: 1 },
];
const cases = calls.flatMap((which) =>
  [false, true].flatMap((after) =>
    // Whether a request that got no answer went on is seen by test/gateway/interrupted-calls.test.ts.
    (which.place === 'the request' ? [true] : [false, true]).map((isCrash): [string, Trouble] => [
      `in ${which.place} call ${which.call} of ${which.of} fails ${after ? 'after' : 'before'} it took effect${isCrash ? ', and the Worker dies' : ''}`,
      { ...which, after, isCrash },
    ]),
  ),
);

/** The invocation dies behind the mail, before it can note it. */
const diesBehindIt: Trouble = { place: 'the queue', of: 'DB', call: 4, after: false, isCrash: true };

describe('a gift’s mail', () => {
  test.each<[string, Trouble | undefined]>([['all is well', undefined], ...cases])(
    'goes out at its time with the one link that works: %s',
    async (_name, trouble) => {
      const at = (place: Trouble['place']) => (trouble?.place === place ? trouble : undefined);
      const { paymentId } = await seedBought(shop);
      const to = someone();
      const id = await give(
        { payment: paymentId, to_email: to, send_at: new Date(Date.now() + HOUR).toISOString() },
        at('the request'),
      );
      expect(await env.DB.prepare('select count(*) as n from gifts').first('n')).toBe(1);
      await findDue();
      await runQueue();
      expect([mails, queued]).toEqual([[], []]);

      vi.setSystemTime(Date.now() + HOUR);
      const seen = [await runCron(at('cron')), await runQueue(at('the queue'))];
      for (let minute = 0; (await mailOf(id))?.status !== 'sent'; minute++) {
        expect(minute, 'minutes that it takes').toBeLessThan(MAX_MINUTES);
        vi.setSystemTime(Date.now() + MINUTE);
        await findDue();
        await runQueue();
      }
      const failed = seen.find(({ hasFailed }) => hasFailed);
      expect(failed !== undefined).toBe(trouble !== undefined && trouble.place !== 'the request');
      // It may be sent twice only when nobody knows whether it went out.
      expect(mails.length).toBeLessThanOrEqual((failed?.sentBefore ?? 0) + 1);
      expect(mails.map((mail) => mail.to)).toEqual(mails.map(() => to));
      expect(new Set(mails.map(giftLinkIn)).size).toBe(1);

      // Nothing goes out any more, and the link works once.
      vi.setSystemTime(Date.now() + 24 * HOUR);
      const count = mails.length;
      await findDue();
      await runQueue();
      expect([mails.length, queued]).toEqual([count, []]);
      const link = giftLinkIn(mails[0]);
      expect(await desk.mayRead(shop, await desk.arrive(shop, await desk.accept(link)))).toBe(true);
      expect((await desk.accept(link)).status).toBe(409);
    },
  );

  test('that a message brings twice at once is sent once', async () => {
    const { paymentId } = await seedBought(shop);
    const id = await give({ payment: paymentId, to_email: someone() });
    queued = [
      { type: 'gift', giftId: id },
      { type: 'gift', giftId: id },
    ];
    const again = [...queued];
    await Promise.all([runQueue(), ((queued = again), runQueue())]);
    await runQueue();
    expect(mails).toHaveLength(1);
  });

  test('whose every invocation dies behind it goes out ever more seldom, and some times at most', async () => {
    const { paymentId } = await seedBought(shop);
    const id = await give({ payment: paymentId, to_email: someone() });
    const triesFor = async (steps: number, ms: number) => {
      for (let step = 0; step < steps; step++) {
        vi.setSystemTime(Date.now() + ms);
        queued = [{ type: 'gift', giftId: id }];
        await runQueue(diesBehindIt);
      }
      return mails.length;
    };
    expect(await triesFor(3, 5 * MINUTE)).toBeLessThanOrEqual(2);
    expect(await triesFor(12, 5 * MINUTE)).toBeLessThanOrEqual(4);
    await triesFor(15, 24 * HOUR);
    const count = mails.length;
    // Now that one lives, it gives up.
    vi.setSystemTime(Date.now() + 24 * HOUR);
    queued = [{ type: 'gift', giftId: id }];
    await runQueue();
    expect(mails).toHaveLength(count);
    expect(mails.length).toBeLessThanOrEqual(12);
    expect(new Set(mails.map(giftLinkIn)).size).toBe(1);
    expect(await mailOf(id)).toMatchObject({ status: 'failed', error: 'interrupted' });
  });

  test('whose note was lost counts as sent when its link is used', async () => {
    const { paymentId } = await seedBought(shop);
    const id = await give({ payment: paymentId, to_email: someone() });
    queued = [{ type: 'gift', giftId: id }];
    await runQueue(diesBehindIt);
    expect(mails).toHaveLength(1);
    expect(await mailOf(id)).toMatchObject({ status: 'waiting' });
    expect((await desk.accept(giftLinkIn(mails[0]))).status).toBe(200);
    expect(await mailOf(id)).toMatchObject({ status: 'sent' });
  });

  test('goes out when a payment that had failed is paid after all, and when a refund comes undone', async () => {
    const { paymentId } = await seedBought(shop);
    const id = await give({
      payment: paymentId,
      to_email: someone(),
      send_at: new Date(Date.now() + HOUR).toISOString(),
    });
    const pays = (status: string) =>
      env.DB.prepare('update payments set status = ? where id = ?').bind(status, paymentId).run();
    const later = async (ms: number) => {
      vi.setSystemTime(Date.now() + ms);
      await findDue();
      await runQueue();
    };
    await pays('failed');
    await later(HOUR);
    await pays('refunded');
    await later(6 * HOUR);
    expect(mails).toEqual([]);
    expect(await mailOf(id)).toMatchObject({ status: 'stopped' });
    await pays('succeeded');
    await later(24 * HOUR);
    expect(mails).toHaveLength(1);
  });

  test('is brought by a real queue', async () => {
    const sent = vi.spyOn(env.MAIL, 'send').mockImplementation(() => Promise.resolve({ messageId: 'x' }));
    const { paymentId } = await seedBought(shop);
    const id = await give({ payment: paymentId, to_email: someone() });
    await env.WORK.send({ type: 'gift', giftId: id } satisfies WorkMessage);
    await expect.poll(async () => (await mailOf(id))?.status, { timeout: 20_000 }).toBe('sent');
    expect(sent).toHaveBeenCalledTimes(1);
  });
});
