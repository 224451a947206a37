import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { listEndpoints } from './list-endpoints.ts';

/** `floe endpoints`: where an app is told what happens. */
export function endpointsCommand(act: Act) {
  const endpoints = new Command('endpoints').description('the addresses to which an app’s events are sent');
  examples(
    endpoints
      .command('list')
      .description('list the endpoints of an app')
      .addOption(appOption())
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .action(act(listEndpoints)),
    [
      ['floe endpoints list --app quay-live', 'the newest 20'],
      ["floe endpoints list --all --json | jq -r '.url'", 'a line for each'],
    ],
  );
  return endpoints;
}
