import { randomUUID } from 'node:crypto';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import {
  type Deployment,
  type DeploymentPlace,
  type Mode,
  saveDeployment,
} from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Gateway } from '../../gateway/client.ts';
import { postSigned } from './sign-event.ts';
import type { PolarSurvey } from './survey.ts';

const TRIES = 60;
const PAUSE_MS = 1_000;

/** What came out. */
export interface CameOut {
  type: string;
  /** The app that was told; undefined when the organization sells nothing yet. */
  app: string | undefined;
}

/**
 * Sends a real event through the gateway, signed as Polar signs it with the secret that the endpoint at Polar has, and waits until the gateway
 * has applied it and told the app. It says of a product, or of the organization, what Polar says of it at this moment: nothing is sold, and
 * nothing is changed. Sent again, it counts once.
 * @throws {CliError} when the gateway refuses it, or it does not come out
 */
export async function sendEventThrough(
  context: Context,
  gateway: Gateway,
  place: DeploymentPlace,
  deployment: Deployment,
  survey: PolarSurvey,
  secret: string,
): Promise<CameOut> {
  const { mode } = survey;
  const state = (deployment.mode[mode] ??= {});
  state.eventId ??= `setup_${randomUUID()}`;
  await saveDeployment(place, deployment);
  const { type, data } = await pickObject(survey);
  const body = JSON.stringify({ type, timestamp: new Date(context.now()).toISOString(), data });
  const response = await postSigned(context, gateway.profile.gateway, { id: state.eventId, secret, body });
  if (!response.ok) throw refused(mode, response.status);
  const app = await waitUntilApplied(context, gateway, mode, type, state.eventId);
  return { type, app };
}

/** The newest product, or the organization where there is none. */
async function pickObject({ api, organization }: PolarSurvey): Promise<{ type: string; data: unknown }> {
  const products = await api.call('GET', '/v1/products/?limit=1&is_archived=false');
  const [product] = (products.body as { items?: unknown[] } | undefined)?.items ?? [];
  if (product !== undefined) return { type: 'product.updated', data: product };
  const { body } = await api.call('GET', `/v1/organizations/${organization.id}`);
  return { type: 'organization.updated', data: body };
}

async function waitUntilApplied(
  context: Context,
  gateway: Gateway,
  mode: Mode,
  type: string,
  webhookId: string,
): Promise<string | undefined> {
  const call = gateway.asOperator();
  for (let tried = 0; tried < TRIES; tried++) {
    const { data } = await call('GET /admin/polar-events', { query: { mode, type, limit: 20 } });
    const event = data.find((each) => each.webhook_id === webhookId);
    if (event?.status === 'applied') return event.app ?? undefined;
    if (event?.status === 'failed' || event?.status === 'unrouted')
      throw new CliError(
        EXIT.failed,
        `The event came in and was not applied: ${event.error ?? event.status}.`,
        {
          hint: 'floe doctor looks for the cause.',
        },
      );
    await context.sleep(PAUSE_MS);
  }
  throw new CliError(EXIT.failed, 'The event came in, and did not come out within a minute.', {
    hint: 'floe doctor looks for the cause. Then run the same command again.',
  });
}

function refused(mode: Mode, status: number): CliError {
  if (status === 401)
    return new CliError(
      EXIT.failed,
      `The gateway does not know the secret of its webhook endpoint at Polar (${mode}).`,
      { hint: 'floe rotate webhook gives both a new one.' },
    );
  return new CliError(EXIT.unavailable, `The gateway answered ${status} to the event.`, {
    hint: 'Run the same command again. floe doctor looks for the cause.',
  });
}
