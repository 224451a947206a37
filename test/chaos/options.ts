import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Sabotage, SABOTAGES } from './sabotage.ts';

export const HELP = `Sells while everything fails, then compares what the gateway knows and told with Polar’s books.

  npm run chaos                       500 purchases, about two minutes
  npm run chaos -- --long             5,000 purchases
  npm run chaos -- --purchases N      as many as you like
  npm run chaos -- --seed N           the same purchases, faults and kills again
  npm run chaos -- --sabotage WHAT    falsifies the evidence at the end: the judge must notice
                                      (${SABOTAGES.join(', ')})
  npm run chaos -- --keep             keeps the database and the log, also of a good run

The seed decides who buys what, with which cards, what happens afterwards, before which purchase the gateway is killed,
the dice of Polar’s duplicates, reordering and drops, and those of flaky receivers. It does not decide how the machine
schedules all that: which request a kill interrupts and what arrives first differ from run to run.
`;

const DEFAULT_PURCHASES = 500;
const LONG_PURCHASES = 5_000;
const MIN_PURCHASES = 20;
const MAX_PURCHASES = 20_000;
const MAX_SEED = 2 ** 32 - 1;

export interface Options {
  seed: number;
  purchases: number;
  sabotage: Sabotage | undefined;
  /** Keep the folder also when all is well. */
  keep: boolean;
}

/** What the command line asks for; undefined when it asks for help. @throws an error that names what is wrong */
export function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      purchases: { type: 'string' },
      long: { type: 'boolean', default: false },
      sabotage: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const sabotage = SABOTAGES.find((each) => each === values.sabotage);
  if (values.sabotage !== undefined && !sabotage)
    throw new Error(`--sabotage is one of: ${SABOTAGES.join(', ')}.`);
  const usual = values.long ? LONG_PURCHASES : DEFAULT_PURCHASES;
  return {
    seed: readNumber('seed', values.seed, 0, MAX_SEED) ?? randomInt(MAX_SEED),
    purchases: readNumber('purchases', values.purchases, MIN_PURCHASES, MAX_PURCHASES) ?? usual,
    sabotage,
    keep: values.keep,
  };
}

function readNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value < min || value > max)
    throw new Error(`--${name} is a whole number from ${min} to ${max}.`);
  return value;
}
