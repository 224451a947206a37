import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { examples } from '../../help.ts';
import { fromOption } from './from-option.ts';
import { listen } from './listen.ts';

/** `floe listen`: an app's events for a server of this machine. */
export function listenCommand(act: Act) {
  const command = new Command('listen')
    .description('forward your app’s events to a server on this machine')
    .option('--forward-to <url>', 'where to: http://localhost:3000/hooks')
    .addOption(appOption())
    .option('--types <types>', 'only these, with commas: payment.*,refund.succeeded')
    .addOption(fromOption())
    .option('--name <name>', 'a place of its own, for a second listener', 'default')
    .option('--skip-failed', 'leave an event out that was not taken after five attempts')
    .option('--stdin', 'read the secret to sign with from standard input')
    .option('--print-secret', 'print this machine’s secret, and end')
    .addHelpText(
      'after',
      `
Each event is a POST as a webhook endpoint gets it: same body, same headers,
signed (Standard Webhooks) with a secret of this machine alone. It needs no
public address: all connections go out.

The first start begins with the next event; later ones go on where this
machine stopped, and no other machine moves that place. Events come in order,
each until your server answers 2xx. After kill -9 the one in hand comes once
more with the same webhook-id: remember those that you have done.

FLOE_LISTEN_SECRET is used instead of this machine’s secret.`,
    )
    .action(act(listen));
  return examples(command, [
    [
      'floe listen --forward-to http://localhost:3000/hooks',
      'forward what happens from now on, or since the last time',
    ],
    [
      'floe listen --forward-to http://localhost:3000/hooks --from start',
      'all events that are there, and those to come',
    ],
    ['export FLOE_WEBHOOK_SECRET=$(floe listen --print-secret)', 'what your server verifies with'],
  ]);
}
