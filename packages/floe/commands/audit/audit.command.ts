import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { createdAfterOption, createdBeforeOption } from '../../gateway/filters.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { listAudit } from './list-audit.ts';

/** `floe audit`: who changed what, for the operator. */
export function auditCommand(act: Act) {
  const audit = new Command('audit')
    .description('who changed what at the gateway, the newest first')
    .addOption(
      new Option('--actor <who>', 'of them only').choices([
        'operator',
        'app',
        'gateway',
        'schedule',
      ] as const),
    )
    .option('--action <action>', 'this only: app.updated, key.revoked (the gateway says which there are)')
    .option('--app <slug>', 'what is about this app')
    .option('--target <id>', 'what was done to this one')
    .option('--key <id>', 'what was done with this key, key_…')
    .addOption(createdAfterOption())
    .addOption(createdBeforeOption())
    .addOption(limitOption())
    .addOption(allOption())
    .addOption(cursorOption())
    .action(act(listAudit));
  return examples(audit, [
    ['floe audit --created-after 24h', 'what was changed since yesterday'],
    ['floe audit --key key_01kb3z8q4yf6dvkwm2t5n9cr7e', 'what a key that has leaked has done'],
    ['floe audit --app quay-live --action app.updated --all --json', 'each with what was before'],
  ]);
}
