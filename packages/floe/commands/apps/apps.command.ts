import { Argument, Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { parseNumber, repeatable } from '../../options.ts';
import { changeAddresses } from './change-addresses.ts';
import { createApp } from './create-app.ts';
import { listApps } from './list-apps.ts';
import { showApp } from './show-app.ts';
import { updateApp } from './update-app.ts';

const slug = () => new Argument('<app>', 'its slug, quay-live');
const graceDays = () =>
  new Option('--grace-days <n>', 'a past due subscription opens what it opened for so long').argParser(
    parseNumber,
  );
const noticeDays = () =>
  new Option('--notice-days <n>', 'subscription.ending is told so long before an end').argParser(parseNumber);

const disputeAccess = () =>
  new Option(
    '--dispute-access <what>',
    'what was bought opens while its payment is disputed, or not',
  ).choices(['keep', 'suspend'] as const);

/** `floe apps`: the apps of a gateway, for its operator. */
export function appsCommand(act: Act) {
  const apps = new Command('apps').description(
    'the apps of the gateway: one product’s credentials in one mode',
  );
  examples(apps.command('list').description('list all apps').action(act(listApps)), [
    ['floe apps list', 'all apps'],
    ["floe apps list --json | jq -r '.data[].slug'", 'their names'],
  ]);
  examples(apps.command('show').description('show one app').addArgument(slug()).action(act(showApp)), [
    ['floe apps show quay-live', 'its addresses and settings'],
  ]);
  examples(
    apps
      .command('create')
      .description('create an app; its keys are shown this once')
      .argument('<product>', 'the product’s slug: quay makes quay-live')
      .addOption(
        new Option('--mode <mode>', 'whose money it is')
          .choices(['live', 'sandbox'] as const)
          .makeOptionMandatory(),
      )
      .addOption(repeatable('--callback <url>', 'where buyers may come back to').makeOptionMandatory())
      .addOption(repeatable('--origin <origin>', 'pages that may call with its publishable key'))
      .option('--name <name>', 'what buyers read')
      .option('--webhook <url>', 'its first endpoint, which is sent every event')
      .option('--owns-unclaimed', 'it owns every product that no app claims')
      .option('--foreign-codes', 'buyers may type discount codes of other apps')
      .addOption(graceDays())
      .addOption(noticeDays())
      .addOption(disputeAccess())
      .option('--keep', 'put the secret key into the profile instead of showing it')
      .action(act(createApp)),
    [
      [
        'floe apps create quay --mode sandbox --callback https://quay.example/welcome',
        'quay-sandbox, whose buyers come back to this page',
      ],
      [
        'floe apps create quay --mode live --callback https://quay.example \\\n    --origin https://quay.example --webhook https://quay.example/hooks/floe',
        'with a page that sells, and a backend that is told',
      ],
    ],
  );
  examples(
    apps
      .command('update')
      .description('change the settings of an app')
      .addArgument(slug())
      .option('--name <name>', 'what buyers read')
      .option('--owns-unclaimed', 'it owns every product that no app claims')
      .option('--no-owns-unclaimed', 'it does not')
      .option('--foreign-codes', 'buyers may type discount codes of other apps')
      .option('--no-foreign-codes', 'they may not')
      .addOption(graceDays())
      .addOption(noticeDays())
      .addOption(disputeAccess())
      .action(act(updateApp)),
    [
      ['floe apps update quay-live --name Quay', 'its name on pages and in mail'],
      ['floe apps update quay-live --grace-days 7', 'a week to mend a card'],
    ],
  );
  const addresses = (
    name: string,
    description: string,
    example: string,
    field: 'origins' | 'callback_urls',
  ) =>
    examples(
      apps
        .command(name)
        .description(description)
        .addArgument(slug())
        .addOption(repeatable('--add <url>', 'allow this one'))
        .addOption(repeatable('--remove <url>', 'allow it no more'))
        .action(act((context, app, options) => changeAddresses(context, app, { ...options, field }))),
      [
        [`floe apps ${name} quay-live`, 'what is allowed'],
        [`floe apps ${name} quay-live --add ${example}`, 'one more'],
      ],
    );
  addresses('origins', 'pages that may call with the publishable key', 'https://www.quay.example', 'origins');
  addresses('callbacks', 'where buyers may come back to', 'https://quay.example/thanks', 'callback_urls');
  return apps;
}
