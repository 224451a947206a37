import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { changeProfiles, readProfiles } from '../../profiles/profile-file.ts';

/** From now on this profile is used where no other is named. */
export async function useProfile(context: Context, name: string): Promise<void> {
  const { profiles } = await readProfiles(context);
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (!profile)
    throw new CliError(EXIT.notFound, `There is no profile ${name}.`, { hint: 'floe profiles list' });
  await changeProfiles(context, (kept) => ({ ...kept, inUse: name }));
  context.out.result({ name, gateway: profile.gateway, in_use: true }, `Using ${name}, ${profile.gateway}.`);
}
