import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { statePaths } from './local/state.ts';

/* `npm run --silent site:env > ../my-site/.env`: what a site beside `npm start` needs to know, as lines of an environment file. */

const HELP = `Prints the settings of a site that uses the gateway on this machine, for its .env file.

  npm run --silent site:env                          of quay-sandbox
  npm run --silent site:env -- --app atlas-sandbox   of the other app
  npm run --silent site:env -- --state .floe-2       of the Floe that keeps its state there
  eval "$(npm run --silent site:env -- --polar)"     the simulated Polar, for floe catalog in this terminal
`;

/** What is sold in each app that opens one article or guide. */
const PRODUCTS: Record<string, string> = {
  'quay-sandbox': 'quay:lifetime',
  'atlas-sandbox': 'atlas:pro',
};

const devFile = z.object({
  gateway_url: z.string(),
  apps: z.array(z.object({ slug: z.string(), secret_key: z.string(), publishable_key: z.string() })),
  products: z.array(z.object({ id: z.string(), name: z.string() })),
});

const polarOfDev = z.object({ polar_url: z.string(), polar: z.object({ access_token: z.string() }) });

/** What `floe catalog` asks, as a shell takes it: the organization's token is for a terminal, and not for a site. */
function describePolar(dev: unknown): string {
  const { polar_url: url, polar } = polarOfDev.parse(dev);
  return `export POLAR_SANDBOX_API_URL=${url} POLAR_SANDBOX_ACCESS_TOKEN=${polar.access_token}`;
}

/** The lines. @throws an error that says which apps there are */
function describe(dev: z.infer<typeof devFile>, slug: string): string {
  const app = dev.apps.find((each) => each.slug === slug);
  if (!app)
    throw new Error(
      `There is no app ${slug} here. --app takes ${dev.apps.map((each) => each.slug).join(' or ')}.`,
    );
  const product = dev.products.find(({ name }) => name === PRODUCTS[slug]) ?? dev.products[0];
  return `FLOE_GATEWAY=${dev.gateway_url}
FLOE_APP=${app.slug}
FLOE_SECRET_KEY=${app.secret_key}

# For pages: everybody may know it.
FLOE_PUBLISHABLE_KEY=${app.publishable_key}
# ${product?.name}
FLOE_PRODUCT=${product?.id}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      app: { type: 'string', default: 'quay-sandbox' },
      state: { type: 'string' },
      polar: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const root = path.join(import.meta.dirname, '..');
  const stateDir = path.resolve(values.state || process.env['FLOE_STATE'] || path.join(root, '.floe'));
  const file = statePaths(stateDir, 'simulated').devFile;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`There is no ${file} yet. Run npm start first, and wait for "floe ready".`, { cause });
  });
  const dev: unknown = JSON.parse(text);
  console.log(values.polar ? describePolar(dev) : describe(devFile.parse(dev), values.app));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
