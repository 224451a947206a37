import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { listEvents } from './list-events.ts';
import { replayEvent } from './replay-event.ts';
import { showEvent } from './show-event.ts';

/** `floe events`: what an app was told, with its secret key. */
export function eventsCommand(act: Act) {
  const events = new Command('events').description('what an app was told: list, show, replay');
  examples(
    events
      .command('list')
      .description('list events, newest first')
      .option('--type <type>', 'of one type: payment.succeeded')
      .option('--payment <payment>', 'of one payment')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listEvents)),
    [
      ['floe events list', 'the last twenty'],
      ['floe events list --payment pay_01kb3z8q4yf6dvkwm2t5n9cr7e', 'all that was told of a payment'],
    ],
  );
  examples(
    events
      .command('show')
      .description('show one event, with the body that endpoints get')
      .argument('<event>', 'its id, evt_…')
      .addOption(appOption())
      .action(act(showEvent)),
    [
      ['floe events show evt_01kb3z8q4yf6dvkwm2t5n9cr7e', 'when it was told, and what it says'],
      ['floe events show evt_01kb3z8q4yf6dvkwm2t5n9cr7e --json | jq .body', 'its body alone'],
    ],
  );
  examples(
    events
      .command('replay')
      .description('send an event again: the same bytes with the same webhook-id')
      .argument('<event>', 'its id, evt_…')
      .option(
        '--endpoint <endpoint>',
        'to this one only, whatever its filter; else to all that had it or want it',
      )
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .action(act(replayEvent)),
    [
      ['floe events replay evt_01kb3z8q4yf6dvkwm2t5n9cr7e', 'to every endpoint that had it'],
      ['floe events replay evt_01kb3z8q4yf6dvkwm2t5n9cr7e --endpoint ep_…', 'to one'],
    ],
  );
  return events;
}
