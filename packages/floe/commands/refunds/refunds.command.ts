import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { formatOption, outputOption } from '../../gateway/export-to-file.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { exportRefunds } from './export-refunds.ts';
import { listRefunds } from './list-refunds.ts';
import { showRefund } from './show-refund.ts';

const STATUSES = ['pending', 'succeeded', 'failed'] as const;

/** `floe refunds`: what an app gave back, with its secret key. */
export function refundsCommand(act: Act) {
  const refunds = new Command('refunds').description('what went back to buyers: list, export, show');
  examples(
    refunds
      .command('list')
      .description('list refunds, newest first, those made at Polar too')
      .addOption(new Option('--status <status>').choices(STATUSES))
      .option('--payment <payment>', 'of a payment')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listRefunds)),
    [
      ['floe refunds list --created-after 30d', 'of a month'],
      ['floe refunds list --payment pay_01kb3z8q4yf6dvkwm2t5n9cr7e', 'of one payment'],
    ],
  );
  examples(
    refunds
      .command('export')
      .description('write all refunds to a file, as CSV or NDJSON')
      .addOption(outputOption())
      .addOption(formatOption())
      .addOption(new Option('--status <status>').choices(STATUSES))
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(appOption())
      .action(act(exportRefunds)),
    [['floe refunds export --created-after 2026-11-01 --output refunds.csv', 'what went back since then']],
  );
  examples(
    refunds
      .command('show')
      .description('show one refund')
      .argument('<refund>', 'its id, ref_…')
      .addOption(appOption())
      .action(act(showRefund)),
    [['floe refunds show ref_01kb3z8q4yf6dvkwm2t5n9cr7e', 'what became of it']],
  );
  return refunds;
}
