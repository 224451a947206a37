import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import * as z from 'zod';

/*
 * `npm run deploy:config`: makes the two files that belong to one deployment and to nobody else, so both are git-ignored.
 * `wrangler.deploy.toml` is wrangler.toml with this account's ids and the gateway's address. It is made anew after each update, so that it has
 * what the update binds. `.dev.vars.deploy` holds the secrets; it is made once and never written over.
 */
const ROOT = path.join(import.meta.dirname, '..');
const CONFIG = 'wrangler.deploy.toml';
const SECRETS = '.dev.vars.deploy';
const USAGE =
  'The first time, say where the gateway will be: npm run deploy:config -- https://pay.example.com';

const HELP = `Makes the two files that belong to one deployment: ${CONFIG}, with this account's ids and the
gateway's address, and ${SECRETS}, with its secrets. Log in first (npx wrangler login) and create the database and the namespace; see
README.md.

  npm run deploy:config -- https://pay.example.com   the first time
  npm run deploy:config                              again, after an update
  npm run deploy:config -- --help                    this text
`;

class Refused extends Error {}

async function main(): Promise<void> {
  if (process.argv[2] === '--help' || process.argv[2] === '-h') {
    console.log(HELP);
    return;
  }
  const url = readUrl(process.argv[2] ?? previousUrl());
  const database = z
    .array(z.object({ name: z.string(), uuid: z.string() }))
    .parse(askWrangler('d1', 'list', '--json'))
    .find(({ name }) => name === 'floe');
  const namespace = z
    .array(z.object({ title: z.string(), id: z.string() }))
    .parse(askWrangler('kv', 'namespace', 'list'))
    .find(({ title }) => title === 'floe-entitlements');
  if (!database) throw new Refused('This account has no D1 database floe yet: npx wrangler d1 create floe');
  if (!namespace)
    throw new Refused(
      'This account has no KV namespace floe-entitlements yet: npx wrangler kv namespace create floe-entitlements',
    );
  writeFileSync(path.join(ROOT, CONFIG), makeConfig(url, database.uuid, namespace.id));
  console.log(`${CONFIG} is made: ${url.origin}, D1 ${database.uuid}, KV ${namespace.id}.`);
  if (existsSync(path.join(ROOT, SECRETS))) {
    console.log(`${SECRETS} is there already, and stays as it is.`);
  } else {
    writeFileSync(path.join(ROOT, SECRETS), await makeSecrets(), { mode: 0o600, flag: 'wx' });
    console.log(
      `${SECRETS} is made, with the gateway's own secrets. Write those of Polar into it, and keep a copy.`,
    );
  }
}

function readUrl(text: string | undefined): URL {
  if (text === undefined) throw new Refused(USAGE);
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.href !== `${url.origin}/` || url.port !== '')
    throw new Refused(
      `${JSON.stringify(text)} is no address such as https://pay.example.com, without a path or a port.`,
    );
  return url;
}

function previousUrl(): string | undefined {
  const file = path.join(ROOT, CONFIG);
  return existsSync(file) ? /^FLOE_URL = "(.+)"$/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
}

/** What Wrangler prints as JSON, for the account that is logged in. Its own errors are shown as they are. */
function askWrangler(...args: string[]): unknown {
  const stdio = ['inherit', 'pipe', 'inherit'] as const;
  try {
    const text = execFileSync('npx', ['wrangler', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: [...stdio],
    });
    return JSON.parse(text.slice(text.indexOf('[')));
  } catch (error) {
    throw new Refused(
      `\`npx wrangler ${args.join(' ')}\` did not answer. Is this machine logged in? npx wrangler login`,
      { cause: error },
    );
  }
}

function makeConfig(url: URL, databaseId: string, namespaceId: string): string {
  // On a workers.dev address nothing is to be attached; any other is a custom domain of the Worker, and its only address.
  const address = url.hostname.endsWith('.workers.dev')
    ? 'workers_dev = true'
    : `routes = [{ pattern = "${url.hostname}", custom_domain = true }]\nworkers_dev = false`;
  const changes = [
    ['main = "src/index.ts"', `main = "src/index.ts"\n${address}\npreview_urls = false`],
    ['FLOE_URL = ""', `FLOE_URL = "${url.origin}"`],
    ['database_id = "00000000-0000-0000-0000-000000000000"', `database_id = "${databaseId}"`],
    ['id = "00000000000000000000000000000000"', `id = "${namespaceId}"`],
  ] as const;
  let text = readFileSync(path.join(ROOT, 'wrangler.toml'), 'utf8');
  for (const [from, to] of changes) {
    const [before, after, ...more] = text.split(from);
    if (before === undefined || after === undefined || more.length > 0)
      throw new Refused(`wrangler.toml should have this once: ${from}. Take it as it is in the repository.`);
    text = before + to + after;
  }
  return `# Made from wrangler.toml by \`npm run deploy:config\`, which writes over it.\n${text}`;
}

async function makeSecrets(): Promise<string> {
  return `# Secrets of this deployment. Whoever has them has everything; without FLOE_ENCRYPTION_KEYS what is stored cannot be read.
FLOE_ADMIN_TOKEN=${randomBytes(32).toString('base64url')}
FLOE_ENCRYPTION_KEYS=k1:${randomBytes(32).toString('base64')}

# From Polar's sandbox.
POLAR_SANDBOX_ACCESS_TOKEN=
POLAR_SANDBOX_ORGANIZATION_ID=
POLAR_SANDBOX_WEBHOOK_SECRETS=
FLOE_SANDBOX_SIGNING_KEYS=${await makeSigningKeys()}

# To sell for money: the same from polar.sh, and without the # in front.
#POLAR_LIVE_ACCESS_TOKEN=
#POLAR_LIVE_ORGANIZATION_ID=
#POLAR_LIVE_WEBHOOK_SECRETS=
FLOE_LIVE_SIGNING_KEYS=${await makeSigningKeys()}
`;
}

async function makeSigningKeys(): Promise<string> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: randomUUID() }] });
}

main().catch((error: unknown) => {
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
