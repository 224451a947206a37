import { createHash } from 'node:crypto';
import { putSecrets } from '../../cloudflare/deploy.ts';
import { saveDeployment, saveSecrets } from '../../deployments/deployment-file.ts';
import { secondOf, settingsOf } from '../../deployments/secrets.rules.ts';
import { type Endpoint, faultsOf, mendEndpoint, registerEndpoint } from '../../polar/webhook-endpoint.ts';
import { envFileOf, makeApp, slugOf } from './first-app.ts';
import { giveSecrets } from './plan-deployment.ts';
import { sendEventThrough } from './send-event.ts';
import { operatorOf, type Setup, type Task } from './setup.ts';
import { type PolarSurvey, webhookUrl } from './survey.ts';

/*
 * What makes a deployed gateway one that sells: Polar's word of what happens comes first, then the app. Before its app exists nobody can buy
 * anything.
 */

export function planSelling(setup: Setup): Task[] {
  const { polar } = setup;
  return [
    ...polar.flatMap((survey) => planWebhook(setup, survey)),
    ...polar.flatMap((survey) => planApp(setup, survey)),
    ...polar.flatMap((survey) => planEvent(setup, survey)),
  ];
}

function planWebhook(setup: Setup, survey: PolarSurvey): Task[] {
  const { release, url, context } = setup;
  const { mode, endpoints, api } = survey;
  const [endpoint, ...others] = endpoints;
  if (others.length > 0)
    context.out.warn(
      `At Polar (${mode}) ${endpoints.length} webhook endpoints have the gateway’s address: it hears everything as often. Delete all but ${endpoint?.id}.`,
    );
  if (!endpoint)
    return [
      {
        step: `webhook:${mode}`,
        title: `Webhook endpoint at Polar, ${mode}`,
        what: `register ${webhookUrl(url)} at Polar (${mode}) for ${release.polarEventTypes.length} event types`,
        run: async () => {
          const secret = knownSecrets(setup, survey)[0] ?? '';
          const made = await registerEndpoint(api, {
            url: webhookUrl(url),
            events: release.polarEventTypes,
            secret,
          });
          survey.endpoints = [made];
          await learnSecret(setup, survey, made);
        },
      },
    ];
  const faults = faultsOf(endpoint, release.polarEventTypes);
  const mend: Task = {
    step: `webhook:${mode}`,
    title: `Webhook endpoint at Polar, ${mode}`,
    what: `mend the webhook endpoint at Polar (${mode}): ${faults.join(', ')}`,
    run: async () => {
      survey.endpoints = [await mendEndpoint(api, endpoint, release.polarEventTypes)];
    },
  };
  const learn: Task = {
    step: `webhook-secret:${mode}`,
    title: `The secret of Polar’s webhooks, ${mode}`,
    what: `give the gateway the secret of its webhook endpoint at Polar (${mode})`,
    run: () => learnSecret(setup, survey, endpoint),
  };
  return [...(isKnown(setup, survey, endpoint) ? [] : [learn]), ...(faults.length === 0 ? [] : [mend])];
}

function knownSecrets({ secrets }: Setup, { mode }: PolarSurvey): string[] {
  const name = settingsOf(mode).webhookSecrets;
  return [secrets[name], secrets[secondOf(name)]].flatMap((value) => (value ? value.split(',') : []));
}

/** As the gateway says; before it answers, as this machine has it. */
function isKnown(setup: Setup, survey: PolarSurvey, endpoint: Endpoint): boolean {
  return survey.isSecretKnown ?? knownSecrets(setup, survey).includes(endpoint.secret);
}

/** Polar may sign with another secret than the one that it was offered; the gateway then has to know both. */
async function learnSecret(setup: Setup, survey: PolarSurvey, { secret }: Endpoint): Promise<void> {
  const known = knownSecrets(setup, survey);
  if (known.includes(secret)) return;
  const name = settingsOf(survey.mode).webhookSecrets;
  // Noted first: a kill behind the next line would leave a secret here that looks as if the gateway had it.
  setup.deployment.pending = [...(setup.deployment.pending ?? []), name];
  await saveDeployment(setup.place, setup.deployment);
  setup.secrets[name] = [secret, ...known].join(',');
  await saveSecrets(setup.place, setup.secrets);
  await giveSecrets(setup, [name], (config, values) => putSecrets(setup.cloudflare.wrangler, config, values));
}

function planApp(setup: Setup, { mode }: PolarSurvey): Task[] {
  const { wantedApp: wanted, deployment, apps = [], context, place } = setup;
  if (!wanted) return [];
  const slug = slugOf(wanted.product, mode);
  const isThere = apps.some((app) => app.slug === slug);
  const isBegun = deployment.making?.[slug] !== undefined;
  if (isThere && !isBegun) return [];
  return [
    {
      step: `app:${slug}`,
      title: `App ${slug}`,
      what: isThere
        ? `make new keys for the app ${slug}, whose first ones were lost, in ${envFileOf(place, slug)}`
        : `create the app ${slug}, with its keys in ${envFileOf(place, slug)}`,
      run: async () => {
        const inMode = (setup.apps ?? []).filter((app) => app.mode === mode);
        deployment.product = wanted.product;
        await makeApp(context, operatorOf(setup), place, deployment, {
          wanted,
          mode,
          ownsUnclaimed: inMode.every((app) => app.slug === slug),
        });
      },
    },
  ];
}

function planEvent(setup: Setup, survey: PolarSurvey): Task[] {
  const { context, deployment, place } = setup;
  const { mode } = survey;
  const isDone = () => {
    const [endpoint] = survey.endpoints;
    return endpoint !== undefined && deployment.mode[mode]?.verifiedFor === occasionOf(setup, endpoint);
  };
  if (isDone()) return [];
  return [
    {
      step: `event:${mode}`,
      title: `A signed event, ${mode}`,
      what: `send a signed event through (${mode}), and wait until it comes out`,
      run: async () => {
        const [endpoint] = survey.endpoints;
        if (!endpoint) throw new Error('The webhook endpoint should have been made.');
        const { type, app } = await sendEventThrough(
          context,
          operatorOf(setup),
          place,
          deployment,
          survey,
          endpoint.secret,
        );
        const state = (deployment.mode[mode] ??= {});
        delete state.eventId;
        state.verifiedFor = occasionOf(setup, endpoint);
        await saveDeployment(place, deployment);
        return app === undefined ? `${type} was applied` : `${type} came out at ${app}`;
      },
    },
  ];
}

/** What an event is sent through for: the same release, the same endpoint, the same secret need no second one. */
function occasionOf({ release, url }: Setup, { id, secret }: Endpoint): string {
  return createHash('sha256')
    .update(JSON.stringify([release.hash, url, id, secret]))
    .digest('hex');
}
