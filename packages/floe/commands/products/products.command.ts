import { Argument, Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { examples } from '../../help.ts';
import { modeOption } from '../../options.ts';
import { assignProduct, unassignProduct } from './assign-product.ts';
import { listPlans } from './list-plans.ts';
import { listPrices } from './list-prices.ts';
import { listProducts } from './list-products.ts';

const id = () => new Argument('<product>', 'its id at Polar');

/** `floe products`: what is sold, and which app sells it. */
export function productsCommand(act: Act) {
  const products = new Command('products').description('what is sold, and which app sells it');
  examples(
    products
      .command('list')
      .description('list the products of the gateway with the app that owns each')
      .addOption(modeOption())
      .action(act(listProducts)),
    [['floe products list --mode live', 'those of the live organization']],
  );
  examples(
    products
      .command('prices')
      .description('list what an app sells, with its prices')
      .addOption(appOption())
      .action(act(listPrices)),
    [['floe products prices --app quay-live', 'what its publishable key shows too']],
  );
  examples(
    products
      .command('plans')
      .description('list what can be subscribed to by family, from the lowest up')
      .option('--from <product>', 'says what is up and what is down from it: its id, name or plan')
      .addOption(appOption())
      .action(act(listPlans)),
    [
      ['floe products plans', 'each family, from the lowest up'],
      ['floe products plans --from monthly', 'what somebody with this plan can change to'],
    ],
  );
  examples(
    products
      .command('assign')
      .description('give a product to an app, whatever its name says')
      .addArgument(id())
      .argument('<app>', 'the app’s slug, quay-live')
      .action(act(assignProduct)),
    [
      [
        'floe products assign 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607 quay-live',
        'what is bought from now on is quay’s',
      ],
    ],
  );
  examples(
    products
      .command('unassign')
      .description('let metadata and name say again whose a product is')
      .addArgument(id())
      .action(act(unassignProduct)),
    [['floe products unassign 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', 'as Polar has it']],
  );
  return products;
}
