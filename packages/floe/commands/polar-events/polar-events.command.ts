import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { modeOption } from '../../options.ts';
import { listPolarEvents } from './list-polar-events.ts';
import { reapplyPolarEvents } from './reapply-polar-events.ts';
import { showPolarEvent } from './show-polar-event.ts';

/** `floe polar-events`: what Polar has sent, for the operator. */
export function polarEventsCommand(act: Act) {
  const polarEvents = new Command('polar-events').description(
    'what Polar sent, for the operator: list, show, reapply',
  );
  examples(
    polarEvents
      .command('list')
      .description('list Polar’s webhooks, newest first')
      .addOption(
        new Option('--status <status>', 'failed: applying failed. unrouted: fits no app').choices([
          'failed',
          'unrouted',
          'pending',
          'applied',
        ] as const),
      )
      .addOption(modeOption())
      .option('--type <type>', 'of one of Polar’s types: order.paid')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .action(act(listPolarEvents)),
    [
      ['floe polar-events list --status failed', 'what could not be applied'],
      ['floe polar-events list --status unrouted', 'what fits no app: products that no app owns'],
    ],
  );
  examples(
    polarEvents
      .command('show')
      .description('show one, with its body')
      .argument('<polar-event>', 'its id, pev_…')
      .addHelpText(
        'after',
        '\nThe body has personal data of buyers. The gateway’s audit log says that it was\nread.',
      )
      .action(act(showPolarEvent)),
    [['floe polar-events show pev_01kb3z8q4yf6dvkwm2t5n9cr7e', 'why it failed, and what it says']],
  );
  examples(
    polarEvents
      .command('reapply')
      .description('apply one again, or all of a mode that failed or fit no app')
      .argument('[polar-event]', 'its id, pev_…')
      .addOption(new Option('--mode <mode>', 'all of this mode').choices(['live', 'sandbox'] as const))
      .addOption(
        new Option('--status <status>', 'unless given: failed').choices(['failed', 'unrouted'] as const),
      )
      .option('--type <type>', 'of one of Polar’s types: order.paid')
      .option('--since <time>', 'received from then on: 2h or 3d ago, 2026-11-01')
      .option('--until <time>', 'received before then')
      .option('--dry-run', 'only count them')
      .addHelpText(
        'after',
        `
What an event tells is told once, however often it is applied. For several it
says how many, and asks first; --yes does not ask. What fitted no app fits one
when an app owns its product: floe products --help`,
      )
      .action(act(reapplyPolarEvents)),
    [
      ['floe polar-events reapply pev_01kb3z8q4yf6dvkwm2t5n9cr7e', 'one'],
      ['floe polar-events reapply --mode live --since 1d --dry-run', 'how many have failed since yesterday'],
      ['floe polar-events reapply --mode live --status unrouted', 'all that fitted no app'],
    ],
  );
  return polarEvents;
}
