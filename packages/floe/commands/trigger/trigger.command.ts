import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { examples } from '../../help.ts';
import { parseSeconds } from '../../options.ts';
import { trigger } from './trigger.ts';

/** `floe trigger`: has an event come about in the sandbox. */
export function triggerCommand(act: Act) {
  const command = new Command('trigger')
    .description('have an event come about by a real purchase in the sandbox')
    .argument('[type]', 'payment.succeeded')
    .option('--list', 'list the types, and what leads to them')
    .addOption(appOption())
    .option('--product <product>', 'what is bought: a name or id, by default the first that fits')
    .option('--email <address>', 'who buys, by default somebody new')
    .option('--timeout <duration>', 'how long to wait: 60s, or 15m where you pay by hand', parseSeconds)
    .addHelpText(
      'after',
      `
The simulated Polar of npm start is paid at once. At Polar’s own sandbox the
command prints the checkout’s address, and waits until you have paid there with
the test card. In live mode it always refuses.`,
    )
    .action(act(trigger));
  return examples(command, [
    ['floe trigger payment.succeeded', 'buys something'],
    ['floe trigger subscription.renewed --product quay:monthly', 'buys a month, and goes on to the next one'],
    ['floe trigger --list', 'what there is'],
  ]);
}
