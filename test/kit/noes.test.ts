import { describe, expect, test } from 'vitest';
import { openFloe } from '../../packages/kit/browser.ts';
import { openJar } from '../../packages/kit/cookies.ts';
import { createGate } from '../../packages/kit/gate.ts';
import { addSession, type KeptSession, writeSessions } from '../../packages/kit/gate-sessions.ts';
import { readSettings } from '../../packages/kit/gate-settings.ts';
import { weighNo } from '../../packages/kit/noes.ts';
import { withBatch } from './fake-batch.ts';
import { APP, GATEWAY, openFakeGateway, PUBLISHABLE_KEY, SECRET_KEY, sessionToken } from './fake-gateway.ts';
import { openFakeBrowser } from './fake-page.ts';

/* Somebody holds two sessions, and each hears another no. The gate and the page decide the same; forward-auth: test/access. */

const SITE = 'https://shop.example.com';
const RESOURCE = 'content:one';
/** From the heaviest on. What stands in one row weighs the same. */
const ORDER = [
  ['unavailable'],
  ['pending_payment'],
  ['revoked', 'expired'],
  ['not_granted', 'unknown_customer', 'unknown_resource'],
  ['no_session'],
];
const REASONS = ORDER.flat();
const rank = (reason: string | null) => ORDER.findIndex((row) => row.includes(reason ?? ''));

const pairs = REASONS.flatMap((a) => REASONS.map((b): [string, string] => [a, b])).filter(
  ([a, b]) => rank(a) !== rank(b),
);

async function open(reasons: readonly [string, string]) {
  const gateway = await openFakeGateway();
  const expiresAt = gateway.clock.now + 3_600_000;
  const sessions = reasons.map((reason, i) => {
    const letter = 'ab'[i] ?? '';
    // A session that nobody knows is none.
    return reason === 'no_session'
      ? sessionToken(letter)
      : gateway.signIn(letter, `customer-${letter}`, [], reason).token;
  });
  return { gateway, sessions, expiresAt };
}

describe('of two noes', () => {
  test.each(pairs)('%s and %s: the gate and the page say the heavier one', async (a, b) => {
    const heavier = rank(a) < rank(b) ? a : b;
    expect(weighNo(heavier)).toBeGreaterThan(weighNo(heavier === a ? b : a));

    const { gateway, sessions, expiresAt } = await open([a, b]);
    const gate = createGate({
      gateway: GATEWAY,
      app: APP,
      secretKey: SECRET_KEY,
      resource: RESOURCE,
      fetch: gateway.fetch,
      now: gateway.now,
    });
    const settings = readSettings({ gateway: GATEWAY, app: APP, secretKey: SECRET_KEY, resource: RESOURCE });
    const list = sessions.reduce<KeptSession[]>(
      (all, session) =>
        addSession(all, { session, proof: 'purchase', expiresAt: Math.floor(expiresAt / 1000) }),
      [],
    );
    const [cookie = ''] = writeSessions({ ...settings, now: gateway.now }, openJar(APP, false), list);
    const answer = await gate(
      new Request(`${SITE}/one`, { headers: { cookie: cookie.split(';', 1)[0] ?? '' } }),
    );
    expect(answer.decision.reason).toBe(heavier);

    const browser = openFakeBrowser();
    const kept = sessions.map((session) => ({ session, expiresAt, proof: 'purchase', token: null }));
    browser.kept.set(`floe:${APP}`, JSON.stringify({ version: 1, sessions: kept }));
    const floe = openFloe({
      gateway: GATEWAY,
      app: APP,
      publishableKey: PUBLISHABLE_KEY,
      page: browser.openTab(`${SITE}/one`),
      fetch: withBatch(gateway).fetch,
      now: gateway.now,
    });
    const watch = floe.access(RESOURCE);
    await watch.check();
    expect(watch.getState().reason).toBe(heavier);
  });

  test('a reason of tomorrow is a plain no', () => {
    expect(weighNo('of_tomorrow')).toBe(weighNo('not_granted'));
  });
});
