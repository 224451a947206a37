import { expect, test } from 'vitest';
import { placeholdersOf, unsetVariables, wordsOfCommand } from './commands.rules.ts';

test.each([
  [
    'curl https://floe.example.com/v1/payments/pay_01h…/refunds',
    ['https://floe.example.com/v1/payments/pay_01h…/refunds'],
  ],
  ['POLAR_ACCESS_TOKEN=… node stock.ts', ['POLAR_ACCESS_TOKEN=…']],
  ['npm install <tarball>', ['<tarball>']],
  ['curl -H "authorization: Bearer YOUR_KEY"', ['YOUR_KEY']],
  ['npm test -- ...', ['...']],
  ['mkdir ../my-site', []],
  ['curl -s "$GATEWAY/v1/payments" -d \'{"amount": 300}\'', []],
  ['node receiver.js < events.json', []],
])('%s has placeholders: %j', (command, found) => {
  expect(placeholdersOf(command)).toEqual(found);
});

test.each([
  ['npm start', true],
  ['FLOE_PORT=8887 npm start', true],
  ['FLOE_SEED=… FLOE_RUNS=…', true],
  ['npm', false],
  ['payment.succeeded', false],
  ['/v1/payments/:id', false],
  ['{"url": "…"}', false],
])('%s is a command: %s', (code, is) => {
  expect(wordsOfCommand(code) !== undefined).toBe(is);
});

test.each([
  ['curl "$FLOE/v1/payments"', '', ['FLOE']],
  ['curl "$FLOE/v1/payments"', 'FLOE=http://127.0.0.1:8787', []],
  ['FLOE=$(dev .url)\ncurl "${FLOE}"', '', []],
  ['export KEY=$(dev .key); printf "$KEY"', '', []],
  ["printf '$NOT_ONE'", '', []],
  ['for each in a b; do printf "$each"; done; printf "$1" "$!"', '', []],
])('%s behind %j uses, unset: %j', (lines, before, unset) => {
  expect(unsetVariables(lines, before)).toEqual(unset);
});
