import { parseEnv } from 'node:util';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { parseGateway } from '../../profiles/choose-profile.ts';
import {
  changeProfiles,
  type Profile,
  profilesFile,
  type Profiles,
  readProfiles,
} from '../../profiles/profile-file.ts';

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
  // Before anybody types a token in vain.
  findBefore(await readProfiles(context), name, gateway);
  const tokens = await readTokens(context, options);
  let inUse: string | undefined;
  await changeProfiles(context, (kept) => {
    const before = findBefore(kept, name, gateway);
    inUse = options.use ? name : (kept.inUse ?? name);
    const profile = addTokens({ ...before, gateway, secretKeys: before?.secretKeys ?? {} }, tokens, options);
    return { inUse, profiles: { ...kept.profiles, [name]: profile } };
  });
  context.out.result(
    { name, gateway, in_use: inUse === name },
    `Kept in ${profilesFile(context)}, which only you can read.${inUse === name ? '' : ` To use it: floe profiles use ${name}`}`,
  );
}

/** The profile of this name that is there. @throws {CliError} when it is of another gateway, whose tokens it has */
function findBefore({ profiles }: Profiles, name: string, gateway: string): Profile | undefined {
  const before = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (before && before.gateway !== gateway)
    throw new CliError(EXIT.usage, `The profile ${name} is of ${before.gateway}.`, {
      hint: `Choose another name, or first: floe profiles remove ${name}`,
    });
  return before;
}

/** @throws {CliError} when it has none then */
function addTokens(before: Profile, { adminToken, secretKey }: Tokens, { app }: Options): Profile {
  const profile: Profile = {
    ...before,
    ...(adminToken === undefined ? {} : { adminToken }),
    secretKeys: {
      ...before.secretKeys,
      ...(app === undefined || secretKey === undefined ? {} : { [app]: secretKey }),
    },
  };
  if (profile.adminToken === undefined && Object.keys(profile.secretKeys).length === 0)
    throw new CliError(EXIT.usage, 'A profile needs a token.', {
      hint: 'Set FLOE_ADMIN_TOKEN, or FLOE_SECRET_KEY with --app.',
    });
  return profile;
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
