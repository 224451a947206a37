import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY, setStage, type Stage } from './deployed.ts';
import { boundSecrets, expectHeard, rotate } from './rotating.ts';

/* Keys with phases, by the real wrangler. It takes a minute, so it runs in CI only: what always runs is test/cloudflare/rotate.test.ts and test/floe/rotate. */

const HOUR = 3_600_000;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  expect(await stage.setUp()).toMatchObject({ code: 0 });
});
afterAll(() => stage.close());

test('a signing key in an emergency, and one with all its phases', async () => {
  const keySet = async () => {
    const answer = await stage.cloudflare.fetch(`${GATEWAY}/sandbox/.well-known/jwks.json`);
    const { keys }: { keys: { kid: string }[] } = JSON.parse(await answer.text());
    return keys.map(({ kid }) => kid);
  };
  const [first] = await keySet();
  expect(await rotate(stage, 'signing --mode sandbox --emergency')).toMatchObject({ status: 'done' });
  const [second, ...none] = await keySet();
  expect(none).toEqual([]);
  expect(second).not.toBe(first);
  const waiting = await rotate(stage, 'signing --mode sandbox');
  expect(waiting.status).toBe('waiting');
  expect(Date.parse(waiting.come_back_at ?? '') - Date.now()).toBeGreaterThan(2 * HOUR);
  expect(await keySet()).toHaveLength(2);
  await expectHeard(stage);
});

test('an encryption key is added, and encrypts later', async () => {
  expect(await rotate(stage, 'encryption')).toMatchObject({ status: 'waiting' });
  expect(
    [...boundSecrets(stage).keys()].filter((name) => name.startsWith('FLOE_ENCRYPTION')).toSorted(),
  ).toEqual(['FLOE_ENCRYPTION_KEYS', 'FLOE_ENCRYPTION_KEYS_2']);
  await expectHeard(stage);
});
