import { databaseName, lookAtAccount, NAMESPACE, queueNames } from '../../cloudflare/look.ts';
import { lookAtDatabase } from '../../cloudflare/storage.ts';
import type { Setup, Task } from './setup.ts';

/** What the gateway stores in, by its names: whatever a run that was killed has made is there, and is not made again. */
export function planStorage(setup: Setup): Task[] {
  const { cloudflare, release } = setup;
  const { found } = cloudflare;
  const database = databaseName(release.settings);
  const create = (step: string, kind: string, name: string, args: string[]): Task => ({
    step,
    title: `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${name}`,
    what: `create the ${kind} ${name}`,
    run: async () => void (await wranglerFor(setup, args)),
  });
  return [
    ...(found.databaseId === undefined
      ? [create('d1', 'D1 database', database, ['d1', 'create', database])]
      : []),
    ...(found.namespaceId === undefined
      ? [create('kv', 'KV namespace', NAMESPACE, ['kv', 'namespace', 'create', NAMESPACE])]
      : []),
    ...queueNames(release.settings)
      .filter((name) => !found.queues.has(name))
      .map((name) => create(`queue:${name}`, 'queue', name, ['queues', 'create', name])),
  ];
}

/** Wrangler, in the account that was chosen. */
async function wranglerFor({ cloudflare, context }: Setup, args: readonly string[]): Promise<string> {
  const { wrangler, account } = cloudflare;
  return wrangler.run(args, { cwd: context.cwd, accountId: account.id });
}

/** Looks again for what has just been made. */
export async function lookAgain({ cloudflare, release }: Setup): Promise<void> {
  const { api, account } = cloudflare;
  cloudflare.found = await lookAtAccount(api, account.id, release.settings);
  const { databaseId } = cloudflare.found;
  if (databaseId !== undefined)
    cloudflare.database = await lookAtDatabase(api, account.id, databaseId, release);
}
