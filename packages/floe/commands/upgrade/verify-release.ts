import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { placeOf, readDeployment } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { gatewayOf } from '../../gateway/client.ts';
import { readProfiles } from '../../profiles/profile-file.ts';
import type { Release } from '../../release/open-release.ts';
import { sendEventThrough } from '../setup/send-event.ts';
import { surveyPolar } from '../setup/survey.ts';
import { waitUntilReady } from '../setup/wait-ready.ts';

/**
 * Whether a release works where it was deployed: all its parts are ready, and where an access token of Polar's is in the environment, a signed event
 * comes out. @throws {CliError} which says what does not
 */
export async function verifyRelease(context: Context, release: Release, url: string): Promise<void> {
  const { out, env } = context;
  await out.step('Ready', () => waitUntilReady(context, url));
  const place = placeOf(context);
  const { profiles } = await readProfiles(context);
  const profile = profiles[place.name];
  const deployment = await readDeployment(context, place);
  const modes = (['sandbox', 'live'] as const).filter(
    (mode) => env[`POLAR_${mode.toUpperCase()}_ACCESS_TOKEN`] && deployment.mode[mode],
  );
  if (profile?.adminToken === undefined || profile.gateway !== url || modes.length === 0) {
    out.note(
      'No event was sent through: that takes the profile of the gateway and POLAR_SANDBOX_ACCESS_TOKEN or POLAR_LIVE_ACCESS_TOKEN.',
    );
    return;
  }
  const gateway = gatewayOf(context, { ...profile, name: place.name, from: `profile ${place.name}` });
  for (const mode of modes) {
    await out.step(`A signed event, ${mode}`, async () => {
      const survey = await surveyPolar(context, release, {
        mode,
        accessToken: env[`POLAR_${mode.toUpperCase()}_ACCESS_TOKEN`] ?? '',
        url,
      });
      const [endpoint] = survey.endpoints;
      if (!endpoint)
        throw new CliError(EXIT.failed, `Polar has no webhook endpoint for the gateway (${mode}).`, {
          hint: 'floe doctor --fix registers it.',
        });
      // Another one than setup has sent, which would count as heard already.
      const { eventId: _, ...state } = deployment.mode[mode] ?? {};
      const asked = { ...deployment, mode: { ...deployment.mode, [mode]: state } };
      await sendEventThrough(context, gateway, place, asked, survey, endpoint.secret);
    });
  }
}
