import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { acceptDispute } from './accept-dispute.ts';
import { listDisputes, STATUSES } from './list-disputes.ts';
import { showDispute } from './show-dispute.ts';

/** In examples: a whole one would break the line. */
const ID = '$ID';

/** `floe disputes`: what buyers' banks ask back of an app, with its secret key. */
export function disputesCommand(act: Act) {
  const disputes = new Command('disputes').description('what buyers’ banks ask back: list, show, accept');
  examples(
    disputes
      .command('list')
      .description('list disputes, newest first')
      .addOption(new Option('--status <status>').choices(STATUSES))
      .option('--payment <payment>', 'of a payment')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listDisputes)),
    [['floe disputes list --status needs_response', 'which evidence is wanted, and until when']],
  );
  examples(
    disputes
      .command('show')
      .description('show one dispute')
      .argument('<dispute>', 'its id, a UUID')
      .addOption(appOption())
      .action(act(showDispute)),
    [[`floe disputes show ${ID}`, 'how it stands']],
  );
  examples(
    disputes
      .command('accept')
      .description('do not contest it: it is lost at once')
      .argument('<dispute>', 'its id, a UUID')
      .addOption(appOption())
      .addHelpText(
        'after',
        '\nIt says what is lost, and asks first; --yes does not ask. Evidence is handed in\nat Polar.',
      )
      .action(act(acceptDispute)),
    [[`floe disputes accept ${ID}`, 'the buyer keeps the money']],
  );
  return disputes;
}
