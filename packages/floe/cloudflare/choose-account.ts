import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { CloudflareApi } from './api.ts';
import { NEEDED_PERMISSIONS } from './wrangler-errors.rules.ts';

export interface CloudflareAccount {
  id: string;
  name: string;
}

/**
 * The account to deploy to: the one that is wanted by its id or name, or the only one that the login may use, or the one that the person
 * chooses.
 * @throws {CliError} when there is none, or nobody can be asked
 */
export async function chooseAccount(
  { out }: Context,
  api: CloudflareApi,
  wanted: string | undefined,
): Promise<CloudflareAccount> {
  const accounts = await api.list<CloudflareAccount>('/accounts');
  const named = accounts.find(({ id, name }) => id === wanted || name === wanted);
  if (named) return { id: named.id, name: named.name };
  if (wanted !== undefined)
    throw new CliError(EXIT.refused, `This login may not use the account ${wanted}.`, {
      hint:
        accounts.length === 0
          ? NEEDED_PERMISSIONS
          : `It may use: ${accounts.map(({ id, name }) => `${name} (${id})`).join(', ')}.`,
    });
  const [first, ...others] = accounts;
  if (!first)
    throw new CliError(EXIT.refused, 'This login may use no account of Cloudflare.', {
      hint: NEEDED_PERMISSIONS,
    });
  if (others.length === 0) return { id: first.id, name: first.name };
  const labels = accounts.map(({ id, name }) => `${name} (${id})`);
  const chosen = await out.choose('Which account of Cloudflare?', labels, {
    instead: `Add --account with one of: ${labels.join(', ')}.`,
  });
  const account = accounts[labels.indexOf(chosen)] ?? first;
  return { id: account.id, name: account.name };
}
