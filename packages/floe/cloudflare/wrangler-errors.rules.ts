import { stripVTControlCharacters } from 'node:util';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** What a failure of wrangler's is told as: its own words, and what to do. `printed`: both of its streams. */
export function explainWrangler(args: readonly string[], printed: string): CliError {
  const said = stripVTControlCharacters(printed);
  const words = errorOf(said);
  const command = `wrangler ${args.slice(0, 3).join(' ')}`;
  if (/authentication error|\[code: (10000|9109|9106|10001)\]|not logged in/i.test(said))
    return new CliError(EXIT.refused, `Cloudflare does not let this login do it (${command}): ${words}`, {
      hint: NEEDED_PERMISSIONS,
    });
  if (/fetch failed|ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|terminated/.test(said))
    return new CliError(EXIT.unavailable, `Cloudflare could not be reached (${command}).`, {
      hint: 'Check the connection, and run the same command again: it goes on where it stopped.',
    });
  return new CliError(EXIT.failed, `${command} failed: ${words}`, {
    hint: 'Run the same command again when this is mended: it goes on where it stopped.',
  });
}

/** For whoever logs in with a token of their own. */
export const NEEDED_PERMISSIONS =
  'Log in again (npx wrangler login), or give CLOUDFLARE_API_TOKEN these permissions: Account Settings Read, Workers Scripts Edit, D1 Edit, ' +
  'Workers KV Storage Edit, Queues Edit, and for a domain of yours Zone Read and Workers Routes Edit.';

/** The lines behind `[ERROR]`, without where the log is. */
function errorOf(said: string): string {
  const [, from = said] = /\[ERROR\] ([\s\S]*)$/.exec(said) ?? [];
  const lines = from
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(🪵|If you think this is a bug|To learn more|Note that)/u.test(line));
  return lines.slice(0, 4).join(' ') || 'it said nothing.';
}
