import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { nextKeyStep, type Step } from './key-steps.rules.ts';
import { newEncryptionKey, newSigningKeys } from './new-values.ts';
import { type RotateOptions, type Rotation, sayDone, untilGatewayHas, waitOrLeave } from './rotation.ts';
import { type Mode, type SecretsView } from './settings.rules.ts';

/* Keys with a time: signing keys of a mode, and encryption keys. */

type What = { purpose: 'signing'; mode: Mode } | { purpose: 'encryption' };
type Options = RotateOptions & { emergency?: true | undefined };

/** Steps that one run may take; more of them would be a fault. */
const MAX_STEPS = 1_000;
const PAUSE_MS = 2_000;

/** Gives the gateway a new key, as far as that goes now; with `--wait` to its end. @throws {CliError} */
export async function rotateKeys(rotation: Rotation, what: What, options: Options): Promise<void> {
  const { context, call, store } = rotation;
  const { out } = context;
  const wishes = { again: options.again === true, emergency: options.emergency === true };
  let hasBegun = false;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const [view, set] = await Promise.all([call('GET /admin/secrets'), store.names()]);
    const step = findStep(view, what, {
      now: context.now(),
      set,
      ...wishes,
      again: wishes.again && !hasBegun,
    });
    switch (step.kind) {
      case 'put': {
        if (wishes.emergency) await confirmEmergency(rotation);
        hasBegun = true;
        const { name, value } = await newKey(what, view, context.now(), wishes.emergency);
        await out.step(`Adding a new key (${step.setting})`, async () => {
          await store.put(step.setting, value);
          await untilGatewayHas(rotation, ({ secrets }) => secrets.some((secret) => secret.name === name));
        });
        break;
      }
      case 'remove':
        if (wishes.emergency && !hasBegun) await confirmEmergency(rotation);
        hasBegun = true;
        if (wishes.emergency) await withdraw(rotation, view, step.setting);
        await out.step(`Removing the old key (${step.setting})`, async () => {
          await store.remove(step.setting);
          await untilGatewayHas(rotation, ({ secrets }) =>
            secrets.every(({ setting }) => setting !== step.setting),
          );
        });
        break;
      case 'reseal': {
        const more = await resealNow(rotation);
        if (more !== undefined && !(await waitOrLeave(rotation, what, more, options.wait === true))) return;
        break;
      }
      case 'wait':
        if (step.until <= context.now()) await context.sleep(PAUSE_MS);
        else if (!(await waitOrLeave(rotation, what, step, options.wait === true))) return;
        break;
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

function findStep({ secrets }: SecretsView, what: What, now: Parameters<typeof nextKeyStep>[1]): Step {
  const mode = what.purpose === 'signing' ? what.mode : null;
  const keys = secrets.filter((secret) => secret.purpose === what.purpose && secret.mode === mode);
  if (keys.length === 0)
    throw new CliError(EXIT.failed, `The gateway has no ${what.purpose} key: ${mode ?? 'this'} is not on.`);
  return nextKeyStep(keys, now);
}

/**
 * A key that has leaked is published no longer, also not for offline licences. It is withdrawn before its setting is empty, so that a run
 * which was killed in between is repeated by the same command.
 */
async function withdraw(
  { context, call }: Rotation,
  { secrets }: SecretsView,
  setting: string,
): Promise<void> {
  for (const { name, mode, purpose, setting: own } of secrets) {
    if (own !== setting || purpose !== 'signing' || mode === null) continue;
    await context.out.step(`Withdrawing the old key (${name})`, async () => {
      await call('POST /admin/secrets/withdraw', { body: { mode, key: name } }).catch((error: unknown) => {
        // A gateway of before offline licences publishes what is in its settings, and no more.
        if (!(error instanceof FloeError && error.code === 'not_found')) throw error;
      });
    });
  }
}

/** A key that is used when every isolate, and whoever verifies, knows it. */
function newKey(
  { purpose }: What,
  { publish_seconds, settle_seconds }: SecretsView,
  now: number,
  isNow: boolean,
): Promise<{ name: string; value: string }> | { name: string; value: string } {
  const seconds = Math.floor(now / 1000);
  if (purpose === 'encryption') return newEncryptionKey(seconds + settle_seconds);
  return newSigningKeys(isNow ? seconds : seconds + publish_seconds);
}

/** Has the gateway encrypt with the new key what is left. @returns until when it can only wait */
async function resealNow({ context, call }: Rotation): Promise<{ until: number; why: string } | undefined> {
  const { out } = context;
  let last = '';
  for (let asked = 0; asked < MAX_STEPS; asked++) {
    const { reseal } = await call('POST /admin/secrets/reseal');
    if (!reseal || reseal.is_complete) return undefined;
    const underWay = reseal.places.find(({ finished_at }) => finished_at === null);
    const settledAt = Date.parse(reseal.settled_at);
    if (!underWay && settledAt > context.now())
      return {
        until: settledAt,
        why: 'What is stored is encrypted with the new key. A last pass comes when no invocation uses the old one.',
      };
    const said = underWay ? `${underWay.place}: ${underWay.rows_left} rows left` : '';
    if (said !== last && said !== '') out.note(`Encrypting with the new key. ${said}`);
    last = said;
  }
  return { until: context.now() + LATER_MS, why: 'Much is stored; the gateway goes on by itself.' };
}

const LATER_MS = 10 * 60_000;

async function confirmEmergency({ context }: Rotation): Promise<void> {
  const { out } = context;
  out.warn(
    'The old key goes at once. Sites that verify tokens offline refuse what it has signed as soon as they read the new key set, and ask the gateway; those that ' +
      'do not ask send their visitors away until then, up to two hours. A forged token is believed offline for as long. Sessions stay. Offline licences ' +
      'that the old key has signed end wherever a program reads the new key set: it needs a new licence then.',
  );
  await out.confirm('Replace the signing key now?');
}
