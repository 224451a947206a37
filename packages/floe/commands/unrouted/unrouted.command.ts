import { Argument, Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { whichModeOption } from '../../options.ts';
import { adoptPurchase, dismissPurchase, KINDS } from './adopt-purchase.ts';
import { listUnrouted } from './list-unrouted.ts';

/** In examples: a whole one would break the line. */
const ID = '$ID';

const kindArgument = () => new Argument('<kind>', 'what it is').choices(KINDS);

/** `floe unrouted`: purchases that belong to no app, for the operator. */
export function unroutedCommand(act: Act) {
  const unrouted = new Command('unrouted').description(
    'purchases of no app, for the operator: list, adopt, dismiss',
  );
  examples(
    unrouted
      .command('list')
      .description('list purchases that belong to no app, newest first')
      .addOption(whichModeOption())
      .option('--dismissed', 'those that were dismissed')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .action(act(listUnrouted)),
    [['floe unrouted list', 'what was bought, and why no app has it']],
  );
  examples(
    unrouted
      .command('adopt')
      .description('give a purchase to an app, with its orders, refunds and grants')
      .addArgument(kindArgument())
      .argument('<id>', 'its id at Polar, a UUID')
      .argument('<app>', 'the app, by its slug')
      .addHelpText(
        'after',
        '\nIt asks first; --yes does not ask. If all purchases of a product are one app’s:\nfloe products assign --help',
      )
      .action(act(adoptPurchase)),
    [[`floe unrouted adopt order ${ID} quay-live`, 'it is the app’s, which is told']],
  );
  examples(
    unrouted
      .command('dismiss')
      .description('hide a purchase that is nobody’s')
      .addArgument(kindArgument())
      .argument('<id>', 'its id at Polar, a UUID')
      .action(act(dismissPurchase)),
    [[`floe unrouted dismiss order ${ID}`, 'it is listed with --dismissed only']],
  );
  return unrouted;
}
