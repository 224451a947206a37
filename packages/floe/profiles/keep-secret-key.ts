import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { ChosenProfile } from './choose-profile.ts';
import { changeProfiles } from './profile-file.ts';

/** The name of the profile that can keep a new key. @throws {CliError} when the tokens do not come from a profile */
export function nameOfKeeper(profile: ChosenProfile): string {
  if (profile.name === undefined)
    throw new CliError(
      EXIT.usage,
      `--keep needs a profile, and the gateway comes from elsewhere (${profile.from}).`,
      {
        hint: `floe profiles add NAME --gateway ${profile.gateway}`,
      },
    );
  return profile.name;
}

/** Puts the secret key of an app into a profile, instead of the one that is there. */
export async function keepSecretKey(
  context: Context,
  name: string,
  slug: string,
  key: string,
): Promise<void> {
  await changeProfiles(context, (kept) => {
    const profile = kept.profiles[name];
    if (!profile) throw new CliError(EXIT.notFound, `There is no profile ${name} any more.`);
    const secretKeys = { ...profile.secretKeys, [slug]: key };
    return { ...kept, profiles: { ...kept.profiles, [name]: { ...profile, secretKeys } } };
  });
}
