import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { listApps } from './list-apps.ts';
import { showApp } from './show-app.ts';

/** `floe apps`: the apps of a gateway, for its operator. */
export function appsCommand(act: Act) {
  const apps = new Command('apps').description(
    'the apps of the gateway: one product’s credentials in one mode',
  );
  examples(apps.command('list').description('list all apps').action(act(listApps)), [
    ['floe apps list', 'all apps'],
    ["floe apps list --json | jq -r '.data[].slug'", 'their names'],
  ]);
  examples(
    apps
      .command('show')
      .description('show one app')
      .argument('<app>', 'its slug, quay-live')
      .action(act(showApp)),
    [['floe apps show quay-live', 'its addresses and settings']],
  );
  return apps;
}
