import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Call } from './client.ts';
import type { OperatorApi } from './operator-api.ts';

type Mode = 'live' | 'sandbox';

/**
 * The mode that a command is about: the one that was typed, or the only one that the gateway has. The gateway of `npm start` has the sandbox
 * alone, and one in production may have live alone. @throws {CliError} when it has both: neither is guessed
 */
export async function chooseMode(call: Call<keyof OperatorApi>, typed: Mode | undefined): Promise<Mode> {
  if (typed !== undefined) return typed;
  const { polar } = (await call('GET /health')).parts;
  const [only, another] = (['live', 'sandbox'] as const).filter((mode) => polar[mode] !== 'not_configured');
  if (only !== undefined && another === undefined) return only;
  throw new CliError(EXIT.usage, 'Of which mode?', { hint: '--mode live or --mode sandbox' });
}
