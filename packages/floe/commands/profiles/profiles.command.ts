import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { addProfile } from './add-profile.ts';
import { listProfiles } from './list-profiles.ts';
import { removeProfile } from './remove-profile.ts';
import { useProfile } from './use-profile.ts';

/** `floe profiles`: the gateways that this user speaks to, with their tokens. */
export function profilesCommand(act: Act) {
  const profiles = new Command('profiles').description('the gateways that you use, with their tokens');
  examples(
    profiles.command('list').description('list them, without their tokens').action(act(listProfiles)),
    [['floe profiles list', 'their gateways, and which one is in use']],
  );
  examples(
    profiles
      .command('add')
      .description('add a gateway, or tokens to one that is there')
      .argument('<name>', 'what you call it: live, sandbox')
      .requiredOption('--gateway <url>', 'its address')
      .option('--app <slug>', 'the app of a secret key: quay-live')
      .option('--use', 'use it from now on, as the first one always is')
      .option('--stdin', 'read FLOE_ADMIN_TOKEN=… and FLOE_SECRET_KEY=… from standard input')
      .addHelpText(
        'after',
        `
Tokens are asked for in a terminal. Elsewhere they come from --stdin, or from
the variables FLOE_ADMIN_TOKEN and FLOE_SECRET_KEY. They are never arguments,
which other users of this machine see, and no command prints them.`,
      )
      .action(act(addProfile)),
    [
      ['floe profiles add live --gateway https://pay.example.com', 'asks for the operator’s token'],
      [
        'floe profiles add live --gateway https://pay.example.com --app quay-live',
        'asks for the app’s secret key too',
      ],
      [
        'floe profiles add live --gateway https://pay.example.com --stdin < .dev.vars',
        'takes the tokens of a file',
      ],
    ],
  );
  examples(
    profiles
      .command('use')
      .description('use a profile where no other is named')
      .argument('<name>', 'its name')
      .action(act(useProfile)),
    [['floe profiles use live', 'from now on']],
  );
  examples(
    profiles
      .command('remove')
      .description('forget a profile and its tokens')
      .argument('<name>', 'its name')
      .action(act(removeProfile)),
    [['floe profiles remove sandbox', 'its gateway keeps them: revoke what others may have']],
  );
  return profiles;
}
