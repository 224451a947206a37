import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY, setStage, type Stage } from './deployed.ts';
import { startFloe, type Started } from './floe.ts';
import { boundSecrets, expectHeard } from './rotating.ts';
import type { Call } from './stand-in.ts';

/*
 * `floe rotate`, killed with all that it has started (SIGKILL to its process group) before a write was done, and after it was done and before anybody heard of it, then run
 * again until it ends. Before a write only with FLOE_RUNS=1000, for that is the easier half. Only in CI: test/floe/rotate kills the same at a modelled gateway, and in the hours behind the first step too.
 */
const MOST_RUNS = 40;
const isWhole = Number(process.env['FLOE_RUNS']) >= 1_000;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  expect(await stage.setUp()).toMatchObject({ code: 0 });
});
afterAll(() => stage.close());

/** Settings that held two values, one after the other, since `versions` versions. */
function replaced(since: number): string[] {
  const values = new Map<string, Set<unknown>>();
  for (const { bindings } of (stage.cloudflare.account.scripts.get('floe')?.versions ?? []).slice(since))
    for (const { type, name, text } of bindings)
      if (type === 'secret_text') values.set(name, (values.get(name) ?? new Set()).add(text));
  return [...values].filter(([, each]) => each.size > 1).map(([name]) => name);
}

const versions = () => stage.cloudflare.account.scripts.get('floe')?.versions.length ?? 0;
const settings = (prefix: string) =>
  [...boundSecrets(stage).keys()].filter((name) => name.startsWith(prefix)).toSorted();

/** Runs a rotation until it ends by itself, killed once at every kind of write. Gives what it printed at last. */
async function rotateThroughKills(args: string): Promise<{ printed: string; killed: ReadonlySet<string> }> {
  const { cloudflare } = stage;
  const killed = new Set<string>();
  let started: Started | undefined;
  const isKilledAt = (when: 'before' | 'after', { method, path, isWrite }: Call): boolean => {
    const moment = `${when} ${method} ${path}`;
    if (!isWrite || killed.has(moment) || (when === 'before' && !isWhole)) return false;
    killed.add(moment);
    started?.kill();
    return true;
  };
  cloudflare.before = (call) => (isKilledAt('before', call) ? 'cut' : undefined);
  cloudflare.after = (call) => void isKilledAt('after', call);
  try {
    for (let run = 0; ; run++) {
      expect(run).toBeLessThan(MOST_RUNS);
      started = startFloe(cloudflare, stage.home, ['rotate', ...args.split(' '), '--yes', '--json'], {
        env: { POLAR_SANDBOX_ACCESS_TOKEN: stage.tokens.sandbox },
      });
      const { code, stdout, stderr } = await started.ended;
      if (code === 0) return { printed: stdout, killed };
      expect([code, stderr]).toEqual([null, expect.not.stringContaining('error:')]);
    }
  } finally {
    cloudflare.before = undefined;
    cloudflare.after = undefined;
  }
}

test('the operator’s token, killed at its writes: the profile keeps one that the gateway takes', async () => {
  const before = versions();
  const { killed } = await rotateThroughKills('admin --again');
  expect(killed.size).toBeGreaterThan(isWhole ? 1 : 0);
  expect([settings('FLOE_ADMIN'), replaced(before)]).toEqual([['FLOE_ADMIN_TOKEN_2'], []]);
  expect((await stage.run(['apps', 'list'])).code).toBe(0);
  expect(await stage.readKept('profiles.json')).not.toContain('nextAdminToken');
  await expectHeard(stage);
});

test.each([
  ['signing --mode sandbox --again', 'FLOE_SANDBOX_SIGNING_KEYS'],
  ['encryption --again', 'FLOE_ENCRYPTION_KEYS'],
])('%s: the new value is there once, beside the old one', async (args, setting) => {
  const before = versions();
  const { printed, killed } = await rotateThroughKills(args);
  expect(killed.size).toBeGreaterThan(0);
  expect(JSON.parse(printed)).toMatchObject({ status: 'waiting' });
  expect([settings(setting), replaced(before)]).toEqual([[setting, `${setting}_2`], []]);
  await expectHeard(stage);
});

test('the webhook’s secret: what each endpoint at Polar signs with is known to the gateway', async () => {
  const { printed } = await rotateThroughKills('webhook --mode sandbox --again');
  expect(JSON.parse(printed)).toMatchObject({ status: 'waiting' });
  const answer = await stage.cloudflare.fetch('https://sandbox-api.polar.sh/v1/webhooks/endpoints', {
    headers: { authorization: `Bearer ${stage.tokens.sandbox}` },
  });
  const { items } = (await answer.json()) as { items: { secret: string }[] };
  const known = settings('POLAR_SANDBOX_WEBHOOK_SECRETS').map((name) => boundSecrets(stage).get(name));
  expect(items.map(({ secret }) => secret).toSorted()).toEqual(known.toSorted());
  await expectHeard(stage);
});

test('a key of an app: one more key, which is shown', async () => {
  const { printed } = await rotateThroughKills('app-key quay-sandbox');
  const { key } = JSON.parse(printed) as { key: string };
  const asked = await stage.cloudflare.fetch(`${GATEWAY}/v1/products`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(asked.status).toBe(200);
  const secret = "SELECT count(*) AS n FROM api_keys WHERE kind = 'secret' AND revoked_at IS NULL";
  expect(await stage.cloudflare.query('floe', secret)).toMatchObject([{ results: [{ n: 2 }] }]);
});
