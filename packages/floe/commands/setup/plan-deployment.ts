import { CliError } from '../../cli-error.ts';
import { applyMigrations, deployRelease, putSecrets, writeSettings } from '../../cloudflare/deploy.ts';
import type { Placement } from '../../cloudflare/deployed-settings.ts';
import { whatIsNotDeployed } from '../../cloudflare/look.ts';
import { saveDeployment, saveSecrets, type Secrets } from '../../deployments/deployment-file.ts';
import { makeSecret } from '../../deployments/make-secrets.ts';
import {
  ENCRYPTION_KEYS,
  madeHere,
  planSecrets,
  secondOf,
  settingsOf,
} from '../../deployments/secrets.rules.ts';
import { EXIT } from '../../exit-codes.ts';
import { isContract } from '../../release/migrations.rules.ts';
import { changeProfiles, readProfiles } from '../../profiles/profile-file.ts';
import { lookAgain } from './plan-storage.ts';
import { adminSetting, type Setup, type Task } from './setup.ts';
import { waitUntilReady } from './wait-ready.ts';

/** Secrets, tables, and the Worker with both. @throws {CliError} when what is stored could not be read any more */
export function planDeployment(setup: Setup): Task[] {
  const { release, cloudflare, secrets, modes, url, place } = setup;
  const { found, database } = cloudflare;
  const plan = planSecrets(modes, secrets, found.secrets);
  if (plan.make.includes(ENCRYPTION_KEYS) && database?.hasSealed)
    throw new CliError(
      EXIT.failed,
      'The keys that the database is encrypted with are neither here nor at the gateway.',
      {
        hint: `Put a copy of the secrets back: floe setup --secrets FILE. Without them what is stored cannot be read; to start afresh, delete the database: npx wrangler d1 delete floe.`,
      },
    );
  const uploads = namesToUpload(setup);
  // A gateway that runs already may be of the release before: what takes something away is for `floe upgrade --contract`.
  const isWanted = (name: string) => found.worker === undefined || !isContract(name);
  const missing = (database?.missing ?? release.migrations).filter(isWanted);
  const lacking = whatIsNotDeployed(found, release.settings, { hash: release.hash, url });
  return [
    ...(plan.make.length === 0
      ? []
      : [
          {
            step: 'secrets',
            title: 'Secrets',
            what: `make ${plan.make.join(', ')}, kept in ${place.secretsFile}`,
            run: () => makeSecrets(setup, plan.make),
          },
        ]),
    ...(missing.length === 0
      ? []
      : [
          {
            step: 'migrations',
            title: 'Migrations',
            what: `apply ${missing.length} migrations to the database`,
            run: async () =>
              applyMigrations(cloudflare.wrangler, place, release, await placementOf(setup), isWanted),
          },
        ]),
    ...(lacking.length === 0
      ? []
      : [
          {
            step: 'deploy',
            title: `Floe ${release.version} at ${url}`,
            what: `deploy Floe ${release.version} to ${url} (${lacking.join(', ')})${uploads.length === 0 ? '' : `, with ${uploads.join(', ')}`}`,
            run: () =>
              giveSecrets(setup, namesToUpload(setup), async (config, values) =>
                deployRelease(cloudflare.wrangler, config, release, values),
              ),
          },
        ]),
    ...(lacking.length > 0 || uploads.length === 0
      ? []
      : [
          {
            step: 'upload',
            title: 'Secrets of the gateway',
            what: `give the gateway ${uploads.join(', ')}`,
            run: () =>
              giveSecrets(setup, namesToUpload(setup), async (config, values) =>
                putSecrets(cloudflare.wrangler, config, values),
              ),
          },
        ]),
    ...(lacking.length === 0 && uploads.length === 0
      ? []
      : [
          {
            step: 'ready',
            title: `An answer of ${url}`,
            what: `wait until ${url} answers and is ready`,
            run: async () => {
              await waitUntilReady(setup.context, url);
              await keepProfile(setup);
            },
          },
        ]),
  ];
}

/** Written down before anything uses them: they exist nowhere else until they are uploaded, and can never be read there. */
async function makeSecrets({ place, secrets }: Setup, names: readonly string[]): Promise<void> {
  for (const name of names) secrets[name] ??= await makeSecret(name);
  await saveSecrets(place, secrets);
}

/** Names of settings that the gateway lacks, of access tokens that are others than it was given, and of what was on its way when a run ended. */
function namesToUpload(setup: Setup): string[] {
  const { modes, cloudflare, secrets, deployment, polar } = setup;
  const { make, upload } = planSecrets(modes, secrets, cloudflare.found.secrets);
  const pending = deployment.pending ?? [];
  const made = madeHere(modes).filter((name) => [...make, ...upload, ...pending].includes(name));
  const ofPolar = polar.flatMap(({ mode, tokenHash }) => {
    const { accessToken, organizationId } = settingsOf(mode);
    const known = deployment.mode[mode]?.tokenHash;
    const isNew =
      !cloudflare.found.secrets.has(accessToken) ||
      pending.includes(accessToken) ||
      (known !== undefined && known !== tokenHash);
    return isNew ? [accessToken, organizationId] : [];
  });
  return [...made, ...ofPolar];
}

/** Gives settings to the gateway. They are noted before, since a kill may come when they are there and nobody knows it. */
export async function giveSecrets(
  setup: Setup,
  names: readonly string[],
  give: (config: string, values: Secrets) => Promise<void>,
): Promise<void> {
  const { deployment, place, polar } = setup;
  deployment.pending = [...new Set([...(deployment.pending ?? []), ...names])];
  await saveDeployment(place, deployment);
  await give(await settingsFile(setup), valuesOf(setup, deployment.pending));
  for (const { mode, tokenHash, organization } of polar)
    if (deployment.pending.includes(settingsOf(mode).accessToken))
      deployment.mode[mode] = { ...deployment.mode[mode], tokenHash, organizationId: organization.id };
  delete deployment.pending;
  await saveDeployment(place, deployment);
}

function valuesOf({ secrets, polar }: Setup, names: readonly string[]): Secrets {
  const all = { ...secrets };
  for (const { mode, accessToken, organization } of polar) {
    all[settingsOf(mode).accessToken] = accessToken;
    all[settingsOf(mode).organizationId] = organization.id;
  }
  // What was rotated into its second setting is given as that.
  const given = names.flatMap((name) => [name, secondOf(name)]);
  return Object.fromEntries(given.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}

/** Wrangler's settings for this deployment. */
async function settingsFile(setup: Setup): Promise<string> {
  return writeSettings(setup.place, setup.release, await placementOf(setup));
}

async function placementOf(setup: Setup): Promise<Placement> {
  const { cloudflare, url } = setup;
  if (cloudflare.found.databaseId === undefined || cloudflare.found.namespaceId === undefined)
    await lookAgain(setup);
  const { databaseId, namespaceId } = cloudflare.found;
  if (databaseId === undefined || namespaceId === undefined)
    throw new CliError(EXIT.unavailable, 'Cloudflare does not show what has just been created.', {
      hint: 'Run the same command again in a while.',
    });
  const bindings = cloudflare.found.worker?.bindings ?? [];
  return { accountId: cloudflare.account.id, url, databaseId, namespaceId, bindings };
}

/** @throws {CliError} when the name of the deployment is that of a profile for another gateway */
export async function checkProfile({ context, place, url }: Setup): Promise<void> {
  const { profiles } = await readProfiles(context);
  const { gateway = url } = profiles[place.name] ?? {};
  if (gateway !== url)
    throw new CliError(EXIT.failed, `The profile ${place.name} is of ${gateway}.`, {
      hint: 'Set up under another name: --profile NAME.',
    });
}

/** Keeps the gateway's address and the operator's token as a profile, so that commands reach it. */
export async function keepProfile(setup: Setup): Promise<void> {
  const { context, place, url, secrets } = setup;
  const { [adminSetting(setup)]: adminToken } = secrets;
  await changeProfiles(context, (kept) => {
    const profile = {
      ...(kept.profiles[place.name] ?? { secretKeys: {} }),
      gateway: url,
      ...(adminToken === undefined ? {} : { adminToken }),
    };
    return { inUse: kept.inUse ?? place.name, profiles: { ...kept.profiles, [place.name]: profile } };
  });
}
