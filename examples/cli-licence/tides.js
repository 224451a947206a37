#!/usr/bin/env node
import { activate, check, deactivate, NotReached } from './licence.js';
import { gateway } from './settings.js';
import { tideTable } from './tide-table.js';

/* The program itself: four commands, and what they say. */

const EXIT = { done: 0, locked: 1, usage: 2, later: 3 };

const USAGE = `Tides: high and low water, from your terminal.

  tides                    the tides of today
  tides activate KEY       use one of your licence's machines for this one
  tides status             ask whether the licence counts, and until when
  tides deactivate         free this machine's place for another one
`;

/** What people are told, by the code of the gateway or the reason of the kit. */
const SAID = {
  not_found:
    'There is no such licence key. Please compare it with the one on your receipt: every character counts.',
  revoked: 'This licence has ended: the purchase was refunded, or its subscription is over.',
  disabled: 'This licence has been suspended by the seller.',
  expired: 'This licence has ended.',
  activation_limit:
    'This licence is in use on as many machines as it is for. Run `tides deactivate` on one of them, or remove it on your account page.',
  activation_unknown:
    'This machine was removed from your licence. Run `tides activate KEY` to use it here again.',
  activation_not_supported: 'This key is not for a program on machines.',
  conditions_mismatch: 'This licence was activated on another machine. Run `tides activate KEY` on this one.',
  wrong_product: 'This key is for something else.',
  wrong_fingerprint: 'This licence belongs to another machine. Run `tides activate KEY` on this one.',
  clock_set_back:
    'The clock of this machine is behind the time at which Tides ran last. Please set it right.',
  not_yet_valid:
    'The clock of this machine is behind the time at which the licence was made. Please set it right.',
  not_entitled: 'This licence does not include Tides.',
  activated_with_another: 'Tides is activated with another key here. Run `tides deactivate` first.',
};
const DAMAGED = 'The kept licence cannot be verified. Connect to the internet once, and run Tides again.';

const say = (...lines) => console.log(lines.join('\n'));
const day = (seconds) => new Date(seconds * 1000).toLocaleDateString('en-GB', { dateStyle: 'long' });
const explain = (code) => SAID[code] ?? DAMAGED;

async function runActivate(key) {
  if (!key) return usage('Which key? It is on your receipt and on your account page.');
  const { code, display } = await activate(key.trim());
  if (code !== 'valid') return lock(explain(code));
  say(`Thank you! Tides is activated on this machine (${display}).`, 'Run `tides` for the tides of today.');
  return EXIT.done;
}

async function runTides() {
  const found = await check();
  if (found.state !== 'valid') return refuse(found);
  say('Tides at Quay', ...tideTable(Date.now()));
  return EXIT.done;
}

async function runStatus() {
  const found = await check({ online: true });
  if (found.state !== 'valid') return refuse(found);
  const { claims, isOnline } = found;
  say(
    `Licence ${claims.display_key}: valid.`,
    isOnline
      ? 'The seller was asked just now.'
      : 'The seller cannot be asked now, so the kept licence counts.',
    `Tides works without a network until ${day(claims.exp)}.`,
  );
  return EXIT.done;
}

async function runDeactivate() {
  const { code } = await deactivate();
  if (code === 'none') say('Tides is not activated on this machine.');
  else say('Tides is deactivated on this machine. Its place is free for another one.');
  return EXIT.done;
}

function refuse({ state, reason, claims }) {
  if (state === 'none')
    return lock(
      'Tides needs a licence. Buy one, then run `tides activate KEY` with the key that you are shown.',
    );
  if (reason === 'expired' && claims)
    return lock(
      `The kept licence ended on ${day(claims.exp)}. Connect to the internet once, and run Tides again.`,
    );
  return lock(explain(reason));
}

function lock(why) {
  console.error(why);
  return EXIT.locked;
}

function usage(why) {
  console.error(`${why}\n\n${USAGE}`);
  return EXIT.usage;
}

async function main([command, ...args]) {
  switch (command) {
    case undefined:
    case 'run':
      return runTides();
    case 'activate':
      return runActivate(args[0]);
    case 'status':
      return runStatus();
    case 'deactivate':
      return runDeactivate();
    case 'help':
    case '--help':
      say(USAGE);
      return EXIT.done;
    default:
      return usage(`There is no command ${command}.`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof NotReached)) throw error;
  const { host } = new URL(gateway);
  console.error(
    error.isBusy
      ? `${host} is busy. Please try again in a minute.`
      : `${host} cannot be reached. Please try again when there is a network.`,
    'No place is used up by trying again.',
  );
  process.exitCode = EXIT.later;
}
