import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { createWorld, type World } from '../harness/harness.ts';
import {
  type Invocation,
  invoke,
  limitBindings,
  takeViolations,
  watchInvocations,
} from '../harness/platform-limits.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.createApp({ product: 'quay' });
});

describe('every invocation of the gateway is counted:', () => {
  const names = (seen: readonly Invocation[]) => seen.map(({ name }) => name);

  it('requests and queue batches', async () => {
    const seen = await watchInvocations(async () => {
      await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
      await world.settle();
    });
    expect(names(seen)).toContain('POST /webhooks/polar');
    expect(seen.every(({ d1Statements }) => d1Statements > 0)).toBe(true);
    const queued = await watchInvocations(async () => {
      await env.WORK.sendBatch([{ body: { type: 'reconcile', runId: 'rec_none' } }]);
      await scheduler.wait(500);
    });
    expect(names(queued)).toContain('floe-work: reconcile');
  });

  it('the cron and RPC', async () => {
    const seen = await watchInvocations(async () => {
      const context = createExecutionContext();
      await worker.scheduled({} as ScheduledController, env, context);
      await waitOnExecutionContext(context);
      const access = exports.FloeAccess({ props: { app: 'quay-sandbox' } });
      await access.check({ customer: 'external:nobody', resource: 'plan:quay:monthly' });
    });
    expect(names(seen)).toEqual(['cron', 'FloeAccess.check']);
    expect(seen.every(({ d1Statements }) => d1Statements > 0)).toBe(true);
  });
});

describe('what goes past a limit of the platform fails, also when somebody catches it:', () => {
  const { DB, WORK, ENTITLEMENTS } = limitBindings(env);
  const one = () => DB.prepare('select 1');

  it.each<[string, () => Promise<unknown>]>([
    ['statements of D1', () => DB.batch(Array.from({ length: 1_001 }, one))],
    ['parameters of a statement', async () => one().bind(...Array.from({ length: 101 }, () => 1))],
    ['a statement’s length', async () => DB.prepare(`select '${'x'.repeat(100_001)}'`)],
    ['a value’s size', async () => one().bind('x'.repeat(1_000_001))],
    [
      'messages at once',
      () => WORK.sendBatch(Array.from({ length: 101 }, () => ({ body: { type: 'reconcile', runId: '' } }))),
    ],
    ['a message’s size', () => WORK.sendBatch([{ body: { type: 'reconcile', runId: 'x'.repeat(128_001) } }])],
    [
      'writes of one key',
      async () => {
        await ENTITLEMENTS.put('platform-limits', '1');
        await ENTITLEMENTS.put('platform-limits', '2');
      },
    ],
  ])('%s', async (_name, run) => {
    await invoke('a test', async () => {
      try {
        await run();
      } catch {
        // A flow would log this and go on.
      }
    });
    expect(takeViolations()).toHaveLength(1);
  });

  it('the seventh connection waits for one of six', async () => {
    const [invocation] = await watchInvocations(() =>
      invoke('a test', () =>
        Promise.all(Array.from({ length: 9 }, () => ENTITLEMENTS.get('platform-limits'))),
      ),
    );
    expect(invocation).toMatchObject({ kvOperations: 9, mostConnections: 9, open: 0 });
  });
});
