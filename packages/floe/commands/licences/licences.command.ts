import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { parseNumber } from '../../options.ts';
import { deactivateMachine } from './deactivate-machine.ts';
import { listLicences } from './list-licences.ts';
import { parseLimit } from './parse-limit.ts';
import { showLicence } from './show-licence.ts';
import { updateLicence } from './update-licence.ts';
import { validateLicence } from './validate-licence.ts';

const STATUSES = ['granted', 'revoked', 'disabled'] as const;

/** `floe licences`: licence keys that an app sold, with its secret key. */
export function licencesCommand(act: Act) {
  const licences = new Command('licences').description('licence keys: list, check, change, free machines');
  examples(
    licences
      .command('list')
      .description('list licence keys')
      .option('--customer <customer>', 'of a Polar customer id, or external:<your id>')
      .option('--benefit <benefit>', 'of a benefit at Polar')
      .addOption(new Option('--status <status>').choices(STATUSES))
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listLicences)),
    [
      ['floe licences list --customer external:user-1', 'your user’s'],
      ['floe licences list --status disabled --all', 'those that were blocked'],
    ],
  );
  examples(
    licences
      .command('show')
      .description('show a licence key and the machines that it is activated for')
      .argument('<licence>', 'its id; not the key itself')
      .option('--reveal', 'print the whole key; the audit log notes it')
      .addOption(appOption())
      .action(act(showLicence)),
    [
      ['floe licences show 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', 'how it stands'],
      ['floe licences show 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607 --reveal', 'for somebody who lost it'],
    ],
  );
  examples(
    licences
      .command('validate')
      .description('say whether a key is good, as a program would be told')
      .option('--stdin', 'read the key from standard input')
      .option('--activation <id>', 'for this activation')
      .option('--benefit <benefit>', 'it has to be of this benefit')
      .option('--max-age <seconds>', 'how old a remembered yes may be; 0 asks Polar', parseNumber)
      .addOption(appOption())
      .addHelpText(
        'after',
        `
The key is asked for in a terminal, or comes from --stdin. It is never an
argument, which other users of this machine see. It ends with 1 when the key is
not good, and says why. Nothing is counted as used.`,
      )
      .action(act(validateLicence)),
    [
      ['floe licences validate', 'asks for the key'],
      ['floe licences validate --stdin --max-age 0 < key.txt', 'asks Polar about the key in a file'],
    ],
  );
  examples(
    licences
      .command('update')
      .description('change how a licence key stands, its limits, its end')
      .argument('<licence>', 'its id; not the key itself')
      .addOption(new Option('--status <status>').choices(STATUSES))
      .option('--limit-activations <n>', 'machines at once; none: it is not activated', parseLimit)
      .option('--limit-usage <n>', 'how much may be used; none: as much as one likes', parseLimit)
      .option('--usage <n>', 'how much counts as used', parseNumber)
      .option('--expires <time>', '30d from now, 2027-11-01, 2027-11-01T10:00:00Z, or never')
      .addOption(appOption())
      .addHelpText('after', '\nIt asks before it takes something away; --yes does not ask.')
      .action(act(updateLicence)),
    [
      ['floe licences update 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607 --status disabled', 'a key that leaked'],
      ['floe licences update "$LICENCE" --limit-activations 5', 'two more machines'],
      ['floe licences update 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607 --expires never', 'it has no end'],
    ],
  );
  examples(
    licences
      .command('deactivate')
      .description('free the place of a machine')
      .argument('<licence>', 'the id of the licence key')
      .argument('<id>', 'of the activation, as show prints it')
      .addOption(appOption())
      .addHelpText('after', '\nIt says which machine it is, and asks first; --yes does not ask.')
      .action(act(deactivateMachine)),
    [['floe licences deactivate "$LICENCE" "$MACHINE"', 'a machine that was lost']],
  );
  return licences;
}
