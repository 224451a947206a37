import { CliError } from '../cli-error.ts';
import type { Terminal } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/**
 * The terminal of a command that another program runs: nobody sees it or can be asked. `where`: as it stands in the refusal of a question,
 * `in a build`.
 */
export function noTerminal(
  where: string,
  shown: Pick<Terminal, 'writeOut' | 'writeErr' | 'startSpinner'>,
): Terminal {
  const nobody = () => Promise.reject(new CliError(EXIT.unanswered, `Nobody can be asked ${where}.`));
  return {
    ...shown,
    columns: undefined,
    isInTerminal: false,
    isOutTerminal: false,
    isErrTerminal: false,
    prompts: { confirm: nobody, text: nobody, secret: nobody, choose: nobody },
  };
}
