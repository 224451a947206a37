import path from 'node:path';
import { Argument, Command, Option } from '@commander-js/extra-typings';
import { claim, ClaimedError } from '../../../polar-simulator/claim.ts';
import type { Act } from '../../act.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Gateway, openGateway } from '../../gateway/client.ts';
import { examples } from '../../help.ts';
import { modeOption, parseSeconds } from '../../options.ts';
import { makePrivateFolder } from '../../private-file.ts';
import { openSecretStore } from '../../secrets/open-secret-store.ts';
import type { SecretStore } from '../../secrets/secret-store.ts';
import { openPolarCalls } from './open-polar-calls.ts';
import { findWorkingToken, rotateAdmin } from './rotate-admin.ts';
import { rotateAppKey } from './rotate-app-key.ts';
import { rotateKeys } from './rotate-keys.ts';
import { rotateWebhook } from './rotate-webhook.ts';
import type { RotateOptions } from './rotation.ts';
import type { Mode } from './settings.rules.ts';

const DAY_S = 86_400;

const mode = () => modeOption('in which mode').makeOptionMandatory();
const wait = () => new Option('--wait', 'wait through all phases, instead of saying when to come back');
const again = () => new Option('--again', 'also when the present one is less than a day old');

/** `floe rotate`: new secrets and keys, while everything goes on. */
export function rotateCommand(act: Act) {
  const rotate = new Command('rotate').description('replace a secret or a key, while everything goes on');
  examples(
    rotate
      .command('signing')
      .description('the key that signs entitlement tokens')
      .addOption(mode())
      .addOption(wait())
      .addOption(new Option('--emergency', 'the key has leaked: it goes at once, and offline checks notice'))
      .addOption(again())
      .action(act(signing)),
    [
      ['floe rotate signing --mode live', 'one phase further; it says when to come back'],
      ['floe rotate signing --mode live --wait', 'all of it, in about three hours'],
      ['floe rotate signing --mode live --emergency', 'for a key that has leaked'],
    ],
  );
  examples(
    rotate
      .command('encryption')
      .description('the key for what is stored encrypted')
      .addOption(wait())
      .addOption(again())
      .action(act(encryption)),
    [['floe rotate encryption --wait', 'all of it, in about an hour; longer when much is stored']],
  );
  examples(
    rotate
      .command('webhook')
      .description('the secret of Polar’s webhooks')
      .addOption(mode())
      .addOption(wait())
      .addOption(again())
      .action(act(webhook)),
    [['floe rotate webhook --mode sandbox', 'by a second endpoint at Polar; it says when to come back']],
  );
  examples(
    rotate
      .command('admin')
      .description('the operator’s token, here and at the gateway')
      .option('--keep-old', 'leave the old one working, until this is run again without it')
      .addOption(again())
      .action(act(admin)),
    [['floe rotate admin', 'the old one works until the new one has been seen to work']],
  );
  examples(
    rotate
      .command('app-key')
      .description('a key of an app')
      .addArgument(new Argument('<app>', 'the app’s slug, quay-live'))
      .option('--key <key>', 'which one, key_…; needed when the app has several')
      .addOption(
        new Option('--keep-old <duration>', 'how long the old one works on')
          .argParser(parseSeconds)
          .default(DAY_S, '24h'),
      )
      .addOption(
        new Option('--out <file>', 'write the key to this file instead of showing it').conflicts('keep'),
      )
      .option('--keep', 'put the key into the profile instead of showing it')
      .action(act(rotateAppKey)),
    [
      ['floe rotate app-key quay-live', 'shows the new one; the old one works for a day'],
      ['floe rotate app-key quay-live --keep-old 7d --out quay.key', 'into a file that only you can read'],
    ],
  );
  return rotate;
}

async function open(context: Context) {
  const gateway = await openGateway(context);
  const call = gateway.asOperator();
  return { gateway, rotation: { context, call, store: await storeOf(context, gateway, call) } };
}

/** @throws {CliError} for a gateway that is not at Cloudflare, or another one than wrangler would change */
async function storeOf(
  context: Context,
  { profile }: Gateway,
  call: ReturnType<Gateway['asOperator']>,
): Promise<SecretStore> {
  if (profile.from === 'npm start')
    throw new CliError(EXIT.usage, 'The gateway of npm start has no secrets to rotate.', {
      hint: 'npm start -- --reset makes new ones.',
    });
  const { secrets } = await call('GET /admin/secrets');
  return openSecretStore(context, {
    address: profile.gateway,
    hasSettings: [...new Set(secrets.map(({ setting }) => setting))],
  });
}

async function signing(
  context: Context,
  options: RotateOptions & { mode: Mode; emergency?: true | undefined },
) {
  const { rotation } = await open(context);
  await rotateKeys(rotation, { purpose: 'signing', mode: options.mode }, options);
}

async function encryption(context: Context, options: RotateOptions) {
  const { rotation } = await open(context);
  await rotateKeys(rotation, { purpose: 'encryption' }, options);
}

async function webhook(context: Context, options: RotateOptions & { mode: Mode }) {
  const { gateway, rotation } = await open(context);
  const polar = await openPolarCalls(context, options.mode);
  await rotateWebhook(rotation, { mode: options.mode, polar, gateway: gateway.profile.gateway }, options);
}

async function admin(context: Context, options: { keepOld?: true | undefined; again?: true | undefined }) {
  const release = await takeTurn(context);
  try {
    const gateway = await openGateway(context);
    const token = await findWorkingToken(gateway);
    const store = await storeOf(context, gateway, gateway.withToken(token));
    await rotateAdmin({ context, store }, gateway, options);
  } finally {
    await release();
  }
}

/** Two at once would put a token each, and keep the one that the gateway has not. @throws {CliError} */
async function takeTurn({ configDir }: Context): Promise<() => Promise<void>> {
  await makePrivateFolder(configDir);
  try {
    return await claim(path.join(configDir, 'rotate-admin.owner'), []);
  } catch (error) {
    if (!(error instanceof ClaimedError)) throw error;
    throw new CliError(EXIT.failed, `Process ${error.owner.pid} rotates the operator’s token already.`);
  }
}
