import type { Context } from '../../context.ts';
import { openPolar } from '../../polar/api.ts';
import type { PolarCalls } from './polar-endpoints.ts';
import type { Mode } from './settings.rules.ts';

/** Polar with an access token that is not kept anywhere: from the environment, or typed. @throws {CliError} when nobody can be asked */
export async function openPolarCalls(context: Context, mode: Mode): Promise<PolarCalls> {
  const variable = `POLAR_${mode.toUpperCase()}_ACCESS_TOKEN`;
  const token =
    context.env[variable]?.trim() ||
    (
      await context.out.askSecret(
        `Polar’s access token of ${mode}, with the scopes webhooks:read and webhooks:write`,
        {
          instead: `Set ${variable}.`,
        },
      )
    ).trim();
  return openPolar(context, mode, token);
}
