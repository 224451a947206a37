import { afterAll, beforeAll, expect, test } from 'vitest';
import { callJson } from '../../cli/local/http.ts';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runFloe } from './harness.ts';
import { type RunningGateway, startGateway } from './running-gateway.ts';

/* With all of npm start. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
}, 300_000);
afterAll(() => gateway.close());

// This machine's clock, since the answers are of now.
const doctor = (...args: string[]) => runFloe(['doctor', ...args], { ...gateway.beside, now: Date.now() });

test('npm start is well, and what does not apply on this machine is said', async () => {
  const { code, stdout, stderr } = await doctor();
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(/All \d+ checks passed\.$/m);
  expect(stderr.match(/Not looked for.*/g)).toEqual([
    'Not looked for: mail_domain_unusable. On a developer’s machine mail is kept for the demo shop to show, and not sent.',
  ]);
});

test('a webhook endpoint that Polar has disabled is found, and mended by --fix', async () => {
  const dev = JSON.parse(await readFile(path.join(gateway.beside.cwd, '.floe', 'dev.json'), 'utf8')) as {
    polar: { access_token: string };
  };
  const endpoints = `${gateway.urls.polar}/v1/webhooks/endpoints`;
  const token = dev.polar.access_token;
  const { items } = (await callJson('GET', endpoints, token)) as { items: { id: string }[] };
  await callJson('PATCH', `${endpoints}/${items[0]?.id}`, token, { enabled: false });
  const found = await doctor('--quiet');
  expect([found.code, found.stdout]).toEqual([
    1,
    expect.stringContaining('polar_endpoint_disabled (sandbox)'),
  ]);
  const mended = await doctor('--fix');
  expect([mended.code, mended.stdout]).toEqual([0, '']);
  expect(mended.stderr).toContain('mended polar_endpoint_disabled: Polar’s webhook endpoint is registered');
  expect((await doctor()).code).toBe(0);
});

test('a gateway under a name of its own that it does not serve', async () => {
  const other = gateway.urls.gateway.replace('127.0.0.1', 'localhost');
  const { code, stdout } = await runFloe(['doctor'], {
    ...gateway.beside,
    now: Date.now(),
    env: { FLOE_GATEWAY: other, FLOE_ADMIN_TOKEN: 'any' },
  });
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining(`This gateway answers at ${gateway.urls.gateway} only.`),
  ]);
});
