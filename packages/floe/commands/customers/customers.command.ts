import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { formatOption, outputOption } from '../../gateway/export-to-file.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { createCustomer } from './create-customer.ts';
import { eraseCustomer } from './erase-customer.ts';
import { exportCustomers } from './export-customers.ts';
import { exportCustomer } from './export-customer.ts';
import { listCustomers } from './list-customers.ts';
import { nameCustomer } from './name-customer.ts';
import { showCustomer } from './show-customer.ts';
import { showTimeline } from './show-timeline.ts';

const WHO = 'a Polar customer id, or external:<your id>';

/** `floe customers`: who bought of an app, and what it holds about them, with its secret key. */
export function customersCommand(act: Act) {
  const customers = new Command('customers').description(
    'who has bought: list, show, create, name, export, erase, and what happened',
  );
  examples(
    customers
      .command('list')
      .description('list who has bought something, newest first')
      .option('--q <text>', 'whose address, name or your id begins so')
      .addOption(
        new Option('--sort <by>', 'not with --q').choices([
          'created_at',
          '-created_at',
          'email',
          '-email',
        ] as const),
      )
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listCustomers)),
    [
      ['floe customers list', 'the newest twenty'],
      ['floe customers list --q ada@', 'somebody who writes to you'],
    ],
  );
  examples(
    customers
      .command('show')
      .description('show who a customer is, with what they bought, have and spent')
      .argument('<customer>', WHO)
      .addOption(appOption())
      .action(act(showCustomer)),
    [
      ['floe customers show external:user-1', 'your user'],
      ['floe customers show 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', 'somebody who came by a link'],
    ],
  );
  examples(
    customers
      .command('create')
      .description('say who a user of yours is, before the first purchase')
      .argument('<id>', 'your own id for the user')
      .option('--email <address>', 'what their checkouts begin with')
      .option('--name <name>', 'what their checkouts begin with')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .addHelpText('after', '\nNothing is made at Polar yet. Said again, it replaces what was said before.')
      .action(act(createCustomer)),
    [['floe customers create user-1 --email ada@example.com --name Ada', 'their checkouts say so']],
  );
  examples(
    customers
      .command('name')
      .description('say which of your users a customer is')
      .argument('<customer>', 'a Polar customer id')
      .argument('<id>', 'your own id for the user')
      .option('--remove', 'take it back')
      .addOption(appOption())
      .addHelpText(
        'after',
        `
What the customer has bought opens for your user from then on, so it asks
first; --yes does not ask.`,
      )
      .action(act(nameCustomer)),
    [
      ['floe customers name 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607 user-1', 'who bought by a link'],
      ['floe customers name "$CUSTOMER" user-1 --remove', 'it was somebody else'],
    ],
  );
  examples(
    customers
      .command('export')
      .description('print all that the app holds about a customer, as JSON')
      .argument('<customer>', WHO)
      .option('--output <file>', 'write it to a file that only you may read')
      .addOption(appOption())
      .addHelpText('after', '\nThe audit log notes it.')
      .action(act(exportCustomer)),
    [['floe customers export external:user-1 --output ada.json', 'for somebody who asks for it']],
  );
  examples(
    customers
      .command('erase')
      .description('remove what describes a customer in the app')
      .argument('<customer>', WHO)
      .addOption(appOption())
      .addHelpText(
        'after',
        `
It says who it is, and asks first; --yes does not ask. Subscriptions are ended
before: floe subscriptions revoke. What other apps and Polar know stays.`,
      )
      .action(act(eraseCustomer)),
    [['floe customers erase external:user-1', 'for somebody who asks to be forgotten']],
  );
  examples(
    customers
      .command('timeline')
      .description('list what happened between a customer and the app, newest first')
      .argument('<customer>', WHO)
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
  examples(
    customers
      .command('export-all')
      .description('write all customers to a file, as CSV or NDJSON')
      .option('--q <text>', 'whose address, name or your id begins so')
      .addOption(outputOption())
      .addOption(formatOption())
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(appOption())
      .action(act(exportCustomers)),
    [['floe customers export-all --output customers.csv', 'what each has bought and spent']],
  );
  return customers;
}
