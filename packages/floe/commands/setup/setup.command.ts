import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { setUp } from './set-up.ts';

const collect = (value: string, before: string[] = []) => [...before, value];

/** `floe setup`: a gateway at Cloudflare, from nothing. */
export function setupCommand(act: Act) {
  return examples(
    new Command('setup')
      .description('set a gateway up at Cloudflare and Polar, or finish what was begun')
      .addOption(
        new Option('--mode <mode>', 'which of Polar’s environments').choices([
          'sandbox',
          'live',
          'both',
        ] as const),
      )
      .option('--url <url>', 'the gateway’s address: https://pay.example.com')
      .option('--account <account>', 'the account of Cloudflare, by id or name')
      .option('--app <product>', 'the first app, by its product’s name: quay')
      .option('--no-app', 'make no app')
      .option('--app-name <name>', 'what the app is called by people')
      .option('--origin <origin...>', 'where its pages are: https://quay.example.com', collect)
      .option('--callback <url...>', 'where its buyers may come back to', collect)
      .option('--secrets <file>', 'take over the secrets of a gateway that is there')
      .option('--stdin', 'read POLAR_SANDBOX_ACCESS_TOKEN=… from standard input')
      .option('--release <folder>', 'deploy this release instead of the own one')
      .option('--dry-run', 'say what would be done, and do nothing')
      .addHelpText(
        'after',
        `
It looks at what is there, says what it will do, asks, and does it. Whatever
stops it, the same command again goes on where it stopped, and makes nothing
twice. Secrets that the gateway has are never replaced.

Polar's access tokens are asked for in a terminal. Elsewhere they come from
--stdin, or from the variables POLAR_SANDBOX_ACCESS_TOKEN and
POLAR_LIVE_ACCESS_TOKEN. At Cloudflare it uses the login of wrangler, or
CLOUDFLARE_API_TOKEN.`,
      )
      .action(act(setUp)),
    [
      ['floe setup --dry-run', 'what it would do'],
      ['floe setup --mode sandbox', 'asks for what it needs'],
      [
        'floe setup --mode live --url https://pay.example.com --no-app --yes',
        'asks nothing, with the tokens in the environment',
      ],
    ],
  );
}
