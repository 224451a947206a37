import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { formatOption, outputOption } from '../../gateway/export-to-file.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { parseCount } from '../../options.ts';
import {
  changeDiscount,
  changeProduct,
  changeSeats,
  changeTrial,
  changeUnits,
} from './change-what-it-costs.ts';
import {
  CANCELLATION_REASONS,
  cancelSubscription,
  pauseSubscription,
  resumeSubscription,
  revokeSubscription,
  uncancelSubscription,
} from './end-subscription.ts';
import { exportSubscriptions } from './export-subscriptions.ts';
import { listSubscriptions, STATUSES } from './list-subscriptions.ts';
import { previewChange } from './preview-change.ts';
import { showSubscription } from './show-subscription.ts';

/** In examples: a whole one would break the line. */
const ID = '$ID';

const prorationOption = () =>
  new Option('--proration <when>', 'charge the difference now, with the renewal, or change then').choices([
    'invoice',
    'prorate',
    'next_period',
  ] as const);
const dryRunOption = () => new Option('--dry-run', 'only say what it costs');

const ASKS = `
It says what happens, and asks first; --yes does not ask. When the answer is
lost, it prints an --idempotency-key: with it the same command acts once.`;

/** `floe subscriptions`: an app's subscriptions, with its secret key. */
export function subscriptionsCommand(act: Act) {
  const subscriptions = new Command('subscriptions').description(
    'an app’s subscriptions: list, export, show, cancel, pause, change',
  );
  /** A command that changes one. */
  const change = (name: string, does: string) =>
    subscriptions
      .command(name)
      .description(does)
      .argument('<id>', 'of the subscription, a UUID')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .addHelpText('after', ASKS);

  examples(
    subscriptions
      .command('list')
      .description('list subscriptions, newest first')
      .addOption(new Option('--status <status>').choices(STATUSES))
      .option('--customer <customer>', 'of a Polar customer id, or external:<your id>')
      .option('--product <product>', 'to a product: its id, name or plan')
      .option('--ending', 'those that are to end with their period')
      .option('--no-ending', 'those that are not')
      .option('--renews-before <time>', 'that renew before then, soonest first: 7d from now, 2026-12-01')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listSubscriptions)),
    [
      ['floe subscriptions list --status active', 'those that go on'],
      ['floe subscriptions list --renews-before 7d', 'that renew within a week'],
      ['floe subscriptions list --status active --ending', 'that will not renew'],
    ],
  );
  examples(
    subscriptions
      .command('export')
      .description('write all subscriptions to a file, as CSV or NDJSON')
      .addOption(outputOption())
      .addOption(formatOption())
      .addOption(new Option('--status <status>').choices(STATUSES))
      .option('--renews-before <time>', 'that renew before then, soonest first: 7d from now, 2026-12-01')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(appOption())
      .action(act(exportSubscriptions)),
    [['floe subscriptions export --status active --output active.csv', 'those that go on']],
  );
  examples(
    subscriptions
      .command('show')
      .description('show one subscription')
      .argument('<id>', 'of the subscription, a UUID')
      .addOption(appOption())
      .action(act(showSubscription)),
    [[`floe subscriptions show ${ID}`, 'how it stands, and what comes next']],
  );
  examples(
    change('cancel', 'end it with its period, or now')
      .option('--now', 'at once; this cannot be taken back, and nothing is refunded')
      .addOption(new Option('--reason <reason>', 'why').choices(CANCELLATION_REASONS))
      .option('--comment <text>', 'what the customer said')
      .action(act(cancelSubscription)),
    [
      [`floe subscriptions cancel ${ID}`, 'it ends with what was paid for'],
      [`floe subscriptions cancel ${ID} --now`, 'it ends now'],
    ],
  );
  examples(
    change('uncancel', 'take a cancellation back, before it has ended').action(act(uncancelSubscription)),
    [[`floe subscriptions uncancel ${ID}`, 'it renews after all']],
  );
  examples(
    change('pause', 'pause it at the end of its period')
      .option('--resumes-at <time>', 'when it goes on by itself: 60d from now, 2027-01-15')
      .action(act(pauseSubscription)),
    [
      [`floe subscriptions pause ${ID}`, 'until somebody resumes it'],
      [`floe subscriptions pause ${ID} --resumes-at 2027-01-15`, 'until then'],
    ],
  );
  examples(
    change('resume', 'end a pause, or take back one that has not begun').action(act(resumeSubscription)),
    [[`floe subscriptions resume ${ID}`, 'a paused one begins a period, which is charged']],
  );
  examples(
    change('change', 'move it to another product')
      .requiredOption('--product <product>', 'its id, name or plan')
      .addOption(prorationOption())
      .addOption(dryRunOption())
      .action(act(changeProduct)),
    [
      [`floe subscriptions change ${ID} --product quay:yearly --dry-run`, 'what it would cost'],
      [`floe subscriptions change ${ID} --product yearly --proration invoice`, 'charged now'],
    ],
  );
  examples(
    change('seats', 'change how many seats it has')
      .argument('<seats>', 'how many', parseCount)
      .addOption(prorationOption())
      .addOption(dryRunOption())
      .action(act(changeSeats)),
    [[`floe subscriptions seats ${ID} 5 --dry-run`, 'what five would cost']],
  );
  examples(
    change('units', 'change how many units it has')
      .argument('<units>', 'how many', parseCount)
      .addOption(prorationOption())
      .action(act(changeUnits)),
    [[`floe subscriptions units ${ID} 20`, 'twenty']],
  );
  examples(
    change('discount', 'give it a discount from the next renewal on, or take it away')
      .argument('<discount>', 'a discount of the app’s at Polar, by its id; or none')
      .action(
        act((context, id, discount, options) =>
          changeDiscount(context, id, discount === 'none' ? null : discount, options),
        ),
      ),
    [[`floe subscriptions discount ${ID} none`, 'no discount any more']],
  );
  examples(
    change('trial', 'move the end of its trial, or end it')
      .argument('<end>', 'now, 14d from now, or 2026-12-01')
      .action(act(changeTrial)),
    [
      [`floe subscriptions trial ${ID} 14d`, 'two more weeks'],
      [`floe subscriptions trial ${ID} now`, 'the first period begins, and is charged'],
    ],
  );
  examples(
    subscriptions
      .command('preview')
      .description('say what a change of product or seats would cost')
      .argument('<id>', 'of the subscription, a UUID')
      .option('--product <product>', 'its id, name or plan')
      .option('--seats <n>', 'how many seats', parseCount)
      .addOption(prorationOption())
      .addOption(appOption())
      .action(act(previewChange)),
    [
      [`floe subscriptions preview ${ID} --product quay:yearly`, 'of another plan'],
      [
        `floe subscriptions preview ${ID} --seats 5 --proration prorate`,
        'of five seats, with the next renewal',
      ],
    ],
  );
  examples(change('revoke', 'end it now, as cancel --now does').action(act(revokeSubscription)), [
    [`floe subscriptions revoke ${ID}`, 'what it gives is gone at once'],
  ]);
  return subscriptions;
}
