import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { examples } from '../../help.ts';
import { parseNumber } from '../../options.ts';
import { explainAccess } from './explain-access.ts';

/** `floe access`: what a customer may use, and why, with an app's secret key. */
export function accessCommand(act: Act) {
  const access = new Command('access').description('why a customer may use something, or not');
  examples(
    access
      .command('explain')
      .description('say why a customer may use something, or not, now or at a time')
      .requiredOption('--resource <resource>', 'what for: content:blog/one, plan:quay:pro, feature:dark-mode')
      .option('--customer <customer>', 'a Polar customer id, or external:<your id>')
      .option('--member <member>', 'one member of that customer')
      .option('--payment <payment>', 'instead: a single purchase, whose buyer has not signed in')
      .option('--at <time>', '2h or 3d ago, 2026-11-01T10:00:00Z; of the last 90 days. Unless given: now')
      .option('--max-age <seconds>', 'what the caller of /v1/access had allowed', parseNumber)
      .addOption(appOption())
      .addHelpText('after', '\nIt ends with 0, whether the answer is yes or no.')
      .action(act(explainAccess)),
    [
      [
        'floe access explain --customer external:u-1 --resource content:blog/one',
        'how it is now, and what led there',
      ],
      [
        'floe access explain --customer external:u-1 --resource plan:quay:pro --at 2d',
        'how it was two days ago',
      ],
    ],
  );
  return access;
}
