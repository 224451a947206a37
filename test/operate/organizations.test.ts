import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { HealthView } from '../../src/operate/health.answers.ts';
import { call, createWorld, type World } from '../harness/harness.ts';

/* Health says whether a customer can have several subscriptions, and where that is changed. */

let world: World;
let hours = 200;
beforeEach(async () => {
  world = await createWorld();
  // What this isolate saw in the minute before is another test's.
  hours += 5;
  await world.advance(hours * 60 * 60_000);
});
afterEach(() => {
  vi.useRealTimers();
});

const health = async () => (await call<HealthView>('GET', '/health')).body;
const set = (isAllowed: boolean) =>
  world.polar('sandbox', 'PATCH', `/v1/organizations/${world.organizations.sandbox.id}`, {
    subscription_settings: { allow_multiple_subscriptions: isAllowed },
  });

it('warns while Polar allows one subscription, and is ready all the same', async () => {
  const { status, organizations, warnings = [] } = await health();
  expect(status).toBe('ready');
  expect(organizations).toEqual({
    live: { allow_multiple_subscriptions: false },
    sandbox: { allow_multiple_subscriptions: false },
  });
  expect(warnings.map(({ part }) => part)).toEqual(['polar.live', 'polar.sandbox']);
  expect(warnings[0]?.why).toContain('Allow multiple subscriptions');
});

it('hears of a change at once, and finds one that it did not hear of within an hour', async () => {
  await health();
  await set(true);
  await world.settle();
  const heard = await health();
  expect(heard.organizations.sandbox).toEqual({ allow_multiple_subscriptions: true });
  expect(heard.warnings?.map(({ part }) => part)).toEqual(['polar.live']);

  world.holdWebhooks = true;
  await set(false);
  await world.settle();
  await world.advance(61 * 60_000);
  expect((await health()).organizations.sandbox).toEqual({ allow_multiple_subscriptions: false });
});
