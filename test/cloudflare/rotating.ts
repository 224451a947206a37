import { expect, vi } from 'vitest';
import type { Stage } from './deployed.ts';

/* What tests of rotations share. */

/** The secrets of the Worker that runs. */
export function boundSecrets({ cloudflare }: Stage): Map<string, string> {
  const versions = cloudflare.account.scripts.get('floe')?.versions ?? [];
  return new Map(
    (versions.at(-1)?.bindings ?? [])
      .filter(({ type }) => type === 'secret_text')
      .map(({ name, text }) => [name, String(text)]),
  );
}

/** Runs `floe rotate`, saying yes. `now`: what it takes the time to be. */
export async function rotate(
  stage: Stage,
  args: string,
  now = Date.now(),
): Promise<{ status: string; come_back_at?: string }> {
  const ran = await stage.run(['rotate', ...args.split(' '), '--again', '--yes', '--json'], { now });
  expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining('error')]);
  return JSON.parse(ran.stdout) as { status: string; come_back_at?: string };
}

let products = 0;

/** Something happens at Polar, and the gateway hears of it. */
export async function expectHeard({ cloudflare, tokens }: Stage): Promise<void> {
  products += 1;
  const name = `quay:number-${products}`;
  const made = await cloudflare.fetch('https://sandbox-api.polar.sh/v1/products/', {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.sandbox}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, prices: [{ amount_type: 'fixed', price_amount: 500 }] }),
  });
  expect(made.status).toBe(201);
  const heard = `SELECT count(*) AS n FROM products WHERE name = '${name}'`;
  await vi.waitFor(
    async () => expect(await cloudflare.query('floe', heard)).toMatchObject([{ results: [{ n: 1 }] }]),
    { timeout: 20_000, interval: 100 },
  );
}
