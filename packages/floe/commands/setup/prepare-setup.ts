import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { placeOf, readDeployment, readSecrets, type Secrets } from '../../deployments/deployment-file.ts';
import { ADMIN_TOKEN, madeHere, planSecrets, secondOf } from '../../deployments/secrets.rules.ts';
import { EXIT } from '../../exit-codes.ts';
import { readProfiles } from '../../profiles/profile-file.ts';
import { openRelease } from '../../release/open-release.ts';
import { askApp, askModes, askTokens, askUrl } from './ask-setup.ts';
import { checkProfile } from './plan-deployment.ts';
import { adminSetting, operatorOf, type Setup } from './setup.ts';
import type { SetupOptions } from './setup-options.ts';
import { isSecretKnown } from './sign-event.ts';
import { checkDomain, type PolarSurvey, surveyCloudflare, surveyPolar } from './survey.ts';

/** Looks at all there is, and asks for what nothing says. @throws {CliError} when something is in the way */
export async function prepareSetup(context: Context, options: SetupOptions): Promise<Setup> {
  const { out } = context;
  const place = placeOf(context);
  const deployment = await readDeployment(context, place);
  const adopted = options.secrets === undefined ? {} : await readAdopted(context, options.secrets);
  const modes = await askModes(context, options, deployment);
  const secrets = { ...adoptedSecrets(adopted), ...(await readSecrets(context, place)) };
  const release = await out.step(
    'Release',
    () => openRelease(context, options.release),
    ({ version, hash }) => `Floe ${version}, ${hash.slice(0, 12)}`,
  );
  const cloudflare = await out.step(
    'Cloudflare',
    () =>
      surveyCloudflare(
        context,
        release,
        options.account ?? context.env['CLOUDFLARE_ACCOUNT_ID'] ?? deployment.accountId,
      ),
    ({ account }) => account.name,
  );
  const url = await askUrl(context, options, deployment, cloudflare.found, release.settings.name);
  await checkDomain(cloudflare, url, release.settings.name);
  const tokens = await askTokens(context, options, modes, adopted);
  const polar = [];
  for (const [mode, accessToken] of tokens)
    polar.push(
      await out.step(
        `Polar, ${mode}`,
        () => surveyPolar(context, release, { mode, accessToken, url }),
        ({ organization }) => organization.name,
      ),
    );
  const setup: Setup = {
    context,
    release,
    place,
    deployment: { ...deployment, accountId: cloudflare.account.id, url },
    secrets,
    modes,
    url,
    cloudflare,
    polar,
    apps: undefined,
    wantedApp: undefined,
  };
  checkModes(setup);
  await checkProfile(setup);
  await findOperator(setup);
  for (const each of polar) await learnWhetherKnown(setup, each);
  setup.wantedApp = await askApp(context, options, deployment, (setup.apps ?? []).length > 0);
  return setup;
}

/** Whether the gateway knows the secret that Polar signs with: asked of the gateway, which may have been given another one since. */
async function learnWhetherKnown({ context, url, cloudflare }: Setup, polar: PolarSurvey): Promise<void> {
  const [endpoint] = polar.endpoints;
  if (!endpoint || !cloudflare.found.worker) return;
  const isKnown = await isSecretKnown(context, url, endpoint.secret);
  if (isKnown !== undefined) polar.isSecretKnown = isKnown;
}

/** With one organization for both modes the gateway would not start. @throws {CliError} */
function checkModes({ deployment, polar }: Setup): void {
  const known = new Map(Object.entries(deployment.mode).map(([mode, state]) => [mode, state.organizationId]));
  for (const { mode, organization } of polar) known.set(mode, organization.id);
  if (known.get('live') !== undefined && known.get('live') === known.get('sandbox'))
    throw new CliError(EXIT.failed, 'The access tokens of live and sandbox are of one organization.', {
      hint: 'Each mode has an organization of its own: one at polar.sh, one at sandbox.polar.sh.',
    });
}

/** A file with `NAME=value` lines, or one that setup has written on another machine. */
async function readAdopted(context: Context, file: string): Promise<Record<string, string | undefined>> {
  const text = await readFile(path.resolve(context.cwd, file), 'utf8').catch((cause: unknown) => {
    throw new CliError(EXIT.usage, `${file} cannot be read.`, { cause });
  });
  return text.trimStart().startsWith('{') ? (JSON.parse(text) as Record<string, string>) : parseEnv(text);
}

/** Of those the ones that setup would make, whatever mode they are of. */
function adoptedSecrets(adopted: Readonly<Record<string, string | undefined>>): Secrets {
  const names = madeHere(['sandbox', 'live']).flatMap((name) => [name, secondOf(name)]);
  const known = names.flatMap((name) => {
    const value = adopted[name]?.trim();
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(known);
}

/** The apps of the gateway that runs, asked for with the token of its operator: from here, from a profile, or from the person. */
async function findOperator(setup: Setup): Promise<void> {
  const { context, place, secrets, cloudflare, modes } = setup;
  const { found } = cloudflare;
  const { unknown } = planSecrets(modes, secrets, found.secrets);
  if (unknown.length > 0)
    context.out.warn(
      `The gateway has ${unknown.join(', ')}, and this machine has no copy. They stay as they are. A copy from where it was set up: --secrets FILE.`,
    );
  if (!hasOperator(found)) return;
  const setting = adminSetting(setup);
  if (secrets[setting] === undefined) {
    const { profiles } = await readProfiles(context);
    secrets[setting] =
      profiles[place.name]?.adminToken ??
      (context.env[ADMIN_TOKEN]?.trim() ||
        (
          await context.out.askSecret('The operator’s token of the gateway that is there', {
            instead: `Set ${ADMIN_TOKEN}, or take over its secrets with --secrets FILE.`,
          })
        ).trim());
  }
  try {
    const { data } = await operatorOf(setup).asOperator()('GET /admin/apps');
    setup.apps = data;
  } catch (error) {
    // A gateway that was deployed halfway, or does not start, is what setup is there for.
    if (!(error instanceof FloeError) || error.status === 401 || error.status === 403) throw error;
    context.out.note(`The gateway at ${setup.url} does not answer yet.`);
  }
}

/** Whether the gateway knows an operator already, by the first setting or the second. */
export function hasOperator({ secrets }: Setup['cloudflare']['found']): boolean {
  return secrets.has(ADMIN_TOKEN) || secrets.has(secondOf(ADMIN_TOKEN));
}
