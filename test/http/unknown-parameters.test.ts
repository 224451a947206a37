import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import { readsQuery } from '../../src/http/route.ts';
import { routeDocs } from '../../src/index.docs.ts';
import { call, createWorld, ORIGIN, type TestApp } from '../harness/harness.ts';

/* A filter with a slip in its name must not answer with everything. */

let app: TestApp;
let session: string;
beforeEach(async () => {
  const world = await createWorld();
  app = await world.createApp({ product: 'quay' });
  const vouched = await call<{ session: string }>('POST', '/v1/sessions', {
    key: app.secretKey,
    body: { external_id: 'user-1' },
  });
  session = vouched.body.session;
});

/** What the contract describes below /v1 and /admin that is read by GET: lists and single things alike. */
const READ = routeDocs
  .map(([route]) => route)
  .filter((route) => route.method === 'get' && /^\/(v1|admin)\//.test(route.path));

test('are lists of every kind', () => {
  const paths = READ.map(({ path }) => path);
  for (const path of ['/v1/payments', '/v1/events', '/v1/subscriptions', '/v1/deliveries', '/admin/apps'])
    expect(paths).toContain(path);
  expect(READ.filter((route) => !readsQuery(route))).toEqual([]);
});

test.each(READ.map((route) => [route.path, route] as const))(
  'GET %s refuses a parameter that it does not know',
  async (path, route) => {
    const takes = (kind: string) => route.auth.length === 0 || route.auth.some((each) => each === kind);
    const isForBrowsers = !takes('secret') && takes('publishable');
    const key = takes('operator') ? env.FLOE_ADMIN_TOKEN : takes('secret') ? app.secretKey : session;
    const address = path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000000');
    const answer = await call<{ code: string; errors: { path: string }[] }>('GET', `${address}?nonsense=1`, {
      key: isForBrowsers ? app.publishableKey : key,
      headers: isForBrowsers ? { origin: ORIGIN } : {},
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    expect(answer.body.errors.map((error) => error.path)).toContain('query.nonsense');
  },
);
