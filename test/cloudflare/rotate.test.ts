import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY, setStage, type Stage } from './deployed.ts';
import { boundSecrets, expectHeard, rotate } from './rotating.ts';

/*
 * `floe rotate` by the real wrangler, at a gateway that runs: each secret is another one afterwards, and what Polar sends meanwhile arrives. That each rotation can be
 * killed anywhere, and what holds in its hours, is tested in test/floe/rotate.
 */

const HOUR = 3_600_000;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  expect(await stage.setUp()).toMatchObject({ code: 0 });
});
afterAll(() => stage.close());

test('the operator’s token: the profile and the copy have the new one, and the old one is refused', async () => {
  const before = boundSecrets(stage).get('FLOE_ADMIN_TOKEN') ?? '';
  expect(await rotate(stage, 'admin')).toMatchObject({ status: 'done' });
  const after = boundSecrets(stage).get('FLOE_ADMIN_TOKEN_2') ?? '';
  expect([boundSecrets(stage).has('FLOE_ADMIN_TOKEN'), after === before]).toEqual([false, false]);
  const { profiles } = JSON.parse(await stage.readKept('profiles.json')) as {
    profiles: Record<string, { adminToken: string; nextAdminToken?: string }>;
  };
  expect(profiles['main']).toMatchObject({ adminToken: after });
  expect(profiles['main']).not.toHaveProperty('nextAdminToken');
  const copy = JSON.parse(await stage.readKept('deployments/main/secrets.json')) as Record<string, string>;
  expect([copy['FLOE_ADMIN_TOKEN'], copy['FLOE_ADMIN_TOKEN_2']]).toEqual([undefined, after]);
  const old = await stage.cloudflare.fetch(`${GATEWAY}/admin/apps`, {
    headers: { authorization: `Bearer ${before}` },
  });
  expect(old.status).toBe(401);
  expect((await stage.run(['apps', 'list'])).code).toBe(0);
  // Setting up again makes no token beside it.
  expect(await stage.setUp()).toMatchObject({ code: 0 });
  expect([...boundSecrets(stage).keys()].filter((name) => name.startsWith('FLOE_ADMIN'))).toEqual([
    'FLOE_ADMIN_TOKEN_2',
  ]);
});

test('the webhook’s secret: a second endpoint takes over, and nothing is lost on the way', async () => {
  await expectHeard(stage);
  expect(await rotate(stage, 'webhook --mode sandbox')).toMatchObject({ status: 'waiting' });
  await expectHeard(stage);
  expect(await rotate(stage, 'webhook --mode sandbox')).toMatchObject({ status: 'waiting' });
  expect(await rotate(stage, 'webhook --mode sandbox', Date.now() + HOUR)).toMatchObject({ status: 'done' });
  expect([...boundSecrets(stage).keys()].filter((name) => name.startsWith('POLAR_SANDBOX_WEBHOOK'))).toEqual([
    'POLAR_SANDBOX_WEBHOOK_SECRETS_2',
  ]);
  await expectHeard(stage);
  const failed = await stage.cloudflare.fetch(
    'https://sandbox-api.polar.sh/v1/webhooks/deliveries?succeeded=false',
    {
      headers: { authorization: `Bearer ${stage.tokens.sandbox}` },
    },
  );
  expect(await failed.json()).toMatchObject({ items: [] });
});

test('a key of an app: the new one works at once, the old one until its end, and a run that is repeated shows the same', async () => {
  const ask = (key: string) =>
    stage.cloudflare.fetch(`${GATEWAY}/v1/products`, { headers: { authorization: `Bearer ${key}` } });
  const run = async () =>
    JSON.parse((await stage.run(['rotate', 'app-key', 'quay-sandbox', '--json'])).stdout) as {
      key: string;
      old_expires_at: string;
    };
  const made = await run();
  expect((await ask(made.key)).status).toBe(200);
  expect(Date.parse(made.old_expires_at) - Date.now()).toBeGreaterThan(23 * HOUR);
  expect(await run()).toEqual(made);
});
