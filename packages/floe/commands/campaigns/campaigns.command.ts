import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { repeatable } from '../../options.ts';
import { createCampaign } from './create-campaign.ts';
import { deleteCampaign } from './delete-campaign.ts';
import { listCampaigns } from './list-campaigns.ts';
import { showCampaign, showRemaining } from './show-campaign.ts';

/** `floe campaigns`: codes that stand for several discounts, with an app's secret key. */
export function campaignsCommand(act: Act) {
  const campaigns = new Command('campaigns').description(
    'codes that stand for several discounts: list, show, make',
  );
  examples(
    campaigns
      .command('list')
      .description('list campaigns, newest first')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listCampaigns)),
    [['floe campaigns list', 'the last twenty']],
  );
  examples(
    campaigns
      .command('show')
      .description('show one campaign')
      .argument('<campaign>', 'its id or its code')
      .addOption(appOption())
      .action(act(showCampaign)),
    [['floe campaigns show LAUNCH', 'its discounts, in the order in which they are tried']],
  );
  examples(
    campaigns
      .command('remaining')
      .description('say how much is left of a campaign')
      .argument('<campaign>', 'its id or its code')
      .addOption(appOption())
      .action(act(showRemaining)),
    [['floe campaigns remaining LAUNCH', 'in all, and of each of its discounts']],
  );
  examples(
    campaigns
      .command('create')
      .description('make one code of several discounts')
      .requiredOption('--name <name>', 'for you')
      .requiredOption('--code <code>', 'what buyers are given: letters and digits')
      .addOption(
        repeatable(
          '--rule <discount[=products]>',
          'a discount, by its id or code, for all or some products',
        ).makeOptionMandatory(),
      )
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .addHelpText(
        'after',
        `
A purchase gets the first rule that is for its product and still holds. Without
products the discounts follow each other, each until it is used up.`,
      )
      .action(act(createCampaign)),
    [
      ['floe campaigns create --name May --code MAY --rule "$FIRST" --rule "$NEXT"', 'in turn'],
      ['floe campaigns create --name May --code MAY --rule "$HALF=monthly"', 'for one plan'],
    ],
  );
  examples(
    campaigns
      .command('delete')
      .description('delete a campaign; its discounts stay')
      .argument('<campaign>', 'its id or its code')
      .addOption(appOption())
      .addHelpText('after', '\nIt asks first; --yes does not ask.')
      .action(act(deleteCampaign)),
    [['floe campaigns delete LAUNCH', 'the code stands for nothing any more']],
  );
  return campaigns;
}
