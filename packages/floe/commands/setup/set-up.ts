import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import {
  placeOf,
  readDeployment,
  readSecrets,
  saveDeployment,
  saveSecrets,
  type Secrets,
} from '../../deployments/deployment-file.ts';
import { ADMIN_TOKEN, madeHere, planSecrets, secondOf } from '../../deployments/secrets.rules.ts';
import { EXIT } from '../../exit-codes.ts';
import { readProfiles } from '../../profiles/profile-file.ts';
import { openRelease } from '../../release/open-release.ts';
import { askApp, askModes, askTokens, askUrl } from './ask-setup.ts';
import { envFileOf, slugOf } from './first-app.ts';
import { keepProfile, planDeployment } from './plan-deployment.ts';
import { planSelling } from './plan-selling.ts';
import { planStorage } from './plan-storage.ts';
import { operatorOf, type Setup, type Task } from './setup.ts';
import type { SetupOptions } from './setup-options.ts';
import { isSecretKnown } from './sign-event.ts';
import { checkDomain, type PolarSurvey, surveyCloudflare, surveyPolar } from './survey.ts';

/**
 * Sets a gateway up: looks at what there is, says what is missing, asks, and does it. What is there is found by its name or address, and what is
 * made here is written down before it is used, so that a run that was killed is gone on with by running the same command again.
 */
export async function setUp(context: Context, options: SetupOptions): Promise<void> {
  const setup = await survey(context, options);
  const tasks = [...planStorage(setup), ...planDeployment(setup), ...planSelling(setup)];
  if (options.dryRun) return printPlan(context, tasks);
  if (tasks.length > 0) await askBefore(setup, tasks);
  await rememberChoices(setup);
  for (const task of tasks) await runTask(context, task);
  printSummary(setup, tasks.length);
}

async function survey(context: Context, options: SetupOptions): Promise<Setup> {
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
  const known = madeHere(['sandbox', 'live']).flatMap((name) => {
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
  const second = secondOf(ADMIN_TOKEN);
  if (secrets[ADMIN_TOKEN] === undefined && secrets[second] !== undefined)
    secrets[ADMIN_TOKEN] = secrets[second];
  if (secrets[ADMIN_TOKEN] === undefined) {
    const { profiles } = await readProfiles(context);
    secrets[ADMIN_TOKEN] =
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
function hasOperator({ secrets }: Setup['cloudflare']['found']): boolean {
  return secrets.has(ADMIN_TOKEN) || secrets.has(`${ADMIN_TOKEN}_2`);
}

/** Asks once, with what it costs and what it sells. @throws {CliError} when the answer is no, or nobody can be asked */
async function askBefore({ context, cloudflare, modes, url }: Setup, tasks: readonly Task[]): Promise<void> {
  const { out } = context;
  out.note(`To do in the account ${cloudflare.account.name} and at Polar (${modes.join(', ')}):`);
  for (const { what } of tasks) out.note(`  ${what}`);
  if (!cloudflare.found.worker)
    await out.confirm(
      'Floe needs the Workers Paid plan of Cloudflare: 5 US dollars a month, and more beyond what is included. Go on?',
    );
  if (modes.includes('live')) await out.confirm(`Live: at ${url} things are sold for real money. Go on?`);
  else if (cloudflare.found.worker) await out.confirm('Go on?');
}

/** Before the first change: what was chosen need not be said again. */
async function rememberChoices(setup: Setup): Promise<void> {
  const { place, deployment, modes, secrets, wantedApp, cloudflare } = setup;
  deployment.modes = [...new Set([...deployment.modes, ...modes])];
  if (wantedApp) deployment.product = wantedApp.product;
  await saveDeployment(place, deployment);
  if (Object.keys(secrets).length > 0) await saveSecrets(place, secrets);
  if (hasOperator(cloudflare.found)) await keepProfile(setup);
}

async function runTask({ out }: Context, { step, title, what, run }: Task): Promise<void> {
  const said = await out.step(title, run, (result) => result ?? '');
  if (out.isJson) out.item({ step, status: 'done', what, ...(said ? { said } : {}) }, '');
}

function printPlan({ out }: Context, tasks: readonly Task[]): void {
  if (tasks.length === 0) return out.item({ step: 'ready', status: 'done' }, 'There is nothing to do.');
  for (const { step, what } of tasks) out.item({ step, status: 'planned', what }, capital(what));
}

function printSummary({ context, url, place, modes, deployment }: Setup, changes: number): void {
  const keys = modes.flatMap((mode) =>
    deployment.product === undefined ? [] : [envFileOf(place, slugOf(deployment.product, mode))],
  );
  context.out.item(
    {
      step: 'ready',
      status: 'done',
      changes,
      gateway: url,
      profile: place.name,
      modes,
      keys,
      secrets: place.secretsFile,
    },
    [
      changes === 0 ? `There was nothing to do: ${url} is set up.` : `${url} is set up.`,
      `  documentation   ${url}/docs/`,
      ...keys.map((file) => `  keys            ${file}`),
      `  secrets         ${place.secretsFile}`,
      'Keep a copy of the secrets in a safe place: without them what the gateway stores cannot be read.',
    ].join('\n'),
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
