import { Argument, Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { createKey } from './create-key.ts';
import { endKey } from './end-key.ts';
import { listKeys } from './list-keys.ts';
import { revokeKey } from './revoke-key.ts';
import { parseScope, SCOPES } from './scopes.ts';

const app = () => new Argument('<app>', 'the app’s slug, quay-live');

/** `floe keys`: the keys of an app, for the operator. */
export function keysCommand(act: Act) {
  const keys = new Command('keys').description('the keys with which an app calls the gateway');
  examples(
    keys
      .command('list')
      .description('list the keys of an app, without the keys themselves')
      .addArgument(app())
      .action(act(listKeys)),
    [['floe keys list quay-live', 'their ends, what they may do, when each was used']],
  );
  examples(
    keys
      .command('create')
      .description('create a key; it is shown this once')
      .addArgument(app())
      .option('--publishable', 'for pages in browsers; without it, a secret key for servers')
      .option('--name <name>', 'what you call it')
      .addOption(
        new Option('--scope <scope>', 'limit it to this; again for more')
          .choices(SCOPES)
          .argParser(parseScope),
      )
      .option('--expires <when>', 'its end: 90d, or 2027-12-31')
      .option('--keep', 'put a secret key into the profile instead of showing it')
      .action(act(createKey)),
    [
      ['floe keys create quay-live --name website --scope access:read', 'a site that only asks for access'],
      ['floe keys create quay-live --scope refunds:write --expires 30d', 'for a month'],
      ['floe keys create quay-live --publishable', 'for buy buttons'],
    ],
  );
  examples(
    keys
      .command('end')
      .description('let a key end at a time, while another one takes its place')
      .addArgument(app())
      .argument('<key>', 'its id, key_…')
      .argument('<when>', 'its end: 24h, or 2027-12-31')
      .action(act(endKey)),
    [['floe keys end quay-live key_01kb3z8q4yf6dvkwm2t5n9cr7e 24h', 'asks first']],
  );
  examples(
    keys
      .command('revoke')
      .description('revoke a key: it is refused within 30 seconds')
      .addArgument(app())
      .argument('<key>', 'its id, key_…')
      .action(act(revokeKey)),
    [['floe keys revoke quay-live key_01kb3z8q4yf6dvkwm2t5n9cr7e', 'asks first']],
  );
  return keys;
}
