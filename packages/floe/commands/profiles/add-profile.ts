import { parseEnv } from 'node:util';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { parseGateway } from '../../profiles/choose-profile.ts';
import { type Profile, profilesFile, readProfiles, saveProfiles } from '../../profiles/profile-file.ts';

interface Options {
  gateway: string;
  app?: string | undefined;
  use?: true | undefined;
  stdin?: true | undefined;
}

interface Tokens {
  adminToken?: string | undefined;
  secretKey?: string | undefined;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

/** Keeps a gateway with its tokens, or adds tokens to a kept one. */
export async function addProfile(context: Context, name: string, options: Options): Promise<void> {
  if (!NAME.test(name))
    throw new CliError(EXIT.usage, 'A profile’s name has letters, digits, dots, hyphens and underscores.');
  const gateway = parseGateway(options.gateway);
  const kept = await readProfiles(context);
  const before = Object.hasOwn(kept.profiles, name) ? kept.profiles[name] : undefined;
  // Its tokens are another gateway's.
  if (before && before.gateway !== gateway)
    throw new CliError(EXIT.usage, `The profile ${name} is of ${before.gateway}.`, {
      hint: `Choose another name, or first: floe profiles remove ${name}`,
    });
  const { adminToken = before?.adminToken, secretKey } = await readTokens(context, options);
  const profile: Profile = {
    gateway,
    ...(adminToken === undefined ? {} : { adminToken }),
    secretKeys: {
      ...before?.secretKeys,
      ...(options.app === undefined || secretKey === undefined ? {} : { [options.app]: secretKey }),
    },
  };
  if (adminToken === undefined && Object.keys(profile.secretKeys).length === 0)
    throw new CliError(EXIT.usage, 'A profile needs a token.', {
      hint: 'Set FLOE_ADMIN_TOKEN, or FLOE_SECRET_KEY with --app.',
    });
  const inUse = options.use ? name : (kept.inUse ?? name);
  await saveProfiles(context, { inUse, profiles: { ...kept.profiles, [name]: profile } });
  context.out.result(
    { name, gateway, in_use: inUse === name },
    `Kept in ${profilesFile(context)}, which only you can read.${inUse === name ? '' : ` To use it: floe profiles use ${name}`}`,
  );
}

/** From a pipe, the environment, or the person; an empty answer is none. */
async function readTokens(context: Context, { stdin, app }: Options): Promise<Tokens> {
  const { env, isInteractive, out } = context;
  if (stdin) return tokensOf(parseEnv(await context.readStdin()), app);
  const given = tokensOf(env, app);
  if (given.adminToken !== undefined || given.secretKey !== undefined || !isInteractive) return given;
  const ask = async (question: string) =>
    (await out.askSecret(question, { instead: 'Pipe it in with --stdin.' })).trim() || undefined;
  return {
    adminToken: await ask('The operator’s token (FLOE_ADMIN_TOKEN; empty for none)'),
    secretKey: app === undefined ? undefined : await ask(`The secret key of ${app}`),
  };
}

/** A secret key counts only for the app that is named: `FLOE_SECRET_KEY` may be there for another purpose. */
function tokensOf(env: Readonly<Record<string, string | undefined>>, app: string | undefined): Tokens {
  return {
    adminToken: env['FLOE_ADMIN_TOKEN']?.trim() || undefined,
    secretKey: app === undefined ? undefined : env['FLOE_SECRET_KEY']?.trim() || undefined,
  };
}
