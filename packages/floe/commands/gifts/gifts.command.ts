import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { parseCount } from '../../options.ts';
import { cancelGift } from './cancel-gift.ts';
import { createGift } from './create-gift.ts';
import { listGifts } from './list-gifts.ts';
import { resendGift } from './resend-gift.ts';
import { showGift } from './show-gift.ts';

/** `floe gifts`: purchases for somebody else, with an app's secret key. */
export function giftsCommand(act: Act) {
  const gifts = new Command('gifts').description(
    'purchases for somebody else: list, show, sell, send again, take back',
  );
  examples(
    gifts
      .command('list')
      .description('list gifts, newest first')
      .option('--payment <payment>', 'of a payment')
      .option('--to <address>', 'mailed to this address')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listGifts)),
    [
      ['floe gifts list', 'the last twenty'],
      ['floe gifts list --to friend@example.com', 'what somebody should have got'],
    ],
  );
  examples(
    gifts
      .command('show')
      .description('show one gift')
      .argument('<gift>', 'its id, gft_…')
      .addOption(appOption())
      .action(act(showGift)),
    [['floe gifts show gft_01kb3z8q4yf6dvkwm2t5n9cr7e', 'whether it was mailed and accepted']],
  );
  examples(
    gifts
      .command('create')
      .description('open a checkout for a gift, or give a purchase away')
      .option('--product <product>', 'what is given: its id, name or plan')
      .option('--payment <payment>', 'instead: a paid purchase, which stops counting for its buyer')
      .option('--to <address>', 'mail the link there; unless given it is printed, this once')
      .option('--send-at <time>', 'no mail before: 3d from now, 2027-12-24T08:00:00Z')
      .option('--from-name <name>', 'who gives it, as the recipient is told')
      .option('--message <text>', 'what the giver has to say')
      .option('--redirect-url <url>', 'where the recipient goes afterwards')
      .option('--expires-in <days>', 'for how many days the link works', parseCount)
      .option('--email <address>', 'the giver’s')
      .option('--external-id <id>', 'your own id of the giver')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .action(act(createGift)),
    [
      ['floe gifts create --product lifetime --to ben@example.com --from-name Ada', 'to be paid'],
      ['floe gifts create --payment pay_01kb3z8q4yf6dvkwm2t5n9cr7e', 'what was bought already; asks first'],
    ],
  );
  examples(
    gifts
      .command('resend')
      .description('make a new link; the former stops working')
      .argument('<gift>', 'its id, gft_…')
      .option('--to <address>', 'to another address, for one that was mistyped')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .action(act(resendGift)),
    [
      ['floe gifts resend gft_01kb3z8q4yf6dvkwm2t5n9cr7e', 'for somebody who lost it'],
      ['floe gifts resend gft_01kb3z8q4yf6dvkwm2t5n9cr7e --to ada@example.com', 'to another address'],
    ],
  );
  examples(
    gifts
      .command('cancel')
      .description('take back a gift that nobody has accepted, and refund it')
      .argument('<gift>', 'its id, gft_…')
      .option('--no-refund', 'the money stays, and the purchase is its buyer’s again')
      .addOption(appOption())
      .addHelpText('after', '\nIt says what goes back to whom, and asks first; --yes does not ask.')
      .action(act(cancelGift)),
    [
      ['floe gifts cancel gft_01kb3z8q4yf6dvkwm2t5n9cr7e', 'with its money'],
      ['floe gifts cancel gft_01kb3z8q4yf6dvkwm2t5n9cr7e --no-refund', 'the giver keeps the purchase'],
    ],
  );
  return gifts;
}
