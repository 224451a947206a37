import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFloe } from './harness.ts';
import { type RunningGateway, startGateway } from './running-gateway.ts';

/* With a real gateway: what examples cannot show. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
}, 60_000);
afterAll(() => gateway.close());

const run = (...args: string[]) => runFloe(args, gateway.beside);

test('the apps of npm start, and their endpoints', async () => {
  const list = await run('apps', 'list', '--json');
  expect(list.stderr).toContain(`Using the gateway of npm start, ${gateway.urls.gateway}`);
  expect(
    JSON.parse(list.stdout)
      .data.map(({ slug }: { slug: string }) => slug)
      .toSorted(),
  ).toEqual(['atlas-sandbox', 'quay-sandbox']);
  const shown = await run('apps', 'show', 'quay-sandbox');
  expect(shown.stdout).toMatch(/^product +quay$/m);
  const unnamed = await run('endpoints', 'list');
  expect([unnamed.code, unnamed.stderr]).toEqual([
    2,
    expect.stringContaining('--app quay-sandbox or --app atlas-sandbox'),
  ]);
  expect((await run('endpoints', 'list', '--app', 'quay-sandbox')).stdout).toMatch(/^ep_\w{26} {2}http/m);
});

test('an app that is not there, and a token that is none', async () => {
  const nope = await run('apps', 'show', 'nope-sandbox');
  expect([nope.code, nope.stdout]).toEqual([4, '']);
  expect(nope.stderr).toMatch(/error: .* \(not_found\)\n {2}request \S+/);
  const env = { FLOE_GATEWAY: gateway.urls.gateway, FLOE_ADMIN_TOKEN: 'nobody-has-given-this-token' };
  const refused = await runFloe(['apps', 'list'], { ...gateway.beside, env });
  expect(refused.code).toBe(3);
  expect(refused.stderr).not.toContain(env.FLOE_ADMIN_TOKEN);
});
