import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { parseCount, parseNumber } from '../../options.ts';
import { fromOption } from '../listen/from-option.ts';
import { listEvents } from './list-events.ts';
import { replayEvent } from './replay-event.ts';
import { showEvent } from './show-event.ts';
import { tailEvents } from './tail-events.ts';

/** `floe events`: what an app was told, with its secret key. */
export function eventsCommand(act: Act) {
  const events = new Command('events').description('what an app was told: list, show, tail, replay');
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
      .command('tail')
      .description('print events as they are told, until Ctrl-C')
      .option('--types <types>', 'only these, with commas: payment.*,refund.succeeded')
      .addOption(fromOption().conflicts('after'))
      .option('--after <number>', 'behind the event that was read last', parseNumber)
      .option('--limit <n>', 'end after so many', parseCount)
      .addOption(appOption())
      .addHelpText(
        'after',
        `
Begins with the next event, unless --from or --after says otherwise. Events come
in order, each once, also when connections break or the gateway is away for a
while. Times are UTC. With --json each line is what an endpoint gets. Ctrl-C is
how it ends, so the exit code is 0.`,
      )
      .action(act(tailEvents)),
    [
      ['floe events tail', 'what happens from now on'],
      ["floe events tail --types 'payment.*' --from start", 'all payments until now, and those to come'],
      ['floe events tail --after 120 --json', 'what came behind event 120, a line of JSON each'],
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
