import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { showTimeline } from './show-timeline.ts';

/** `floe customers`: what happened with one of them, with an app's secret key. */
export function customersCommand(act: Act) {
  const customers = new Command('customers').description('what happened with a customer');
  examples(
    customers
      .command('timeline')
      .description('list what happened between a customer and the app, newest first')
      .argument('<customer>', 'a Polar customer id, or external:<your id>')
      .option('--type <type>', 'of this type, or of a group: refund.created, payment.*, delivery.*')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(showTimeline)),
    [
      ['floe customers timeline external:user-1', 'the last twenty'],
      ["floe customers timeline external:user-1 --type 'payment.*' --all", 'all payments'],
      ['floe customers timeline external:user-1 --json', 'with ids, to look further'],
    ],
  );
  return customers;
}
