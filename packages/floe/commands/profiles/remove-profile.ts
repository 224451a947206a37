import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { changeProfiles, readProfiles } from '../../profiles/profile-file.ts';

/** Forgets a profile. What its tokens may do at the gateway stays as it is. */
export async function removeProfile(context: Context, name: string): Promise<void> {
  const { profiles } = await readProfiles(context);
  if (!Object.hasOwn(profiles, name))
    throw new CliError(EXIT.notFound, `There is no profile ${name}.`, { hint: 'floe profiles list' });
  await context.out.confirm(`Forget the profile ${name} and its tokens?`);
  await changeProfiles(context, (kept) => {
    const { [name]: _removed, ...rest } = kept.profiles;
    const { inUse } = kept;
    return { ...(inUse === undefined || inUse === name ? {} : { inUse }), profiles: rest };
  });
  context.out.result({ name, removed: true }, `${name} is forgotten.`);
}
