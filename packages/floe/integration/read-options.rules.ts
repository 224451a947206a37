import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { FloeOptions } from './options.ts';

export interface ReadOptions {
  config: string | undefined;
  check: 'files' | 'lock' | 'polar';
  mode: 'sandbox' | 'live';
}

const CHOICES = { check: ['files', 'lock', 'polar'], mode: ['sandbox', 'live'] } as const;
const NAMES = ['config', 'check', 'mode'];

/** Options as a configuration gives them, be it in JavaScript. @throws {CliError} which names the one that is wrong */
export function readOptions(options: FloeOptions = {}): ReadOptions {
  const { config, check = 'files', mode = 'sandbox' } = options;
  const refuse = (name: string, message: string): never => {
    throw new CliError(EXIT.usage, `${name}: ${message}`);
  };
  const odd = Object.keys(options).find((name) => !NAMES.includes(name));
  if (odd !== undefined) refuse(odd, `is no option; there are ${NAMES.join(', ')}`);
  for (const [name, value] of [
    ['check', check],
    ['mode', mode],
  ] as const)
    if (!(CHOICES[name] as readonly string[]).includes(value))
      refuse(name, `must be one of ${CHOICES[name].join(', ')}`);
  if (config !== undefined && (typeof config !== 'string' || config === ''))
    refuse('config', 'must be the name of a file');
  return { config, check, mode };
}
