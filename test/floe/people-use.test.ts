import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { callJson } from '../../cli/local/http.ts';
import { openShop, pay, type Shop } from './shop.ts';
import { createSteady } from './steady.ts';

/* What people type about licences, grants, gifts and "why" beside a real gateway, and what a terminal of 80 columns then shows. */

const SOON = { timeout: 30_000, interval: 200 };

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
}, 300_000);
afterAll(() => shop.close());

const list = async <Row>(...args: string[]) => (await shop.json<{ data: Row[] }>(...args)).data;

const golden = (name: string, shown: string[]) =>
  expect(createSteady()(shown.join('\n'))).toMatchFileSnapshot(`golden/people/${name}.txt`);

test('a licence key is found, checked, changed, and a machine of it is removed', async () => {
  const { show, buy, json, run, env, gateway } = shop;
  const none = await show('licences list');
  await buy('tides', 'mira@floe-mail.dev', '--external-id', 'user-1');
  const ofUser = ['licences', 'list', '--customer', 'external:user-1'];
  const id = await vi.waitFor(async () => {
    const [found] = await list<{ id: string }>(...ofUser);
    if (!found) throw new Error('It is not there yet.');
    return found.id;
  }, SOON);
  const { key } = await json<{ key: string }>('licences', 'show', id, '--reveal');
  const activated = await callJson(
    'POST',
    `${gateway.urls.gateway}/v1/license-keys/activate`,
    env.FLOE_SECRET_KEY,
    {
      key,
      label: 'The harbour office',
    },
  );
  const { id: machine } = Object(activated['activation']);
  const check = async (...more: string[]) =>
    run(['licences', 'validate', '--stdin', '--max-age', '0', ...more], { stdin: key });
  expect(await check('--activation', machine)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^valid +yes$/m),
  });
  expect(await check()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('(activation_required)'),
  });
  await golden('licences', [
    none,
    (await show(ofUser.join(' '))).replaceAll(/\*{4}-[0-9A-F]{6}/g, '****-ABCDEF'),
    ...(
      await inTurn(
        () => show(`licences show ${id}`),
        () => show(`licences update ${id} --limit-activations 3`),
        () => show(`licences update ${id} --limit-activations 1`, false),
        () => show(`licences deactivate ${id} ${machine}`),
        () => show(`licences deactivate ${id} ${machine}`, true),
        () => show(`licences deactivate ${id} ${machine} --yes`),
        () => show(`licences update ${id} --status disabled`, true),
        () => show('licences show 00000000-0000-4000-8000-0000000000ff'),
      )
    ).map((shown) => shown.replaceAll(/\*{4}-[0-9A-F]{6}/g, '****-ABCDEF')),
  ]);
  expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('(disabled)') });
});

test('somebody who bought is found, is said to be a user, is exported and erased', async () => {
  const { show, buy, run } = shop;
  await buy('lifetime', 'ines@floe-mail.dev');
  const id = await vi.waitFor(async () => {
    const [found] = await list<{ id: string }>('customers', 'list', '--q', 'INES@');
    if (!found) throw new Error('She is not there yet.');
    return found.id;
  }, SOON);
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-export-'));
  const file = path.join(folder, 'ines.json');
  const shown = await inTurn(
    () => show(`customers list --q ines@`),
    () => show(`customers show ${id}`),
    () => show(`customers name ${id} user-4`, false),
    () => show(`customers name ${id} user-4`, true),
    () => show('customers show external:user-4'),
    () => show(`customers name ${id} user-4 --remove --yes`),
    () => show('customers show external:nobody'),
    () => show(`customers erase ${id}`, true),
  );
  await golden('customers', shown);
  expect(await run(['customers', 'export', id, '--output', file])).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ customer: { id }, cut: [] });
  expect((await stat(file)).mode & 0o077).toBe(0);
  expect(await run(['customers', 'export', id, '--output', file])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is there already'),
  });
  await rm(folder, { recursive: true });
});

test('something is given and taken back, and why it was open and closed is said', async () => {
  const { show, json } = shop;
  const give = `grants create --customer external:critic-7 --resource 'content:press/*' --reason 'Press copy'`;
  const why = 'access explain --customer external:critic-7 --resource content:press/lighthouse';
  const given = await show(give);
  const [grant] = await list<{ id: string }>('grants', 'list', '--customer', 'external:critic-7');
  const open = await show(why);
  const taken = await inTurn(
    () => show('grants list --customer external:critic-7'),
    () => show(`grants revoke ${grant?.id}`, false),
    () => show(`grants revoke ${grant?.id}`, true),
    () => show(`grants revoke ${grant?.id} --yes`),
    () => show(`grants show ${grant?.id}`),
    () => show(why),
    () => show(`customers timeline external:critic-7 --type 'grant.*'`),
    () => show('customers timeline external:nobody'),
    () => show('downloads list --customer external:critic-7'),
    () => show('downloads files'),
  );
  // From when on everything is known depends on when this gateway began.
  await golden(
    'why',
    [given, open, ...taken].map((shown) => shown.replaceAll(/^incomplete .*\n/gm, '')),
  );
  const explained = await json<{ allow: boolean; because: unknown[] }>(
    ...`access explain --customer external:critic-7 --resource content:press/lighthouse --at 1h`.split(' '),
  );
  expect([explained.allow, explained.because]).toEqual([false, []]);
});

test('a gift is sold, sent again and taken back with its money', async () => {
  const { show, json, gateway } = shop;
  const { id, checkout_url } = await json<{ id: string; checkout_url: string }>(
    ...'gifts create --product lifetime --from-name Ada'.split(' '),
  );
  const unpaid = await show(`gifts show ${id}`);
  await pay(gateway, checkout_url, 'giver@floe-mail.dev');
  await vi.waitFor(async () => {
    expect(await json('gifts', 'show', id)).toMatchObject({ status: 'open' });
  }, SOON);
  const shown = await inTurn(
    () => show('gifts list'),
    () => show(`gifts resend ${id}`, true),
    () => show(`gifts cancel ${id}`),
    () => show(`gifts cancel ${id}`, true),
    () => show('gifts show gft_nope'),
  );
  await golden(
    'gifts',
    [unpaid, ...shown].map((text) =>
      text.replaceAll(/(\/gift\/quay-sandbox\/)[\w-]+(?:\n +[\w-]+(?=\n|$))?/g, '$1link'),
    ),
  );
});

/** One after the other, since each sees what the one before has changed. */
async function inTurn(...typed: readonly (() => Promise<string>)[]): Promise<string[]> {
  const shown: string[] = [];
  for (const each of typed) shown.push(await each());
  return shown;
}
