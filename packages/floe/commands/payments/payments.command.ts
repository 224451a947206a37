import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { productOption, withCheckoutOptions } from '../../gateway/checkout-options.ts';
import { appOption } from '../../gateway/client.ts';
import { formatOption, outputOption } from '../../gateway/export-to-file.ts';
import { createdAfterOption, createdBeforeOption, metadataOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { parseObject } from '../../options.ts';
import { createPayment } from './create-payment.ts';
import { exportPayments } from './export-payments.ts';
import { getDocument } from './get-document.ts';
import { listPayments, STATUSES } from './list-payments.ts';
import { REFUND_REASONS, refundPayment } from './refund-payment.ts';
import { showPayment } from './show-payment.ts';

/** `floe payments`: what an app sold, with its secret key. */
export function paymentsCommand(act: Act) {
  const payments = new Command('payments').description(
    'what an app sold: list, export, show, create, refund, invoices',
  );
  examples(
    payments
      .command('list')
      .description('list payments, newest first')
      .addOption(new Option('--status <status>').choices(STATUSES))
      .addOption(
        new Option('--kind <kind>', 'where they come from').choices([
          'checkout',
          'renewal',
          'change',
          'direct',
        ] as const),
      )
      .option('--customer <customer>', 'of a Polar customer id, or external:<your id>')
      .option('--product <product>', 'of a product: its id, name or plan')
      .option('--order <id>', 'of an order at Polar')
      .option('--subscription <id>', 'of a subscription')
      .option('--discount <id>', 'with a discount')
      .addOption(metadataOption('with this metadata; may be given five times'))
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(
        new Option('--sort <field>', 'a minus: the largest first').choices([
          'created_at',
          '-created_at',
          'amount',
          '-amount',
        ] as const),
      )
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listPayments)),
    [
      ['floe payments list', 'the last twenty'],
      ['floe payments list --status succeeded --created-after 7d', 'what was paid within a week'],
      ['floe payments list --customer external:user-1', 'of your user'],
      ['floe payments list --all --json > payments.ndjson', 'all of them, a line each'],
    ],
  );
  examples(
    payments
      .command('export')
      .description('write all payments to a file, as CSV or NDJSON')
      .addOption(outputOption())
      .addOption(formatOption())
      .addOption(new Option('--status <status>').choices(STATUSES))
      .option('--customer <customer>', 'of a Polar customer id, or external:<your id>')
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(appOption())
      .action(act(exportPayments)),
    [
      ['floe payments export --output payments.csv', 'all of them, for a spreadsheet'],
      ['floe payments export --created-after 2026-11-01 --output november.csv', 'the books of a month'],
    ],
  );
  examples(
    payments
      .command('show')
      .description('show one payment')
      .argument('<payment>', 'its id, pay_…')
      .addOption(appOption())
      .action(act(showPayment)),
    [['floe payments show pay_01kb3z8q4yf6dvkwm2t5n9cr7e', 'what became of it, and what can be refunded']],
  );
  examples(
    withCheckoutOptions(
      payments
        .command('create')
        .description('open a checkout, and print where the buyer pays')
        .addOption(productOption().makeOptionMandatory())
        .option('--email <address>', 'the buyer’s')
        .option('--name <name>', 'the buyer’s')
        .option('--external-id <id>', 'your own id of the buyer')
        .option('--customer-id <id>', 'the buyer, if proven: a Polar customer id')
        .option('--billing-name <name>', 'for the invoice')
        .addOption(
          new Option('--billing-address <json>', 'for the invoice').argParser(
            parseObject('\'{"country": "DE", "city": "Berlin"}\''),
          ),
        )
        .option('--tax-id <id>', 'of the buyer: a VAT number')
        .option('--business', 'a business buys')
        .option('--embed-origin <origin>', 'of your page that the checkout is embedded in')
        .addOption(idempotencyKeyOption())
        .addOption(appOption())
        .action(act(createPayment)),
    ),
    [
      ['floe payments create --product quay:lifetime --email ada@example.com', 'a link for Ada'],
      ['floe payments create --product monthly --product yearly --trial 14d', 'the buyer chooses'],
      ['floe payments create --product lifetime --price eur=7.00 --business', 'a price of its own'],
      ['floe payments create --product lifetime --json | jq -r .checkout_url', 'its address alone'],
    ],
  );
  examples(
    payments
      .command('refund')
      .description('give money back: all that is left, or a part')
      .argument('<payment>', 'its id, pay_…')
      .option('--amount <money>', 'a part, without its tax, which Polar adds: 3.00 (300 of yen)')
      .addOption(new Option('--reason <reason>', 'why').choices(REFUND_REASONS))
      .option('--comment <text>', 'a note of yours; buyers do not see it')
      .addOption(
        new Option(
          '--benefits <what>',
          'of a one-time purchase; unless given they go when all is refunded',
        ).choices(['revoke', 'keep'] as const),
      )
      .addOption(
        new Option('--cancel-subscription <when>', 'end its subscription as well').choices([
          'now',
          'period_end',
        ] as const),
      )
      .addOption(metadataOption('your own; may be given several times'))
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .addHelpText(
        'after',
        `
It says what goes back to whom, and asks first; --yes does not ask. When the
answer is lost, it prints an --idempotency-key: with it the same command refunds
once.`,
      )
      .action(act(refundPayment)),
    [
      ['floe payments refund pay_01kb3z8q4yf6dvkwm2t5n9cr7e', 'all that is left'],
      ['floe payments refund pay_01kb3z8q4yf6dvkwm2t5n9cr7e --amount 3.00', 'a part of it'],
    ],
  );
  for (const kind of ['invoice', 'receipt'] as const)
    examples(
      payments
        .command(kind)
        .description(`print where the ${kind} is, or write it to a file`)
        .argument('<payment>', 'its id, pay_…')
        .option('-o, --output <file>', 'write it there; a file that is there already stays')
        .addOption(appOption())
        .action(act((context, id, options) => getDocument(context, kind, id, options))),
      [
        [`floe payments ${kind} pay_01kb3z8q4yf6dvkwm2t5n9cr7e`, 'an address that opens for a short time'],
        [`floe payments ${kind} pay_01kb3z8q4yf6dvkwm2t5n9cr7e -o ${kind}.pdf`, 'the file'],
      ],
    );
  return payments;
}
