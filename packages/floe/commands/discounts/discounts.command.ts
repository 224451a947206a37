import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { parseCount, repeatable } from '../../options.ts';
import { createCodes } from './create-codes.ts';
import { createDiscount } from './create-discount.ts';
import { deleteDiscount } from './delete-discount.ts';
import { listDiscounts } from './list-discounts.ts';
import { listRedemptions } from './list-redemptions.ts';
import { showDiscount } from './show-discount.ts';
import { amountOption, percentOption } from './what-it-does.ts';

const PRODUCT = 'for this product: its id, name or plan; unless given for all that are sold now';

/** `floe discounts`: what lowers the prices of an app's products, with its secret key. */
export function discountsCommand(act: Act) {
  const discounts = new Command('discounts').description(
    'discounts and their codes: list, show, make one or a hundred',
  );
  examples(
    discounts
      .command('list')
      .description('list discounts, oldest first')
      .option('--code <code>', 'the one with this code')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listDiscounts)),
    [
      ['floe discounts list --all', 'how often each was used'],
      ['floe discounts list --code LAUNCH', 'the one with a code'],
    ],
  );
  examples(
    discounts
      .command('show')
      .description('show one discount')
      .argument('<discount>', 'its id or its code')
      .addOption(appOption())
      .action(act(showDiscount)),
    [['floe discounts show LAUNCH', 'what it takes off, and how many are left']],
  );
  examples(
    discounts
      .command('redemptions')
      .description('list the paid purchases with a discount, newest first')
      .argument('<discount>', 'its id or its code')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listRedemptions)),
    [['floe discounts redemptions LAUNCH --all', 'who used it']],
  );
  examples(
    discounts
      .command('create')
      .description('make a discount')
      .requiredOption('--name <name>', 'what buyers see')
      .addOption(percentOption())
      .addOption(amountOption())
      .option('--code <code>', 'what buyers are given: letters and digits')
      .option('--max <n>', 'how often it can be used', parseCount)
      .option('--max-per-customer <n>', 'how often one customer can use it', parseCount)
      .addOption(repeatable('--product <product>', PRODUCT))
      .option('--months <n>', 'of subscriptions: for so many months', parseCount)
      .option('--forever', 'of subscriptions: as long as they go on')
      .option('--starts <time>', 'not before: 3d from now, 2027-12-01')
      .option('--ends <time>', 'no longer than: 14d from now, 2027-12-24T20:00:00Z')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .action(act(createDiscount)),
    [
      [
        'floe discounts create --name Launch --code LAUNCH --percent 50 --max 100',
        'the first hundred pay half',
      ],
      ['floe discounts create --name Welcome --amount usd=3.00 --amount eur=2.50', 'an amount'],
    ],
  );
  examples(
    discounts
      .command('codes')
      .description('make many codes, each a discount that can be used once')
      .argument('<file>', 'the codes, one a line; it is written if it is not there')
      .requiredOption('--name <name>', 'what buyers see')
      .addOption(percentOption())
      .addOption(amountOption())
      .option('--count <n>', 'make up so many codes', parseCount)
      .option('--prefix <text>', 'how they begin', '')
      .option('--max <n>', 'how often each can be used', parseCount, 1)
      .addOption(repeatable('--product <product>', PRODUCT))
      .option('--months <n>', 'of subscriptions: for so many months', parseCount)
      .option('--forever', 'of subscriptions: as long as they go on')
      .option('--starts <time>', 'not before: 3d from now, 2027-12-01')
      .option('--ends <time>', 'no longer than: 14d from now, 2027-12-24T20:00:00Z')
      .addOption(appOption())
      .addHelpText(
        'after',
        `
The codes are written to the file before the first is made. When it is cut off,
type the same command again: it goes on with the others, and makes none twice.`,
      )
      .action(act(createCodes)),
    [
      ['floe discounts codes launch.txt --count 100 --name Launch --percent 50', 'a hundred'],
      ['floe discounts codes launch.txt --name Launch --percent 50', 'those that are in the file'],
    ],
  );
  examples(
    discounts
      .command('delete')
      .description('delete a discount: nobody can use it any more')
      .argument('<discount>', 'its id or its code')
      .addOption(appOption())
      .addHelpText('after', '\nIt says what it is, and asks first; --yes does not ask.')
      .action(act(deleteDiscount)),
    [['floe discounts delete LAUNCH', 'subscriptions that have it keep it']],
  );
  return discounts;
}
