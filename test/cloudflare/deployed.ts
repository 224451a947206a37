import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { type Ran, runFloe, type RunOptions } from '../floe/harness.ts';
import { type StandIn, type StandInOptions, startCloudflare } from './stand-in.ts';

/* A stand-in with an organization at each simulated Polar, and the command line in this process. What it starts is the real wrangler. */

export const GATEWAY = 'https://floe.acme.workers.dev';
const LOOPBACK_NAMES = ['PATH', 'TMPDIR'];

export interface Stage {
  cloudflare: StandIn;
  /** Of each organization. */
  tokens: { sandbox: string; live: string };
  organizations: { sandbox: string; live: string };
  /** The folder of one machine's user; another folder is another machine. */
  home: string;
  newHome(): Promise<string>;
  /** Runs `floe` in this process. By default with both access tokens, as the user of `home`. */
  run(args: readonly string[], options?: RunOptions & { home?: string }): Promise<Ran>;
  /** `floe setup` of the sandbox with an app, saying yes. */
  setUp(...more: string[]): Promise<Ran>;
  readKept(name: string, home?: string): Promise<string>;
  close(): Promise<void>;
}

export async function setStage(options: StandInOptions = {}): Promise<Stage> {
  const cloudflare = await startCloudflare(options);
  const homes: string[] = [];
  const newHome = async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'floe-home-'));
    homes.push(home);
    return home;
  };
  const organization = (mode: 'sandbox' | 'live') =>
    cloudflare.polar[mode].createOrganization({
      slug: `acme-${mode}`,
      name: 'Acme',
      environment: mode === 'live' ? 'production' : 'sandbox',
    });
  const [sandbox, live] = [organization('sandbox'), organization('live')];
  const home = await newHome();
  const stage: Stage = {
    cloudflare,
    home,
    newHome,
    tokens: { sandbox: sandbox.accessToken, live: live.accessToken },
    organizations: { sandbox: sandbox.id, live: live.id },
    run: (args, { home: from = home, env, ...more } = {}) =>
      runFloe(args, {
        fetch: cloudflare.wire,
        now: Date.now(),
        cwd: from,
        configDir: path.join(from, 'floe'),
        env: {
          ...Object.fromEntries(
            LOOPBACK_NAMES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
          ),
          ...cloudflare.env,
          HOME: from,
          POLAR_SANDBOX_ACCESS_TOKEN: sandbox.accessToken,
          POLAR_LIVE_ACCESS_TOKEN: live.accessToken,
          ...env,
        },
        ...more,
      }),
    setUp: (...more) => stage.run([...SETUP, '--release', inject('release'), ...more]),
    readKept: (name, from = home) => readFile(path.join(from, 'floe', name), 'utf8'),
    async close() {
      await cloudflare.close();
      for (const each of homes) await rm(each, { recursive: true, force: true });
    },
  };
  return stage;
}

const SETUP = [
  'setup',
  '--mode',
  'sandbox',
  '--app',
  'quay',
  '--callback',
  'https://quay.example.com/welcome',
  '--yes',
];
