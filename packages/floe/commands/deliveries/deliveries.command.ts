import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { repeatable } from '../../options.ts';
import { listDeliveries } from './list-deliveries.ts';
import { replayDeliveries } from './replay-deliveries.ts';
import { showDelivery } from './show-delivery.ts';

/** `floe deliveries`: events on their way to endpoints, with the app's secret key. */
export function deliveriesCommand(act: Act) {
  const deliveries = new Command('deliveries').description(
    'events on their way to endpoints: list, show, replay',
  );
  examples(
    deliveries
      .command('list')
      .description('list deliveries, newest first')
      .addOption(
        new Option('--status <status>').choices(['pending', 'succeeded', 'failed', 'canceled'] as const),
      )
      .option('--endpoint <endpoint>', 'to an endpoint, ep_…')
      .option('--event <event>', 'of an event, evt_…')
      .option('--type <type>', 'of a type or a group: payment.*')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listDeliveries)),
    [
      ['floe deliveries list --status failed --created-after 1d', 'what did not arrive since yesterday'],
      ['floe deliveries list --event evt_01kb3z8q4yf6dvkwm2t5n9cr7e', 'whom an event was sent to'],
    ],
  );
  examples(
    deliveries
      .command('show')
      .description('show one delivery, and each attempt with what was answered')
      .argument('<delivery>', 'its id, dlv_…')
      .addOption(appOption())
      .action(act(showDelivery)),
    [['floe deliveries show dlv_01kb3z8q4yf6dvkwm2t5n9cr7e', 'when it was tried, and what came back']],
  );
  examples(
    deliveries
      .command('replay')
      .description('send one delivery again, or all that options find')
      .argument('[delivery]', 'its id, dlv_…')
      .option('--endpoint <endpoint>', 'all to this endpoint')
      .addOption(
        new Option('--status <status>', 'unless given: failed').choices([
          'failed',
          'succeeded',
          'pending',
        ] as const),
      )
      .addOption(repeatable('--type <type>', 'of this type or group: payment.*'))
      .option('--since <time>', 'created from then on: 2h or 3d ago, 2026-11-01')
      .option('--until <time>', 'created before then')
      .option('--dry-run', 'only count them')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .addHelpText(
        'after',
        `
The same bytes with the same webhook-id, so that a receiver can tell what it has
already. For several it says how many, and asks first; --yes does not ask.`,
      )
      .action(act(replayDeliveries)),
    [
      ['floe deliveries replay dlv_01kb3z8q4yf6dvkwm2t5n9cr7e', 'one'],
      ['floe deliveries replay --since 2h --dry-run', 'how many have failed of the last two hours’'],
      ["floe deliveries replay --since 2h --type 'payment.*'", 'those of payments, again'],
    ],
  );
  return deliveries;
}
