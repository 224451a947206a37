import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { gatewayOf } from '../../gateway/client.ts';
import { FloeError } from '../../../kit/problem.ts';
import { type ChosenProfile, chooseProfile, parseGateway } from '../../profiles/choose-profile.ts';
import { readProfiles } from '../../profiles/profile-file.ts';
import type { GatewayApps, Known } from './facts.rules.ts';

/**
 * Which apps the gateway has: the one at `address`, or the one that every command speaks to. Without an address a gateway that cannot be asked is a
 * reason, and no failure. @throws {CliError | FloeError} when one was named and cannot be asked
 */
export async function askApps(
  context: Context,
  { address, mode }: { address: string | undefined; mode: Mode },
): Promise<Known<GatewayApps>> {
  try {
    const profile =
      address === undefined ? await chooseProfile(context) : await profileAt(context, parseGateway(address));
    const { data } = await gatewayOf(context, profile).asOperator()('GET /admin/apps');
    return {
      value: {
        gateway: profile.gateway,
        products: [...new Set(data.map(({ product }) => product))],
        ownsUnclaimed: data.some((app) => app.mode === mode && app.owns_unclaimed),
      },
    };
  } catch (error) {
    const isExpected = error instanceof CliError || error instanceof FloeError;
    if (!isExpected || address !== undefined || isNamed(context)) throw error;
    return { why: `no gateway was asked: ${error.message.replace(/\.$/, '')}` };
  }
}

/** Whether somebody said which gateway is meant, rather than that it happens to be in use on this machine. */
export const isNamed = ({ options, env }: Pick<Context, 'options' | 'env'>): boolean =>
  options.profile !== undefined || Boolean(env['FLOE_PROFILE'] || env['FLOE_GATEWAY']);

/** A gateway by its address, with the operator's token of the environment, or of the profile that has the same address. */
async function profileAt(context: Context, gateway: string): Promise<ChosenProfile> {
  const { FLOE_ADMIN_TOKEN: token, FLOE_GATEWAY: named } = context.env;
  if (token && (!named || parseGateway(named) === gateway))
    return { gateway, adminToken: token, secretKeys: {}, from: 'environment' };
  const { profiles } = await readProfiles(context);
  const found = Object.entries(profiles).find(
    ([, profile]) => profile.gateway === gateway && profile.adminToken,
  );
  if (found) return { ...found[1], name: found[0], from: `profile ${found[0]}` };
  throw new CliError(EXIT.refused, `There is no operator’s token of ${gateway}.`, {
    hint: `Set FLOE_ADMIN_TOKEN, or add a profile: floe profiles add NAME --gateway ${gateway}`,
  });
}
