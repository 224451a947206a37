import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { fingerprint, newToken } from './new-values.ts';
import {
  deleteEndpoint,
  enableEndpoint,
  fetchEndpointsAt,
  type PolarCalls,
  registerEndpoint,
} from './polar-endpoints.ts';
import { type RotateOptions, type Rotation, sayDone, untilGatewayHas, waitOrLeave } from './rotation.ts';
import { type Mode, settingOf } from './settings.rules.ts';
import { nextWebhookStep } from './webhook-steps.rules.ts';

const MAX_STEPS = 40;

/** Gives a mode a new webhook secret, as far as that goes now; with `--wait` to its end. @throws {CliError} */
export async function rotateWebhook(
  rotation: Rotation,
  { mode, polar, gateway }: { mode: Mode; polar: PolarCalls; gateway: string },
  options: RotateOptions,
): Promise<void> {
  const { context, call, store } = rotation;
  const { out } = context;
  const what = { purpose: 'webhook', mode };
  const url = `${gateway}/webhooks/polar`;
  const setting = settingOf('webhook', mode);
  let hasBegun = false;
  const put = async (slot: string, secret: string) => {
    const name = await fingerprint(secret);
    await store.put(slot, secret);
    await untilGatewayHas(rotation, ({ secrets }) => secrets.some((each) => each.name === name));
  };
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const [view, endpoints] = await Promise.all([call('GET /admin/secrets'), fetchEndpointsAt(polar, url)]);
    const secrets = view.secrets.filter((each) => each.purpose === 'webhook' && each.mode === mode);
    const again = options.again === true && !hasBegun;
    const step = nextWebhookStep(secrets, endpoints, { now: context.now(), again, setting });
    switch (step.kind) {
      case 'begin': {
        hasBegun = true;
        const secret = newToken('floe_whs_');
        await out.step(`Adding a new secret (${step.setting})`, () => put(step.setting, secret));
        await out.step('Registering a second endpoint at Polar, with the new secret', () =>
          registerEndpoint(polar, { url, events: step.events, secret }),
        );
        break;
      }
      case 'learn':
        hasBegun = true;
        await out.step(`Adding the secret that Polar made (${step.setting})`, () =>
          put(step.setting, step.endpoint.secret),
        );
        break;
      case 'enable':
        await out.step('Turning the new endpoint on, for all types', () =>
          enableEndpoint(polar, step.endpoint.id, step.events),
        );
        break;
      case 'wait':
        if (!(await waitOrLeave(rotation, what, step, options.wait === true))) return;
        break;
      case 'retire':
        await out.confirm(
          `Delete the old endpoint at Polar (${step.endpoints.map(({ id }) => id).join(', ')})?`,
        );
        hasBegun = true;
        await out.step('Deleting the old endpoint at Polar', async () => {
          for (const { id } of step.endpoints) await deleteEndpoint(polar, id);
        });
        break;
      case 'remove':
        hasBegun = true;
        await out.step(`Removing the old secret (${step.setting})`, async () => {
          await store.remove(step.setting);
          await untilGatewayHas(rotation, (seen) =>
            seen.secrets.every((each) => each.setting !== step.setting),
          );
        });
        break;
      case 'refuse':
        throw new CliError(EXIT.failed, step.why, { hint: step.hint });
      case 'done':
        sayDone(
          rotation,
          what,
          `${step.why}${hasBegun ? '' : ' Nothing was changed; --again makes another one.'}`,
        );
        return;
    }
  }
  throw new CliError(
    EXIT.failed,
    'The rotation does not come to an end. floe doctor says how the gateway is.',
  );
}
