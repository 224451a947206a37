import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { HOST } from '../../../cli/local/ports.ts';

export interface SiteSettings {
  /** The file that `buildSite` made. */
  entry: string;
  port: number;
  gatewayUrl: string;
  appSlug: string;
  secretKey: string;
  /** How late the site may notice that access was taken back, seconds. */
  maxAge: number;
}

export interface RunningSite {
  url: string;
  close(): Promise<void>;
}

const START_MS = 20_000;
const POLL_MS = 100;

/** Runs the built site as its own process. Resolves when it answers. */
export async function serveSite(settings: SiteSettings): Promise<RunningSite> {
  const url = `http://${HOST}:${settings.port}`;
  const child = spawn(process.execPath, [settings.entry], {
    env: {
      ...process.env,
      HOST,
      PORT: String(settings.port),
      NODE_ENV: 'production',
      ASTRO_NODE_LOGGING: 'disabled',
      FLOE_GATEWAY: settings.gatewayUrl,
      FLOE_APP: settings.appSlug,
      FLOE_SECRET_KEY: settings.secretKey,
      FLOE_MAX_AGE: String(settings.maxAge),
      SITE_URL: url,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const close = async () => {
    if (isOver()) return;
    child.kill();
    await once(child, 'exit');
  };
  for (const deadline = Date.now() + START_MS; ;) {
    if (isOver()) throw new Error('The Astro site ended before it answered.');
    const isUp = await fetch(`${url}/favicon.svg`).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return { url, close };
    if (Date.now() > deadline) {
      await close();
      throw new Error('The Astro site does not answer.');
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
