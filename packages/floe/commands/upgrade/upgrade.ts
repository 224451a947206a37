import { CliError } from '../../cli-error.ts';
import { applyMigrations, deployRelease, writeSettings } from '../../cloudflare/deploy.ts';
import type { Placement } from '../../cloudflare/deployed-settings.ts';
import { lookAtAccount, RELEASE_VARIABLE, variableOf, VERSION_VARIABLE } from '../../cloudflare/look.ts';
import type { Context } from '../../context.ts';
import { type DeploymentPlace, placeOf, readDeployment } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { isContract } from '../../release/migrations.rules.ts';
import { openRelease, type Release } from '../../release/open-release.ts';
import { type Cloudflare, surveyCloudflare } from '../setup/survey.ts';
import { isOlder, planUpgrade, type Running, type UpgradePlan } from './plan-upgrade.rules.ts';
import { verifyRelease } from './verify-release.ts';

interface Options {
  release?: string | undefined;
  account?: string | undefined;
  dryRun?: true | undefined;
  contract?: true | undefined;
}

interface Upgrade {
  context: Context;
  cloudflare: Cloudflare;
  release: Release;
  place: DeploymentPlace;
  placement: Placement;
}

/**
 * Brings a gateway to the release of this version of `floe`: migrations that only add, the release, a look whether it works, and if not the way back. What takes something
 * away comes later, by `--contract`.
 * @throws {CliError}
 */
export async function upgrade(context: Context, options: Options): Promise<void> {
  const { out } = context;
  const place = placeOf(context);
  const deployment = await readDeployment(context, place);
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
  const { worker, databaseId, namespaceId } = cloudflare.found;
  const url = variableOf(worker, 'FLOE_URL');
  if (!worker || url === undefined || databaseId === undefined || namespaceId === undefined)
    throw new CliError(EXIT.failed, `The account ${cloudflare.account.name} has no gateway to upgrade.`, {
      hint: 'floe setup makes one.',
    });
  const plan = planUpgrade(runningOf(cloudflare), release, cloudflare.database?.missing ?? []);
  if (isOlder(release.version, plan.from))
    throw new CliError(
      EXIT.failed,
      `The gateway runs Floe ${plan.from}, which is newer than this release (${release.version}).`,
      {
        hint: 'An older release may not understand what the newer one has stored. Use the newest version: npx floe@latest upgrade. Back to the version before: npx wrangler rollback --name floe.',
      },
    );
  const placement = {
    accountId: cloudflare.account.id,
    url,
    databaseId,
    namespaceId,
    bindings: cloudflare.found.worker?.bindings ?? [],
  };
  const run: Upgrade = { context, cloudflare, release, place, placement };
  if (options.contract) return contract(run, plan, options.dryRun === true);
  const steps = describeSteps(plan);
  if (options.dryRun) {
    out.result(
      { ...shown(plan), steps },
      steps.length === 0 ? upToDate(plan) : `It would ${steps.join(', ')}.`,
    );
    return;
  }
  if (steps.length > 0) {
    out.note(`${url}, Floe ${plan.from ?? 'of an unknown version'}:`);
    for (const step of steps) out.note(`  ${step}`);
    await out.confirm('Upgrade?');
  }
  await expandAndDeploy(run, plan);
  out.result(
    { ...shown(plan), status: 'upgraded' },
    `${steps.length === 0 ? upToDate(plan) : `The gateway runs Floe ${release.version}.`}${later(plan)}`,
  );
}

/** Each part is left out when it is done already, so that a run which was killed is gone on with. */
async function expandAndDeploy(run: Upgrade, plan: UpgradePlan): Promise<void> {
  const { context, cloudflare, release } = run;
  const { out } = context;
  if (plan.expand.length > 0)
    await out.step(`Migrations that add (${plan.expand.length})`, () =>
      migrate(run, (name) => !isContract(name)),
    );
  if (!plan.isDeployed || plan.changes.length > 0) {
    for (const name of new Set(
      [...release.settings.queues.producers, ...release.settings.queues.consumers].map(({ queue }) => queue),
    ))
      if (!cloudflare.found.queues.has(name))
        await out.step(`Queue ${name}`, () =>
          cloudflare.wrangler.run(['queues', 'create', name], { accountId: cloudflare.account.id }),
        );
    await out.step(`Floe ${release.version}`, async () => {
      await deployRelease(
        cloudflare.wrangler,
        await writeSettings(run.place, release, run.placement),
        release,
        {},
      );
    });
  }
  try {
    await verifyRelease(context, release, run.placement.url);
  } catch (error) {
    await goBack(run, error);
    throw error;
  }
}

/** The version that ran before runs again, after a yes. It works with the migrations that add. */
async function goBack({ context, cloudflare, release }: Upgrade, why: unknown): Promise<void> {
  const { out } = context;
  const { api, account, wrangler } = cloudflare;
  const found = await lookAtAccount(api, account.id, release.settings);
  if (variableOf(found.worker, RELEASE_VARIABLE) !== release.hash) {
    out.warn(
      'Another release runs than the one that was deployed here. Did somebody else upgrade? Nothing is taken back.',
    );
    return;
  }
  const listed = await api.get<{ deployments: { versions: { version_id: string }[] }[] }>(
    `/accounts/${account.id}/workers/scripts/${release.settings.name}/deployments`,
  );
  const before = listed?.deployments[1]?.versions[0]?.version_id;
  if (before === undefined) return;
  out.warn(
    `Floe ${release.version} is deployed, and does not work: ${why instanceof Error ? why.message : String(why)}`,
  );
  await out.confirm('Go back to the version before? It works with the migrations that were added.');
  await out.step('The version before', () =>
    wrangler.run(
      [
        'rollback',
        before,
        '--name',
        release.settings.name,
        '--yes',
        '--message',
        `Floe ${release.version} did not work`,
      ],
      { accountId: account.id },
    ),
  );
}

/** Takes away what only the release before needed. There is no way back behind it. */
async function contract(run: Upgrade, plan: UpgradePlan, isDry: boolean): Promise<void> {
  const { context, release } = run;
  const { out } = context;
  if (plan.contract.length === 0) {
    out.result(
      { ...shown(plan), status: 'nothing_to_do' },
      'There is no migration that takes something away.',
    );
    return;
  }
  if (!plan.isDeployed || plan.expand.length > 0)
    throw new CliError(EXIT.failed, `The gateway does not run Floe ${release.version} yet.`, {
      hint: 'First: floe upgrade',
    });
  if (isDry) {
    out.result(shown(plan), `It would apply ${plan.contract.join(', ')}.`);
    return;
  }
  await verifyRelease(context, release, run.placement.url);
  await out.confirm(
    `Apply ${plan.contract.join(', ')}? The version before does not work with it: there is no way back.`,
  );
  await out.step(`Migrations that take away (${plan.contract.length})`, () => migrate(run, () => true));
  await verifyRelease(context, release, run.placement.url);
  out.result({ ...shown(plan), status: 'contracted' }, 'Done.');
}

const migrate = (
  { cloudflare, release, place, placement }: Upgrade,
  isWanted: (name: string) => boolean,
): Promise<void> => applyMigrations(cloudflare.wrangler, place, release, placement, isWanted);

function runningOf({ found }: Cloudflare): Running {
  return {
    version: variableOf(found.worker, VERSION_VARIABLE),
    hash: variableOf(found.worker, RELEASE_VARIABLE),
    bindings: found.worker?.bindings ?? [],
    crons: found.worker?.crons ?? [],
    queues: new Set(found.queues.keys()),
  };
}

function describeSteps({ to, from, expand, changes, isDeployed }: UpgradePlan): string[] {
  return [
    ...expand.map((name) => `apply ${name}`),
    ...(isDeployed && changes.length === 0
      ? []
      : [`deploy Floe ${to}${from === undefined || from === to ? '' : ` instead of ${from}`}`]),
    ...changes,
  ];
}

const shown = ({ from, ...plan }: UpgradePlan) => ({ from: from ?? null, ...plan });
const upToDate = ({ to }: UpgradePlan) => `The gateway runs this release, Floe ${to}.`;
const later = ({ contract: left }: UpgradePlan) =>
  left.length === 0
    ? ''
    : ` When you do not want to go back any more: floe upgrade --contract (${left.join(', ')}).`;
