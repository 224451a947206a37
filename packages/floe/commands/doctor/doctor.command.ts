import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { modeOption, repeatable } from '../../options.ts';
import { runDoctor } from './run-doctor.ts';

/** `floe doctor`: what is wrong with a gateway, and what mends it. */
export function doctorCommand(act: Act) {
  return examples(
    new Command('doctor')
      .description('what is wrong with the gateway, how bad it is, and what mends it')
      .option('--fix', 'mend what needs no decision')
      .addOption(modeOption())
      .addOption(repeatable('--ignore <code>', 'do not say this'))
      .action(act(runDoctor)),
    [
      ['floe doctor', 'ends with 0 when nothing is found, else with 1'],
      ['floe doctor --fix', 'repairs the webhook endpoint at Polar, applies events again, …'],
      ['floe doctor --quiet', 'prints nothing while all is well'],
      ['floe doctor --json --ignore polar_endpoint_others', 'for a program'],
    ],
  );
}
