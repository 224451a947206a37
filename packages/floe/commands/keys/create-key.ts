import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { openGateway } from '../../gateway/client.ts';
import { keepSecretKey, nameOfKeeper } from '../../profiles/keep-secret-key.ts';
import { readEnd } from './read-end.ts';
import type { Scope } from './scopes.ts';

interface Options {
  publishable?: true | undefined;
  name?: string | undefined;
  scope?: Scope[] | undefined;
  expires?: string | undefined;
  keep?: true | undefined;
}

/** Creates a key, and prints it this once. */
export async function createKey(context: Context, app: string, options: Options): Promise<void> {
  const { publishable, name, scope, expires } = options;
  if (publishable && (scope || options.keep))
    throw new CliError(EXIT.usage, 'A publishable key has no scopes, and a profile keeps none.');
  const expiresAt = expires === undefined ? undefined : readEnd(context, expires, `--expires ${expires}`);
  const gateway = await openGateway(context);
  const keeper = options.keep ? nameOfKeeper(gateway.profile) : undefined;
  const key = await gateway.asOperator()('POST /admin/apps/{app}/keys', {
    params: { app },
    body: {
      kind: publishable ? 'publishable' : 'secret',
      ...(name === undefined ? {} : { name }),
      ...(scope === undefined ? {} : { scopes: scope }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    },
  });
  if (keeper !== undefined) await keepSecretKey(context, keeper, app, key.key);
  context.out.details(key, [
    ['key', keeper === undefined ? key.key : `kept in the profile ${keeper}`],
    ['id', key.id],
    ['app', app],
    ['kind', key.kind],
    ['name', key.name],
    ['scopes', key.scopes ?? (key.kind === 'secret' ? 'all' : null)],
    ['expires', key.expires_at ?? 'never'],
  ]);
  if (keeper === undefined && key.kind === 'secret') context.out.note('The key is not shown again.');
}
