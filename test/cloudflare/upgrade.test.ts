import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { GATEWAY, setStage, type Stage } from './deployed.ts';
import { startFloe, type Started } from './floe.ts';
import { expectHeard } from './rotating.ts';

/* `floe upgrade` by the real wrangler: what would change, migrations that add, the release, the way back, and what takes away last. */

const isInCi = process.env['FLOE_CI'] === '1';
const MOST_RUNS = 40;

let stage: Stage;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-releases-'));
  stage = await setStage();
  expect(await stage.setUp()).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

interface Differs {
  version: string;
  migrations?: Record<string, string>;
  /** The Worker, instead of the one that works. */
  worker?: string;
}

/** A release like the one that is deployed, but for what differs. */
async function release({ version, migrations = {}, worker }: Differs): Promise<string> {
  const to = path.join(folder, version);
  await cp(inject('release'), to, { recursive: true });
  const file = path.join(to, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { migrations: string[] };
  for (const [name, sql] of Object.entries(migrations))
    await writeFile(path.join(to, 'migrations', name), sql);
  if (worker !== undefined) await writeFile(path.join(to, 'worker', 'index.js'), worker);
  const all = [...manifest.migrations, ...Object.keys(migrations)].toSorted();
  await writeFile(
    file,
    JSON.stringify({ ...manifest, version, hash: `hash-of-${version}`, migrations: all }),
  );
  return to;
}

const upgrade = (from: string, ...more: string[]) =>
  stage.run(['upgrade', '--release', from, '--yes', '--json', ...more]);
const running = () => {
  const script = stage.cloudflare.account.scripts.get('floe');
  const { versionId } = script?.deployments.at(-1) ?? {};
  const bindings = script?.versions.find(({ id }) => id === versionId)?.bindings ?? [];
  return bindings.find(({ name }) => name === 'FLOE_VERSION')?.['text'];
};
const columnsOf = async (table: string) =>
  (await stage.cloudflare.query('floe', `SELECT name FROM pragma_table_info('${table}')`)).flatMap((answer) =>
    (answer as { results: { name: string }[] }).results.map(({ name }) => name),
  );

const PLANTED = {
  '9000_more.sql': 'ALTER TABLE walks ADD colour text;',
  '9001_contract_less.sql': 'ALTER TABLE walks DROP COLUMN colour;',
};

test('what adds comes first, what takes away only when it is asked for, and a run that is repeated changes nothing', async () => {
  const next = await release({ version: '7.1.0', migrations: PLANTED });
  stage.cloudflare.forget();
  const dry = await upgrade(next, '--dry-run');
  expect(JSON.parse(dry.stdout)).toMatchObject({
    to: '7.1.0',
    expand: ['9000_more.sql'],
    contract: ['9001_contract_less.sql'],
  });
  expect(stage.cloudflare.writes).toEqual([]);
  const early = await upgrade(next, '--contract');
  expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('does not run Floe 7.1.0 yet')]);

  const done = await upgrade(next);
  expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('A signed event, sandbox … done')]);
  expect([running(), await columnsOf('walks')]).toEqual(['7.1.0', expect.arrayContaining(['colour'])]);
  await expectHeard(stage);

  stage.cloudflare.forget();
  expect((await upgrade(next)).code).toBe(0);
  expect(stage.cloudflare.writes.filter(({ host }) => host === 'api.cloudflare.com')).toEqual([]);

  // Setup mends a gateway that is there, and leaves the way back open.
  const mended = await stage.run(['setup', '--mode', 'sandbox', '--no-app', '--release', next, '--yes']);
  expect([mended.code, await columnsOf('walks')]).toEqual([0, expect.arrayContaining(['colour'])]);

  expect((await upgrade(next, '--contract')).code).toBe(0);
  expect(await columnsOf('walks')).not.toContain('colour');
  await expectHeard(stage);
});

test('a release that does not work is taken back, with its migrations left, and an older one is refused', async () => {
  const before = running();
  const broken = await release({
    version: '7.2.0',
    migrations: { ...PLANTED, '9002_more.sql': 'ALTER TABLE walks ADD size integer;' },
    worker: "export default { fetch() { return new Response('{}', { status: 503 }); } };",
  });
  const failed = await upgrade(broken);
  expect([failed.code, failed.stderr]).toEqual([5, expect.stringContaining('The version before … done')]);
  expect([running(), await columnsOf('walks')]).toEqual([before, expect.arrayContaining(['size'])]);
  expect((await stage.cloudflare.fetch(`${GATEWAY}/health`)).status).toBe(200);
  await expectHeard(stage);

  const older = await release({
    version: '7.0.9',
    migrations: { ...PLANTED, '9002_more.sql': 'ALTER TABLE walks ADD size integer;' },
  });
  const refused = await upgrade(older);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('newer than this release (7.0.9)'),
  ]);
  const unknown = await upgrade(inject('release'));
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('its database has had')]);
});

test('killed at its writes and run again it converges', { timeout: 400_000 }, async () => {
  const next = await release({
    version: '7.3.0',
    migrations: {
      ...PLANTED,
      '9002_more.sql': 'ALTER TABLE walks ADD size integer;',
      '9003_more.sql': 'ALTER TABLE walks ADD weight integer;',
    },
  });
  const { cloudflare } = stage;
  const killed = new Set<string>();
  let started: Started | undefined;
  const kills = (when: string, call: { method: string; path: string; isWrite: boolean; host: string }) => {
    const moment = `${when} ${call.method} ${call.path}`;
    const isWanted =
      isInCi || (when === 'after' && /\/scripts\/floe(\/versions|\/deployments)?$/.test(call.path));
    if (!call.isWrite || call.host !== 'api.cloudflare.com' || killed.has(moment) || !isWanted) return false;
    killed.add(moment);
    started?.kill();
    return true;
  };
  cloudflare.before = (call) => (kills('before', call) ? 'cut' : undefined);
  cloudflare.after = (call) => void kills('after', call);
  for (let run = 0; ; run++) {
    expect(run).toBeLessThan(MOST_RUNS);
    started = startFloe(cloudflare, stage.home, ['upgrade', '--release', next, '--yes']);
    const { code, stderr } = await started.ended;
    if (code === 0) break;
    expect([code, stderr]).toEqual([null, expect.not.stringContaining('error:')]);
  }
  expect(killed.size).toBeGreaterThan(0);
  cloudflare.before = undefined;
  cloudflare.after = undefined;
  expect([running(), await columnsOf('walks')]).toEqual(['7.3.0', expect.arrayContaining(['weight'])]);
  await expectHeard(stage);
});
