import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { idempotencyKeyOption } from '../../gateway/act-once.ts';
import { appOption } from '../../gateway/client.ts';
import { examples } from '../../help.ts';
import { recoverEndpoint } from './recover-endpoint.ts';

/** `floe recover`: sends an endpoint again what has failed, with the app's secret key. */
export function recoverCommand(act: Act) {
  return examples(
    new Command('recover')
      .description('send an endpoint again all that has failed since a time')
      .argument('<endpoint>', 'its id, ep_…')
      .requiredOption('--since <time>', '2h or 3d ago, 2026-11-01, 2026-11-01T10:00:00Z')
      .option('--dry-run', 'only count it')
      .addOption(idempotencyKeyOption())
      .addOption(appOption())
      .action(act(recoverEndpoint)),
    [
      ['floe recover ep_01kb3z8q4yf6dvkwm2t5n9cr7e --since 6h --dry-run', 'how many it has missed'],
      ['floe recover ep_01kb3z8q4yf6dvkwm2t5n9cr7e --since 6h', 'sends them, after a question'],
    ],
  );
}
