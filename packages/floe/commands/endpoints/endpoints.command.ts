import { Argument, Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { parseCount, parseObject, parseSeconds, repeatable } from '../../options.ts';
import { createEndpoint } from './create-endpoint.ts';
import { deleteEndpoint } from './delete-endpoint.ts';
import { listEndpoints } from './list-endpoints.ts';
import { rotateEndpointSecret } from './rotate-endpoint-secret.ts';
import { showEndpoint } from './show-endpoint.ts';
import { testEndpoint } from './test-endpoint.ts';
import { updateEndpoint } from './update-endpoint.ts';

const EXAMPLE = 'ep_01kb3z8q4yf6dvkwm2t5n9cr7e';

const id = () => new Argument('<endpoint>', 'its id, ep_…');
const events = () => repeatable('--event <type>', 'what it is sent: payment.succeeded, payment.*, *');
const match = () =>
  new Option('--match <json>', 'only events with these fields, as JSON; none: all').argParser(parseMatch);
const ordering = () =>
  new Option('--ordering <how>', 'payment: events of one payment strictly in order').choices([
    'none',
    'payment',
  ] as const);
const rateLimit = () =>
  new Option('--rate-limit <n>', 'messages a minute at most; none: no limit').argParser(parseLimit);

const parseConditions = parseObject('\'{"payment.amount": {"gte": 10000}}\', or none');

function parseMatch(text: string): Record<string, unknown> | null {
  return text === 'none' ? null : parseConditions(text);
}

function parseLimit(text: string): number | 'none' {
  if (text === 'none') return text;
  try {
    return parseCount(text);
  } catch {
    throw new InvalidArgumentError('It must be a whole number from 1, or none.');
  }
}

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
  examples(
    endpoints
      .command('show')
      .description('show an endpoint, and how it does')
      .addArgument(id())
      .addOption(appOption())
      .action(act(showEndpoint)),
    [[`floe endpoints show ${EXAMPLE}`, 'its settings, and the last 24 hours']],
  );
  examples(
    endpoints
      .command('create')
      .description('add an endpoint; the secret that signs its messages is shown this once')
      .argument('<url>', 'https, on the public internet; or queue:<name>, worker:<name>')
      .addOption(events())
      .addOption(match())
      .addOption(
        new Option('--format <format>', 'how messages are written').choices([
          'standard',
          'slack',
          'discord',
        ] as const),
      )
      .option('--description <text>', 'what you call it')
      .addOption(ordering())
      .addOption(rateLimit())
      .option('--paused', 'send nothing until it is resumed')
      .addOption(appOption())
      .action(act(createEndpoint)),
    [
      ['floe endpoints create https://quay.example/hooks/floe', 'for every event'],
      [
        "floe endpoints create https://quay.example/mail --event 'payment.*' \\\n    --event refund.succeeded",
        'for some',
      ],
    ],
  );
  examples(
    endpoints
      .command('update')
      .description('change, pause or resume an endpoint')
      .addArgument(id())
      .option('--url <url>', 'another address')
      .addOption(events())
      .addOption(match())
      .option('--description <text>', 'what you call it')
      .addOption(ordering())
      .addOption(rateLimit())
      .addOption(new Option('--pause', 'send nothing until it is resumed').conflicts('resume'))
      .option('--resume', 'send it what happens, and what it has missed')
      .addOption(appOption())
      .action(act(updateEndpoint)),
    [
      [`floe endpoints update ${EXAMPLE} --pause`, 'while its server is down'],
      [`floe endpoints update ${EXAMPLE} --event 'payment.*'`, 'these events instead of those before'],
    ],
  );
  examples(
    endpoints
      .command('delete')
      .description('delete an endpoint: what waits for it is not sent any more')
      .addArgument(id())
      .addOption(appOption())
      .action(act(deleteEndpoint)),
    [[`floe endpoints delete ${EXAMPLE}`, 'asks first']],
  );
  examples(
    endpoints
      .command('test')
      .description('send a test message, and show what came back (exit code 1: not accepted)')
      .addArgument(id())
      .option('--type <type>', 'of this type, instead of payment.succeeded')
      .addOption(appOption())
      .action(act(testEndpoint)),
    [[`floe endpoints test ${EXAMPLE} --type refund.succeeded`, 'a refund that never was']],
  );
  examples(
    endpoints
      .command('rotate-secret')
      .description('make a new secret; the old one signs as well for a while')
      .addArgument(id())
      .addOption(
        new Option('--overlap <duration>', 'for how long (24h unless given, 0s: not at all)').argParser(
          parseSeconds,
        ),
      )
      .addOption(appOption())
      .action(act(rotateEndpointSecret)),
    [[`floe endpoints rotate-secret ${EXAMPLE} --overlap 7d`, 'a week to change it at the receiver']],
  );
  return endpoints;
}
