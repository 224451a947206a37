import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/tell/deliveries/deliver.ts';
import { sweep } from '../../src/sweep.ts';
import type { Services } from '../../src/base/services.ts';
import {
  changeEndpoint,
  createEndpoint,
  elapse,
  HOOK,
  HOUR,
  makeApp,
  makeEvent,
  makeServices,
  MINUTE,
  readDelivery,
  readEndpoint,
  receive,
  runQueue,
  SECOND,
  seen,
  startAtNoon,
  tell,
} from './forwarding.ts';

/* One delivery that the gateway itself cannot send keeps no other from arriving, once, and from being recorded. */

let services: Services;

startAtNoon();
beforeEach(() => {
  services = makeServices();
  receive(() => new Response());
});

/** An event that was told when another list was in force, and whose body is no JSON: reading it throws. */
async function breakEventOf(deliveryId: string): Promise<void> {
  await env.DB.prepare(
    "update events set body = '{', passed_on = 0 where id = (select event_id from deliveries where id = ?)",
  )
    .bind(deliveryId)
    .run();
}

const tellSome = async (app: Parameters<typeof makeEvent>[0], count: number) =>
  tell(Array.from({ length: count }, () => makeEvent(app)));
const countSent = () => {
  const ids = seen.sent.map(({ headers }) => headers.get('webhook-id'));
  return { sent: ids.length, different: new Set(ids).size };
};
const readStatuses = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await readDelivery(id)).delivery.status));

/** Minutes go by: the queue brings what is due, and the sweep runs. */
async function live(minutes: number): Promise<void> {
  for (let i = 0; i < minutes; i++) {
    const next = Date.now() + MINUTE;
    await sweep(services);
    await runQueue(services, MINUTE);
    elapse(next - Date.now());
  }
}

describe('a delivery that cannot be sent', () => {
  test('fails alone: the others of its batch arrive once, also for the same endpoint', async () => {
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const neighbour = await makeApp();
    await createEndpoint(neighbour, { url: `${HOOK}/neighbour` });
    const [broken = '', ...rest] = [...(await tellSome(app, 3)), ...(await tellSome(neighbour, 3))];
    await breakEventOf(broken);
    await deliver(services, [broken, ...rest]);
    expect(await readStatuses(rest)).toEqual(Array(5).fill('succeeded'));
    expect(countSent()).toEqual({ sent: 5, different: 5 });
    // It failed, by its schedule, for a reason that its app can read, and that is not held against the endpoint.
    const { delivery, attempts } = await readDelivery(broken);
    expect(delivery).toMatchObject({ status: 'pending', attempts: 1, leaseToken: null });
    expect(attempts).toMatchObject([{ status: null, error: 'gateway_error' }]);
    expect(await readEndpoint(endpoint.id)).toMatchObject({ failures: 0, failingSince: null, isSlow: false });
    await live(10);
    expect(countSent()).toEqual({ sent: 5, different: 5 });
    expect((await readDelivery(broken)).delivery.attempts).toBeLessThan(6);
  });

  test('is sent when what kept it from being sent is mended, and given up after the schedule else', async () => {
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const [broken = '', hopeless = ''] = await tellSome(app, 2);
    const eventId = (await readDelivery(broken)).delivery.eventId;
    const whole = await env.DB.prepare('select body from events where id = ?')
      .bind(eventId)
      .first<string>('body');
    await breakEventOf(broken);
    await breakEventOf(hopeless);
    await deliver(services, [broken, hopeless]);
    await env.DB.prepare('update events set body = ? where id = ?').bind(whole, eventId).run();
    await runQueue(services, 10 * SECOND);
    expect(await readStatuses([broken, hopeless])).toEqual(['succeeded', 'pending']);
    for (let hours = 0; hours < 80; hours++) {
      elapse(HOUR);
      await sweep(services);
      await runQueue(services);
    }
    expect(await readStatuses([hopeless])).toEqual(['failed']);
    // Days of it are no fault of the endpoint's.
    expect(await readEndpoint(endpoint.id)).toMatchObject({
      failures: 0,
      failingSince: null,
      warnedAt: null,
    });
    expect(countSent()).toEqual({ sent: 1, different: 1 });
  });

  test('does not take the places of what comes after it, however many there are', async () => {
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    const broken = await tellSome(app, 30);
    for (const id of broken) await breakEventOf(id);
    const good = await tellSome(app, 3);
    await live(3);
    expect(await readStatuses(good)).toEqual(Array(3).fill('succeeded'));
    expect(countSent()).toEqual({ sent: 3, different: 3 });
  });

  test('is given up like any other by an endpoint that catches up in order, and what arrived before it stays recorded', async () => {
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const ids = await tellSome(app, 4);
    const [, , broken = '', last = ''] = ids;
    await breakEventOf(broken);
    await changeEndpoint(endpoint.id, { catchUpTo: 4 });
    await live(20);
    expect(await readStatuses(ids)).toEqual(['succeeded', 'succeeded', 'pending', 'succeeded']);
    expect(countSent()).toEqual({ sent: 3, different: 3 });
    expect((await readDelivery(last)).delivery.attempts).toBe(1);
  });

  test('when its endpoint’s older secrets cannot be read, waits; the others arrive once', async () => {
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const neighbour = await makeApp();
    await createEndpoint(neighbour, { url: `${HOOK}/neighbour` });
    const [stuck = '', ...rest] = [...(await tellSome(app, 1)), ...(await tellSome(neighbour, 3))];
    await env.DB.prepare("update endpoints set previous_secrets = '[' where id = ?").bind(endpoint.id).run();
    await deliver(services, [stuck, ...rest]);
    await runQueue(services, MINUTE);
    expect(await readStatuses([stuck, ...rest])).toEqual(['pending', ...Array<string>(3).fill('succeeded')]);
    expect(countSent()).toEqual({ sent: 3, different: 3 });
  });
});
