import type { Context } from '../../context.ts';
import { saveDeployment, saveSecrets } from '../../deployments/deployment-file.ts';
import { settingsOf } from '../../deployments/secrets.rules.ts';
import { envFileOf, slugOf } from './first-app.ts';
import { keepProfile, planDeployment } from './plan-deployment.ts';
import { planSelling } from './plan-selling.ts';
import { planStorage } from './plan-storage.ts';
import { hasOperator, prepareSetup } from './prepare-setup.ts';
import type { Setup, Task } from './setup.ts';
import type { SetupOptions } from './setup-options.ts';

/**
 * Sets a gateway up: looks at what there is, says what is missing, asks, and does it. What is there is found by its name or address, and what is
 * made here is written down before it is used, so that a run that was killed is gone on with by running the same command again.
 */
export async function setUp(context: Context, options: SetupOptions): Promise<void> {
  const setup = await prepareSetup(context, options);
  const tasks = [...planStorage(setup), ...planDeployment(setup), ...planSelling(setup)];
  if (options.dryRun) return printPlan(context, tasks);
  if (tasks.length > 0) await askBefore(setup, tasks);
  await rememberChoices(setup);
  for (const task of tasks) await runTask(context, task);
  printSummary(setup, tasks.length);
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
  // Whatever is changed at a gateway that sells is changed for its buyers.
  const isLive = modes.includes('live') || cloudflare.found.secrets.has(settingsOf('live').accessToken);
  if (isLive) await out.confirm(`Live: at ${url} things are sold for real money. Go on?`);
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
