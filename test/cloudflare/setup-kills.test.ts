import { parseEnv } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { setStage, type Stage } from './deployed.ts';
import { startFloe, type Started } from './floe.ts';
import type { Call } from './stand-in.ts';

/*
 * `floe setup`, killed with all that it has started (SIGKILL to its process group) before a write was done, and after it was done and before anybody heard
 * of it. One gateway comes of it, as if nothing had happened. In CI every kind of write is killed after it was done, which is the harder half; with
 * FLOE_RUNS=1000 before it as well; always only those that matter most.
 */
const ALWAYS = [
  'after POST /accounts/:id/d1/database',
  'after PUT /accounts/:id/workers/scripts/floe',
  'after POST /v1/webhooks/endpoints',
  'after POST /admin/apps',
  'before POST /webhooks/polar',
];
const isInCi = process.env['FLOE_CI'] === '1';
const isWhole = Number(process.env['FLOE_RUNS']) >= 1_000;
/** More runs than there are writes to kill. */
const MOST_RUNS = 100;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

function start(): Started {
  return startFloe(
    stage.cloudflare,
    stage.home,
    [
      'setup',
      '--mode',
      'sandbox',
      '--app',
      'quay',
      '--callback',
      'https://quay.example.com/welcome',
      '--yes',
      '--release',
      inject('release'),
    ],
    { env: { POLAR_SANDBOX_ACCESS_TOKEN: stage.tokens.sandbox } },
  );
}

/** What is written, whatever its id. */
const kindOf = ({ method, path }: Call) =>
  `${method} ${path.replace('/client/v4', '').replaceAll(/[\da-f]{8}-[\da-f-]{27}|[\da-f]{32}|key_\w+/g, ':id')}`;

test(
  'killed at every write it converges: nothing is twice, and no secret is another',
  { timeout: 600_000 },
  async () => {
    const { cloudflare } = stage;
    const killed = new Set<string>();
    let started: Started | undefined;
    const isKilledAt = (when: 'before' | 'after', call: Call): boolean => {
      const moment = `${when} ${kindOf(call)}`;
      if (
        !call.isWrite ||
        killed.has(moment) ||
        !(isWhole || (isInCi && when === 'after') || ALWAYS.includes(moment))
      )
        return false;
      killed.add(moment);
      started?.kill();
      return true;
    };
    cloudflare.before = (call) => (isKilledAt('before', call) ? 'cut' : undefined);
    cloudflare.after = (call) => void isKilledAt('after', call);

    let made: string | undefined;
    for (let run = 0; ; run++) {
      expect(run).toBeLessThan(MOST_RUNS);
      started = start();
      const { code, stderr } = await started.ended;
      // Once written down, what was made here stays.
      const secrets = await stage.readKept('deployments/main/secrets.json').catch(() => undefined);
      made ??= secrets;
      expect(secrets).toBe(made);
      if (code === 0) break;
      expect([code, stderr]).toEqual([null, expect.not.stringContaining('error:')]);
    }
    expect([...killed]).toEqual(expect.arrayContaining(ALWAYS));

    const { account } = cloudflare;
    expect(account.databases.map(({ name }) => name)).toEqual(['floe']);
    expect(account.namespaces.map(({ title }) => title)).toEqual(['floe-entitlements']);
    expect(account.queues.map(({ name, consumers }) => [name, consumers.length]).toSorted()).toEqual([
      ['floe-dead', 1],
      ['floe-work', 1],
      ['floe-work-slow', 1],
    ]);
    expect([...account.scripts.keys()]).toEqual(['floe']);
    const everBound = new Map<string, Set<unknown>>();
    for (const { bindings } of account.scripts.get('floe')?.versions ?? [])
      for (const { type, name, text } of bindings)
        if (type === 'secret_text') everBound.set(name, (everBound.get(name) ?? new Set()).add(text));
    expect([...everBound].filter(([, values]) => values.size > 1)).toEqual([]);
    const endpoints = await cloudflare.fetch('https://sandbox-api.polar.sh/v1/webhooks/endpoints', {
      headers: { authorization: `Bearer ${stage.tokens.sandbox}` },
    });
    expect(await endpoints.json()).toMatchObject({ items: [{}] });
    const count = async (of: string) =>
      Object.values(
        (
          (await cloudflare.query('floe', `SELECT count(*) FROM ${of}`))[0] as {
            results: [Record<string, number>];
          }
        ).results[0],
      )[0];
    expect(await count('apps')).toBe(1);
    expect(await count('api_keys WHERE revoked_at IS NULL')).toBe(2);
    expect(await count("polar_events WHERE webhook_id LIKE 'setup_%'")).toBe(1);

    // The keys that were written are those that work.
    const keys = parseEnv(await stage.readKept('deployments/main/quay-sandbox.env'));
    const asApp = await cloudflare.fetch(`${keys['FLOE_GATEWAY']}/v1/products`, {
      headers: { authorization: `Bearer ${keys['FLOE_SECRET_KEY']}` },
    });
    expect(asApp.status).toBe(200);

    cloudflare.forget();
    const { code } = await start().ended;
    expect([code, cloudflare.writes]).toEqual([0, []]);
  },
);
