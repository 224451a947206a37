import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { readProfiles, saveProfiles } from '../../profiles/profile-file.ts';

/** Forgets a profile. What its tokens may do at the gateway stays as it is. */
export async function removeProfile(context: Context, name: string): Promise<void> {
  const { inUse, profiles } = await readProfiles(context);
  if (!Object.hasOwn(profiles, name))
    throw new CliError(EXIT.notFound, `There is no profile ${name}.`, { hint: 'floe profiles list' });
  await context.out.confirm(`Forget the profile ${name} and its tokens?`);
  const { [name]: _removed, ...rest } = profiles;
  await saveProfiles(context, {
    ...(inUse === undefined || inUse === name ? {} : { inUse }),
    profiles: rest,
  });
  context.out.result({ name, removed: true }, `${name} is forgotten.`);
}
