import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WorkMessage } from '../../src/base/messages.ts';
import { drainMessage } from '../../src/base/messages.ts';
import {
  changeEndpoint,
  consume,
  createEndpoint,
  HOOK,
  makeApp,
  makeDelivery,
  makeEvent,
  makeServices,
  readDelivery,
  receive,
  runQueue,
  SECOND,
  seen,
  startAtNoon,
  tell,
} from './forwarding.ts';

/* Receivers that take requests and do not answer: nobody else waits for them (ADR 69). */

startAtNoon();

let letGo = () => {};
afterEach(() => letGo());

/** Receivers at `…/hangs…` answer when they are let go of, the others at once. */
function receiveAndHang(): void {
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  receive(async (request) => {
    if (request.url.includes('hangs')) await gate;
    return new Response();
  });
}

const statusOf = async (id: string) => (await readDelivery(id)).delivery.status;
const arrives = (id: string) =>
  vi.waitFor(async () => expect(await statusOf(id)).toBe('succeeded'), { timeout: 3_000 });
const wake = (...ids: string[]): WorkMessage => ({ type: 'deliver', deliveryIds: ids });

/** Whether it is over within the time that a batch may be held up. */
async function isOverSoon(work: Promise<void>): Promise<boolean> {
  return Promise.race([work.then(() => true), scheduler.wait(2_500).then(() => false)]);
}

describe('a receiver that hangs', () => {
  test('holds its batch for a second, and its attempt is recorded when it ends', async () => {
    receiveAndHang();
    const stuck = await makeDelivery(`${HOOK}/hangs`);
    const other = await makeDelivery(`${HOOK}/quick`);
    const batch = consume(makeServices(), [wake(stuck.id), wake(other.id)], 'main');
    expect(await isOverSoon(batch)).toBe(true);
    await arrives(other.id);
    // Nobody else sends it meanwhile.
    await consume(makeServices(), [wake(stuck.id)], 'main');
    expect(seen.sent.map(({ url }) => url).toSorted()).toEqual([`${HOOK}/hangs`, `${HOOK}/quick`]);
    expect(await readDelivery(stuck.id)).toMatchObject({ delivery: { status: 'pending' }, attempts: [] });
    letGo();
    await arrives(stuck.id);
    expect((await readDelivery(stuck.id)).attempts).toHaveLength(1);
  });

  test('does not keep the queue’s next batch from being sent', async () => {
    receiveAndHang();
    const stuck = await makeDelivery(`${HOOK}/hangs`);
    const other = await makeDelivery(`${HOOK}/quick`);
    await env.WORK.send(wake(stuck.id));
    await vi.waitFor(() => expect(seen.sent).toHaveLength(1), { timeout: 5_000 });
    await env.WORK.send(wake(other.id));
    await arrives(other.id);
    expect(await statusOf(stuck.id)).toBe('pending');
    letGo();
    await arrives(stuck.id);
  });

  test('on all connections of a batch: what has none is given back at once, and is sent by another', async () => {
    receiveAndHang();
    const others = await Promise.all(Array.from({ length: 5 }, (_, i) => makeDelivery(`${HOOK}/hangs-${i}`)));
    const app = await makeApp();
    await createEndpoint(app, { url: `${HOOK}/hangs`, events: ['payment.succeeded'] });
    const quick = await createEndpoint(app, { url: `${HOOK}/quick`, events: ['refund.created'] });
    const [sixth = ''] = await tell([makeEvent(app)]);
    // By its sequence it comes after the others of its batch, which have taken all connections by then.
    const [late = ''] = await tell([makeEvent(app, 'refund.created')]);
    const stuck = [...others.map(({ id }) => id), sixth];
    expect(await isOverSoon(consume(makeServices(), [wake(...stuck, late)], 'main'))).toBe(true);
    const handedOn = { lane: 'main', message: drainMessage(quick.id), delaySeconds: 0 };
    await vi.waitFor(() => expect(seen.woken).toEqual([handedOn]), { timeout: 3_000 });
    await runQueue(makeServices());
    await arrives(late);
    expect(seen.sent).toHaveLength(7);
    letGo();
    for (const id of stuck) await arrives(id);
  });

  test('on all connections of a batch does not end the chain of an endpoint that answers', async () => {
    receiveAndHang();
    const stuck = await Promise.all(Array.from({ length: 7 }, (_, i) => makeDelivery(`${HOOK}/hangs-${i}`)));
    const app = await makeApp();
    const quick = await createEndpoint(app, { url: `${HOOK}/quick` });
    const ids = await tell(Array.from({ length: 30 }, () => makeEvent(app)));
    const work = [wake(...stuck.map(({ id }) => id)), drainMessage(quick.id)];
    expect(await isOverSoon(consume(makeServices(), work, 'main'))).toBe(true);
    // Its step was given back unsent. The chain goes on when a connection may be free.
    await vi.waitFor(
      () =>
        expect(seen.woken).toContainEqual(
          expect.objectContaining({
            message: expect.objectContaining({ type: 'drain', endpointId: quick.id }),
          }),
        ),
      { timeout: 3_000 },
    );
    letGo();
    await runQueue(makeServices(), 10 * SECOND);
    for (const id of ids) await arrives(id);
  });

  test('gets no more than the connections of one batch; the rest follows later', async () => {
    receiveAndHang();
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: `${HOOK}/hangs` });
    const ids = await tell(Array.from({ length: 10 }, () => makeEvent(app)));
    expect(await isOverSoon(consume(makeServices(), [wake(...ids)], 'main'))).toBe(true);
    const rest = { lane: 'main', message: drainMessage(endpoint.id), delaySeconds: 5 };
    await vi.waitFor(() => expect(seen.woken).toEqual([rest]), { timeout: 3_000 });
    expect(seen.sent).toHaveLength(6);
    letGo();
    await runQueue(makeServices(), 5 * SECOND);
    for (const id of ids) await arrives(id);
    expect(seen.sent).toHaveLength(10);
  });

  test('while it catches up holds its chain, and not the batch of its chain', async () => {
    receiveAndHang();
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: `${HOOK}/hangs` });
    const ids = await tell(Array.from({ length: 3 }, () => makeEvent(app)));
    await changeEndpoint(endpoint.id, { catchUpTo: 3 });
    const other = await makeDelivery(`${HOOK}/quick`);
    const batch = consume(makeServices(), [drainMessage(endpoint.id), wake(other.id)], 'main');
    expect(await isOverSoon(batch)).toBe(true);
    await arrives(other.id);
    expect(seen.sent.filter(({ url }) => url.endsWith('hangs'))).toHaveLength(1);
    letGo();
    for (const id of ids) await arrives(id);
    const numbers = seen.sent
      .filter(({ url }) => url.endsWith('hangs'))
      .map(({ body }) => (JSON.parse(body) as { data: { sequence: number } }).data.sequence);
    expect(numbers).toEqual([1, 2, 3]);
  });
});
