import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { modeOption, parseSeconds, whichModeOption } from '../../options.ts';
import { listRuns } from './list-runs.ts';
import { startRun } from './start-run.ts';
import { cancelRun, showRun, watchRun } from './watch-run.ts';

/** `floe reconcile`: comparisons with Polar, for the operator. */
export function reconcileCommand(act: Act) {
  const reconcile = new Command('reconcile').description(
    'compare what the gateway knows with Polar, for the operator',
  );
  examples(
    reconcile
      .command('start')
      .description('compare now; what is missing or differs is mended, and told')
      .addOption(whichModeOption())
      .addOption(
        new Option('--scope <scope>', 'recent: what is new or open. full: everything').choices([
          'recent',
          'full',
        ] as const),
      )
      .option(
        '--grace <duration>',
        'leave what changed within it to its webhook; 2m unless given',
        parseSeconds,
      )
      .option('--repair-webhook', 'let it register and mend the webhook at Polar')
      .option('--watch', 'wait until it is over')
      .action(act(startRun)),
    [
      ['floe reconcile start --mode live --watch', 'what is new, and how that went'],
      ['floe reconcile start --mode live --scope full', 'everything, in the background'],
    ],
  );
  examples(
    reconcile
      .command('list')
      .description('list comparisons, newest first')
      .addOption(modeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .action(act(listRuns)),
    [['floe reconcile list', 'the last twenty, with what they found']],
  );
  examples(
    reconcile
      .command('show')
      .description('show one comparison, and what it found')
      .argument('<run>', 'its id, rec_…')
      .action(act(showRun)),
    [['floe reconcile show rec_01kb3z8q4yf6dvkwm2t5n9cr7e', 'what differed, by kind of object']],
  );
  examples(
    reconcile
      .command('watch')
      .description('wait until a comparison is over; exit code 1 when something is left')
      .argument('[run]', 'its id, rec_…; the newest unless given')
      .action(act(watchRun)),
    [['floe reconcile watch', 'the newest']],
  );
  examples(
    reconcile
      .command('cancel')
      .description('end a comparison; what it has mended stays')
      .argument('<run>', 'its id, rec_…')
      .action(act(cancelRun)),
    [['floe reconcile cancel rec_01kb3z8q4yf6dvkwm2t5n9cr7e', 'the next one can start']],
  );
  return reconcile;
}
