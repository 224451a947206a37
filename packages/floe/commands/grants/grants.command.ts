import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { repeatable } from '../../options.ts';
import { createGrant } from './create-grant.ts';
import { fulfilGrant } from './fulfil-grant.ts';
import { listGrants } from './list-grants.ts';
import { revokeGrant } from './revoke-grant.ts';
import { showGrant } from './show-grant.ts';

const FULFILMENTS = ['pending', 'done', 'refused'] as const;

/** `floe grants`: what customers have, by a purchase or from the app, with its secret key. */
export function grantsCommand(act: Act) {
  const grants = new Command('grants').description(
    'what customers have: list, show, give, take back, say what was done',
  );
  examples(
    grants
      .command('list')
      .description('list grants, newest first')
      .option('--customer <customer>', 'of a Polar customer id, or external:<your id>')
      .option('--member <member>', 'of a member of a team')
      .option('--benefit <benefit>', 'of a benefit at Polar')
      .option('--type <type>', 'of a type of benefit: license_keys, discord, custom')
      .option('--product <product>', 'of a product: its id, name or plan')
      .addOption(
        new Option('--state <state>').choices([
          'granted',
          'pending_action',
          'failed',
          'revoked',
          'pending',
          'expired',
        ] as const),
      )
      .addOption(
        new Option('--fulfilment <status>', 'what people have to do, or have done').choices(FULFILMENTS),
      )
      .addOption(
        new Option('--source <source>', 'what Polar gave, or the app itself').choices([
          'polar',
          'app',
        ] as const),
      )
      .addOption(createdAfterOption())
      .addOption(createdBeforeOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listGrants)),
    [
      ['floe grants list --customer external:user-1', 'what your user has'],
      ['floe grants list --state pending_action', 'whose customer has to do something first'],
      ['floe grants list --fulfilment pending', 'what is to be done by hand'],
    ],
  );
  examples(
    grants
      .command('show')
      .description('show a grant, and what happened to it')
      .argument('<grant>', 'its id: Polar’s, or grt_…')
      .addOption(appOption())
      .action(act(showGrant)),
    [['floe grants show grt_01kb3z8q4yf6dvkwm2t5n9cr7e', 'how it stands, and why']],
  );
  examples(
    grants
      .command('create')
      .description('give a customer something that was not bought')
      .requiredOption('--customer <customer>', 'a Polar customer id, or external:<your id>')
      .addOption(repeatable('--resource <resource>', 'what it opens: content:blog/*').makeOptionMandatory())
      .requiredOption('--reason <text>', 'why, in your words')
      .option('--expires <time>', '14d from now, 2027-11-01, 2027-11-01T10:00:00Z; unless given: never')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .action(act(createGrant)),
    [
      ['floe grants create --customer external:7 --resource content:one --reason Press', 'a press copy'],
      [
        'floe grants create --customer external:7 --resource plan:quay:pro --reason VIP',
        'a plan; --expires 14d ends it',
      ],
    ],
  );
  examples(
    grants
      .command('revoke')
      .description('take back what the app gave')
      .argument('<grant>', 'its id, grt_…')
      .addOption(appOption())
      .addHelpText(
        'after',
        `
It says what it takes from whom, and asks first; --yes does not ask. What a
purchase gives goes with its refund: floe payments refund.`,
      )
      .action(act(revokeGrant)),
    [['floe grants revoke grt_01kb3z8q4yf6dvkwm2t5n9cr7e', 'before it ends by itself']],
  );
  examples(
    grants
      .command('fulfil')
      .description('say what was done for a grant that people fulfil')
      .argument('<grant>', 'its id')
      .addOption(
        new Option('--status <status>', 'how far it is').choices(FULFILMENTS).default('done' as const),
      )
      .requiredOption('--by <name>', 'who did it, as you call them')
      .option('--comment <text>', 'what there is to say of it')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .action(act(fulfilGrant)),
    [
      ['floe grants fulfil 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607 --by Ada', 'it is done'],
      ['floe grants fulfil "$GRANT" --by Ada --status refused', 'it cannot be done'],
    ],
  );
  return grants;
}
