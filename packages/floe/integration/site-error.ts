import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeFailure } from '../describe-failure.ts';
import { printable } from '../terminal/printable.rules.ts';

/* A mistake, as builds and Vite's overlay show it. */

/** Lines of a file that are shown before and behind the one that is wrong. */
const AROUND = 2;

/** Why there is no site. The message has every mistake; `loc` and `frame` show the first one. */
export class SiteError extends Error {
  override readonly name = 'FloeError';
  readonly plugin = 'floe';
  /** The whole path of the file in which the first mistake is. */
  id?: string;
  loc?: { file: string; line: number; column: number };
  frame?: string;

  constructor(message: string) {
    super(message);
    // It tells where this program is, and nothing of the mistake. Builds print it besides the message.
    this.stack = '';
  }
}

/** Any failure in its words. `root`: the folder that files are named beneath. */
export async function toSiteError(failure: unknown, root: string): Promise<SiteError> {
  if (failure instanceof SiteError) return failure;
  const { message, details } = describeFailure(failure, false);
  const errors = details.errors ?? [];
  const lines = [
    `floe: ${message}`,
    ...errors
      .map((each) => `${each.path}: ${each.message}`)
      .filter((each) => each !== message)
      .map((each) => `  ${each}`),
    ...(details.hint === undefined ? [] : [details.hint]),
  ];
  const error = new SiteError(printable(lines.join('\n')));
  const [, name, line] = /^(.+?):(\d+)$/.exec(errors[0]?.path ?? '') ?? [];
  if (name === undefined) return error;
  const file = path.resolve(root, name);
  error.id = file;
  error.loc = { file, line: Number(line), column: 0 };
  const text = await readFile(file, 'utf8').catch(() => '');
  error.frame = printable(frameOf(text, Number(line)));
  return error;
}

function frameOf(text: string, line: number): string {
  const lines = text.split(/\r?\n/);
  const from = Math.max(1, line - AROUND);
  return lines
    .slice(from - 1, line + AROUND)
    .map((each, i) => `${from + i === line ? '>' : ' '} ${String(from + i).padStart(4)} | ${each}`)
    .join('\n');
}
