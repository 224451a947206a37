import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Context } from '../../../packages/floe/context.ts';
import { createBuildContext } from '../../../packages/floe/integration/build-context.ts';
import { checkDrift } from '../../../packages/floe/integration/check-drift.ts';
import { readSite } from '../../../packages/floe/integration/read-site.ts';
import { emptyFolder } from '../harness.ts';

/* A build that asks Polar, where Polar is not to be asked. */

const TOKEN = 'polar_oat_never_printed';
const ID = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';

async function check(fetch: typeof globalThis.fetch, signal = new AbortController().signal) {
  const cwd = await emptyFolder();
  await writeFile(path.join(cwd, 'floe.config.yaml'), 'product: quay\nplans: { monthly: { price: 500 } }\n');
  const lock = { product: 'quay', products: { 'quay:monthly': { sandbox: ID } } };
  await writeFile(path.join(cwd, 'floe.lock.json'), JSON.stringify(lock));
  const said: string[] = [];
  const context: Context = {
    ...createBuildContext(cwd, (line) => said.push(line), signal),
    env: { POLAR_SANDBOX_ACCESS_TOKEN: TOKEN },
    fetch,
    sleep: () => Promise.resolve(),
  };
  const { source } = await readSite(context, undefined, { base: '/', locales: [], routes: [] });
  const failure: unknown = await checkDrift(context, source, { check: 'polar', mode: 'sandbox' }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { said, message: failure instanceof Error ? failure.message : 'It is as Polar has it.' };
}

test('says that Polar cannot be reached, or has trouble', async () => {
  const away = () => Promise.reject(new TypeError('fetch failed'));
  expect((await check(away)).message).toBe('Polar could not be reached at https://sandbox-api.polar.sh.');
  const trouble = () => Promise.resolve(new Response(null, { status: 502 }));
  expect((await check(trouble)).message).toBe('Polar answers 502 at the moment.');
});

test('says that Polar asks to wait, and for how long', async () => {
  const busy = () => Promise.resolve(new Response(null, { status: 429, headers: { 'retry-after': '7' } }));
  expect((await check(busy)).said).toContain('Polar asks to wait 7 seconds.');
});

test('does not wait for ever', async () => {
  const build = new AbortController();
  const silent: typeof globalThis.fetch = (_input, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new Error('It ended.')));
      build.abort(new DOMException('It is over.', 'TimeoutError'));
    });
  expect((await check(silent, build.signal)).message).toBe('Polar (sandbox) has not answered in time.');
});

test('says nothing of the token that is refused', async () => {
  const refuse = () =>
    Promise.resolve(Response.json({ error: 'invalid_token', detail: TOKEN }, { status: 401 }));
  const { message, said } = await check(refuse);
  expect(message).not.toBe('It is as Polar has it.');
  expect([message, ...said].join('\n')).not.toContain(TOKEN);
});
