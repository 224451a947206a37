import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { readHosts } from '../../../cli/local/hosts.ts';
import { reservePort } from '../../../cli/local/ports.ts';
import { pushCatalog } from '../../../cli/local/push-catalog.ts';
import { stopOnSignals } from '../../../cli/local/signals.ts';
import { startStack } from '../../../cli/local/stack.ts';
import { buildSite } from './build.ts';
import { registerSite } from './register-site.ts';
import { serveSite } from './serve.ts';

/* `npm run example:astro`: the gateway, a simulated Polar and this site on one machine. Each start begins afresh. */

const SITE = path.join(import.meta.dirname, '..');
const STATE_DIR = path.join(SITE, '..', '..', '.floe', 'example-astro');
const MAX_AGE_SECONDS = 5;
const readPort = (name: string, fallback: number) => Number(process.env[name] ?? fallback);

const devFile = z.object({
  gateway_url: z.string(),
  polar_url: z.string(),
  site_url: z.string(),
  admin_token: z.string(),
  polar: z.object({ access_token: z.string() }),
});

async function start() {
  const port = await reservePort(readPort('FLOE_ASTRO_PORT', 4321), 'the Astro site', 'FLOE_ASTRO_PORT');
  const entry = await buildSite();
  const stack = await startStack({
    gatewayPort: readPort('FLOE_PORT', 8787),
    polarPort: readPort('FLOE_POLAR_PORT', 8788),
    sitePort: readPort('FLOE_SITE_PORT', 8789),
    stateDir: STATE_DIR,
    hosts: readHosts(process.env),
    reset: true,
    ownSignals: true,
  });
  try {
    const dev = devFile.parse(JSON.parse(await readFile(stack.devFile, 'utf8')));
    await pushCatalog({ url: dev.polar_url, accessToken: dev.polar.access_token }, SITE);
    const app = await registerSite(
      { url: dev.gateway_url, adminToken: dev.admin_token },
      `http://127.0.0.1:${port}`,
    );
    const site = await serveSite({
      ...app,
      entry,
      port,
      gatewayUrl: dev.gateway_url,
      maxAge: MAX_AGE_SECONDS,
    });
    return {
      site,
      dev,
      async close() {
        await site.close();
        await stack.close();
      },
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

console.log('Starting …');
const starting = start();
const signals = stopOnSignals(async () => {
  console.log('\nStopping …');
  await (await starting.catch(() => undefined))?.close();
});
try {
  const { site, dev } = await starting;
  console.log(`
  Margin    ${site.url}
  mail      ${dev.site_url}/mail  (codes to sign in with are shown there)
  gateway   ${dev.gateway_url}
  Polar     ${dev.polar_url}  (simulated: no money moves)

Card 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined. Ctrl-C stops and forgets everything.
`);
} catch (error) {
  if (!signals.isStopping) throw error;
}
