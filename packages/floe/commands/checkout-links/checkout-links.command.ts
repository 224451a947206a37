import { Argument, Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { productOption, withCheckoutOptions } from '../../gateway/checkout-options.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { repeatable } from '../../options.ts';
import { createLink } from './create-link.ts';
import { deleteLink } from './delete-link.ts';
import { listLinks } from './list-links.ts';
import { showLink } from './show-link.ts';
import { updateLink } from './update-link.ts';

const EXAMPLE = 'lnk_01kb3z8q4yf6dvkwm2t5n9cr7e';

const id = () => new Argument('<link>', 'its id, lnk_…');

/** `floe checkout-links`: addresses that begin a payment each time that they are followed, with an app’s secret key. */
export function checkoutLinksCommand(act: Act) {
  const links = new Command('checkout-links').description(
    'addresses that begin a payment each time: list, show, make',
  );
  examples(
    links
      .command('list')
      .description('list checkout links, newest first')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listLinks)),
    [['floe checkout-links list', 'with how often each was followed']],
  );
  examples(
    links
      .command('show')
      .description('show one checkout link, with what it sells')
      .addArgument(id())
      .addOption(appOption())
      .action(act(showLink)),
    [[`floe checkout-links show ${EXAMPLE}`, 'and when it was followed last']],
  );
  examples(
    withCheckoutOptions(
      links
        .command('create')
        .description('make a checkout link, and print its address')
        .option('--label <text>', 'for you')
        .addOption(productOption().makeOptionMandatory())
        .addOption(idempotencyKeyOption())
        .addOption(appOption())
        .action(act(createLink)),
    ),
    [
      ['floe checkout-links create --label Newsletter --product quay:lifetime', 'for a mail to many'],
      ['floe checkout-links create --product monthly --discount-code MAY', 'with a code in it'],
    ],
  );
  examples(
    withCheckoutOptions(
      links
        .command('update')
        .description('change what a checkout link sells; its address stays')
        .addArgument(id())
        .addOption(new Option('--label <text>', 'for you; none: takes it away'))
        .addOption(productOption())
        .addOption(repeatable('--without <setting>', 'what is taken away, as show names it'))
        .addOption(appOption())
        .addHelpText('after', '\nWhat is not named stays.')
        .action(act(updateLink)),
    ),
    [
      ['floe checkout-links update "$LINK" --label "Newsletter of May"', 'another name'],
      ['floe checkout-links update "$LINK" --without discount_code', 'at the full price'],
    ],
  );
  examples(
    links
      .command('delete')
      .description('delete a checkout link; payments that it began go on')
      .addArgument(id())
      .addOption(appOption())
      .addHelpText('after', '\nIt asks first; --yes does not ask.')
      .action(act(deleteLink)),
    [[`floe checkout-links delete ${EXAMPLE}`, 'whoever follows it finds nothing']],
  );
  return links;
}
