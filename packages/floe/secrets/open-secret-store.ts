import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findWrangler } from '../cloudflare/wrangler.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { placeOf, readDeployment, readSecrets, saveSecrets } from '../deployments/deployment-file.ts';
import { EXIT } from '../exit-codes.ts';
import type { SecretStore } from './secret-store.ts';

/** What a Worker is called that `floe setup` has deployed. */
const WORKER = 'floe';
const PRIVATE = 0o600;

interface Listed {
  name: string;
}

/**
 * The secrets of the gateway's Worker, by wrangler. Where this machine keeps a copy of secrets (`floe setup`), the copy follows: a new value is written there before
 * Cloudflare has it.
 * @throws {CliError} when the Worker is another one than the gateway
 */
export async function openSecretStore(
  context: Context,
  gateway: { address: string; hasSettings: readonly string[] },
): Promise<SecretStore> {
  const wrangler = findWrangler(context);
  const place = placeOf(context);
  const { accountId, url } = await readDeployment(context, place);
  // A deployment of another gateway says nothing of this one.
  const isKept = url === gateway.address;
  const run = (args: readonly string[]) =>
    wrangler.run([...args, '--name', WORKER], isKept && accountId !== undefined ? { accountId } : {});
  const names = async (): Promise<ReadonlySet<string>> => {
    const printed = await run(['secret', 'list', '--format', 'json']);
    return new Set((JSON.parse(printed.slice(printed.indexOf('['))) as Listed[]).map(({ name }) => name));
  };
  const set = await names();
  const missing = gateway.hasSettings.filter((name) => !set.has(name));
  if (missing.length > 0)
    throw new CliError(
      EXIT.failed,
      `The Worker ${WORKER} of this account is not the gateway at ${gateway.address}: it has no ${missing.join(', ')}.`,
      {
        hint: 'Set CLOUDFLARE_ACCOUNT_ID to the account of the gateway, or log in to it: npx wrangler login.',
      },
    );
  const keepCopy = async (name: string, value: string | undefined) => {
    if (!isKept) return;
    const { [name]: _, ...others } = await readSecrets(context, place);
    await saveSecrets(place, value === undefined ? others : { ...others, [name]: value });
  };
  return {
    names,
    async put(name, value) {
      await keepCopy(name, value);
      await change(run, { [name]: value });
    },
    async remove(name) {
      if ((await names()).has(name)) await change(run, { [name]: null });
      await keepCopy(name, undefined);
    },
  };
}

/** By a file that only this user can read: an argument would be seen by others on this machine. */
async function change(
  run: (args: readonly string[]) => Promise<string>,
  changed: Record<string, string | null>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-secret-'));
  try {
    const file = path.join(folder, 'secrets.json');
    await writeFile(file, JSON.stringify(changed), { mode: PRIVATE });
    await run(['secret', 'bulk', file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
