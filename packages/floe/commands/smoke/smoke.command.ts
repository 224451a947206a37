import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { examples } from '../../help.ts';
import { repeatable } from '../../options.ts';
import { smoke } from './smoke.ts';

/** `floe smoke`: whether each product can be bought, and for the expected price. */
export function smokeCommand(act: Act) {
  const command = new Command('smoke')
    .description('check that each product can be bought, and what Polar asks for it')
    .addOption(appOption())
    .addOption(repeatable('--product <product[=price]>', 'only this one, and its price: quay:monthly=900usd'))
    .option('--file <file>', 'products and prices as JSON: {"quay:monthly": "900usd"}')
    .addHelpText(
      'after',
      `
It opens a checkout of each product, and compares what Polar asks for with the
price given here, or else with the one that GET /v1/products shows. Prices are
minor units before discount and tax. In live mode too: nobody pays, and the
checkouts expire by themselves. The exit code is 1 when one is not as expected.`,
    )
    .action(act(smoke));
  return examples(command, [
    ['floe smoke', 'every product of the app'],
    ['floe smoke --product quay:monthly=500usd --product quay:yearly=4800usd', 'these, at these prices'],
    ['floe smoke --file prices.json --json', 'the same from a file, for a program'],
  ]);
}
