import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { upgrade } from './upgrade.ts';

/** `floe upgrade`: another release for a gateway that runs. */
export function upgradeCommand(act: Act) {
  return examples(
    new Command('upgrade')
      .description('bring the gateway to the release of this version of floe')
      .option('--account <account>', 'the account of Cloudflare, by id or name')
      .option('--release <folder>', 'deploy this release instead of the own one')
      .option('--contract', 'take away what only the release before needed; there is no way back')
      .option('--dry-run', 'say what would be done, and do nothing')
      .action(act(upgrade)),
    [
      ['npx floe@latest upgrade --dry-run', 'what would change'],
      ['npx floe@latest upgrade', 'migrations that add, deploy, verify; and back, if it does not work'],
      ['floe upgrade --contract', 'later, when nobody wants to go back'],
    ],
  );
}
