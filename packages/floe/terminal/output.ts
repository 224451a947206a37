import { wrapAnsi } from 'fast-wrap-ansi';
import { CliError, Interrupted } from '../cli-error.ts';
import type { GlobalOptions, Spinner, Terminal } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { finish, paint } from './colours.ts';
import { printable, printableJson, printableLine } from './printable.rules.ts';
import { type Column, createTable, widthOf } from './table.ts';

/**
 * What a command says: data on standard output (text, or JSON with `--json`), all else on standard error. Control characters of anybody's
 * text are taken out here, so a command gives text as it came.
 */
export interface Output {
  isJson: boolean;
  /** One answer. */
  result(data: unknown, text: string): void;
  /** One of a stream of answers: a line, NDJSON with `--json`. */
  item(data: unknown, text: string): void;
  /** A list that is there as a whole: a table, or `{"data": […], "next_cursor": null}`. `empty` is said when it has no rows. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], more?: TableOptions): void;
  /** A list that comes page by page: one table, NDJSON with `--json`. */
  startTable<Row>(columns: readonly Column<Row>[]): { add(rows: readonly Row[]): void };
  /** One thing with its fields, each on a line of its own. Null is shown as `-`, a list line by line. */
  details(data: unknown, fields: readonly Field[]): void;
  /** Work that takes a while: a spinner in a terminal, else the line `title … done`. `done`: what is said when it went well. */
  step<Result>(
    title: string,
    work: (progress: Progress) => Promise<Result>,
    done?: (result: Result) => string,
  ): Promise<Result>;
  /** Says what is waited for until `wait` ends: beside the spinner of a step, else on a line. */
  wait(why: string, wait: () => Promise<void>): Promise<void>;
  note(text: string): void;
  warn(text: string): void;
  /** From now on questions name the gateway that would be changed, since profiles of several are easily taken for one another. */
  speaksTo(gateway: string): void;
  /** Returns when the person agrees, or said `--yes`. @throws {CliError} when not, or when nobody can be asked */
  confirm(question: string): Promise<void>;
  /** @throws {CliError} when nobody can be asked; `instead` says how the answer is given then */
  askText(question: string, options: { initial?: string; instead: string }): Promise<string>;
  askSecret(question: string, options: { instead: string }): Promise<string>;
  choose(question: string, choices: readonly string[], options: { instead: string }): Promise<string>;
}

/** Says how far a step is, `3 of 9` unless `words` say it better: in a terminal each time, elsewhere a line each tenth. */
type Progress = (done: number, of: number, words?: string) => void;

type FieldValue = string | number | boolean | null | undefined | readonly string[];
export type Field = readonly [label: string, value: FieldValue];

interface TableOptions {
  nextCursor?: string | null;
  empty?: string;
}

const GAP = 2;
/** Less is done before anybody wonders. */
const FEW = 20;

/** The output of one command. `isInteractive`: somebody can be asked. */
export function createOutput(terminal: Terminal, options: OutputOptions): Output {
  const { json, quiet, yes, isInteractive } = options;
  const style = { width: terminal.columns, useColours: options.coloursOut };
  const out = (text: string) => terminal.writeOut(`${finish(text, options.coloursOut)}\n`);
  const err = (text: string) =>
    terminal.writeErr(`${finish(wrap(text, options.width), options.coloursErr)}\n`);
  const say = (text: string) => {
    if (!quiet) err(text);
  };
  const outJson = (data: unknown, indent?: number) =>
    terminal.writeOut(`${printableJson(JSON.stringify(data ?? null, null, indent))}\n`);
  const mustAsk = (question: string, instead: string) => {
    if (!isInteractive)
      throw new CliError(EXIT.unanswered, `${question} Nobody can be asked here.`, { hint: instead });
  };

  let gateway: string | undefined;
  /** What the spinner of a step says, while there is one. */
  let showing: { spinner: Spinner; text: string } | undefined;
  const output: Output = {
    isJson: json,
    result(data, text) {
      if (json) outJson(data, 2);
      else out(wrap(text, terminal.columns));
    },
    item(data, text) {
      if (json) outJson(data);
      else out(text);
    },
    table(rows, columns, { nextCursor = null, empty = 'There is nothing yet.' } = {}) {
      if (json) return outJson({ data: rows, next_cursor: nextCursor }, 2);
      if (rows.length === 0) return say(empty);
      terminal.writeOut(`${createTable(columns, style).lines(rows).join('\n')}\n`);
    },
    startTable(columns) {
      const table = createTable(columns, style);
      return {
        add(rows) {
          if (rows.length === 0) return;
          if (json) for (const row of rows) outJson(row);
          else terminal.writeOut(`${table.lines(rows).join('\n')}\n`);
        },
      };
    },
    details(data, fields) {
      if (json) return outJson(data, 2);
      const widest = Math.max(...fields.map(([label]) => widthOf(label))) + GAP;
      for (const [label, value] of fields) {
        const room = style.width === undefined ? undefined : style.width - widest;
        const values = linesOf(value);
        // A key or an address that is copied stays in one piece, below its label.
        const isBelow =
          room !== undefined && values.some((line) => !line.includes(' ') && widthOf(line) > room);
        const roomBelow = style.width === undefined ? undefined : style.width - GAP;
        const indent = ' '.repeat(isBelow ? GAP : widest);
        const lines = values.flatMap((line) => wrap(line, isBelow ? roomBelow : room).split('\n'));
        if (isBelow) out(paint.dim(label));
        for (const [i, line] of lines.entries())
          out(`${i === 0 && !isBelow ? paint.dim(label.padEnd(widest)) : indent}${line}`);
      }
    },
    async step(title, work, done) {
      const shown = printableLine(title);
      const isShown = !quiet && terminal.isErrTerminal;
      const spinner = isShown ? terminal.startSpinner(shown) : undefined;
      if (spinner) showing = { spinner, text: shown };
      let tenths = 0;
      const progress: Progress = (all, of, words = `${all} of ${of}`) => {
        if (showing) {
          showing.text = `${shown}: ${printableLine(words)}`;
          return showing.spinner.update(showing.text);
        }
        const now = Math.floor((10 * all) / Math.max(of, 1));
        if (now > tenths && all < of && of >= FEW) say(`${shown} … ${printableLine(words)}`);
        tenths = now;
      };
      const end = (mark: string, word: string) => {
        if (spinner)
          spinner.end(finish(`${mark} ${shown}${word === '' ? '' : `: ${word}`}`, options.coloursErr));
        else say(`${shown} … ${word === '' ? 'done' : word}`);
      };
      try {
        const result = await work(progress);
        end(paint.green('✓'), done ? printableLine(done(result)) : '');
        return result;
      } catch (error) {
        end(paint.red('✗'), isInterruption(error) ? 'interrupted' : 'failed');
        throw error;
      } finally {
        showing = undefined;
      }
    },
    async wait(why, wait) {
      const at = showing;
      if (!at) say(why);
      else at.spinner.update(`${at.text}. ${printableLine(why)}`);
      await wait();
      at?.spinner.update(at.text);
    },
    note: say,
    warn: (text) => say(`${paint.yellow('warning:')} ${text}`),
    speaksTo(named) {
      gateway = named;
    },
    async confirm(question) {
      if (yes) return;
      mustAsk(question, 'Add --yes to say yes.');
      const asked = gateway === undefined ? question : `At ${gateway}: ${question}`;
      if (!(await terminal.prompts.confirm(printableLine(asked))))
        throw new CliError(EXIT.failed, 'Nothing was changed.');
    },
    async askText(question, { initial, instead }) {
      mustAsk(question, instead);
      return terminal.prompts.text(printableLine(question), initial === undefined ? {} : { initial });
    },
    async askSecret(question, { instead }) {
      mustAsk(question, instead);
      return terminal.prompts.secret(printableLine(question));
    },
    async choose(question, choices, { instead }) {
      mustAsk(question, instead);
      return terminal.prompts.choose(printableLine(question), choices.map(printableLine));
    },
  };
  return output;
}

/** Ctrl-C, at a question or in the middle of a request. */
const isInterruption = (error: unknown) =>
  error instanceof Interrupted || (error instanceof Error && error.name === 'AbortError');

export interface OutputOptions extends Pick<GlobalOptions, 'json' | 'quiet' | 'yes'> {
  isInteractive: boolean;
  coloursOut: boolean;
  coloursErr: boolean;
  /** How long a line on standard error may be; undefined where that is no terminal. */
  width: number | undefined;
}

/** Prints why a command failed. With `--json`: one line of JSON, the last one on standard error. */
export function printFailure(error: CliError, terminal: Terminal, options: OutputOptions): void {
  const { exitCode, message, details } = error;
  const { hint, code, errors = [], requestId } = details;
  if (options.json) {
    const said = { exit_code: exitCode, code, message, errors, request_id: requestId, hint };
    terminal.writeErr(`${printableJson(JSON.stringify({ error: said }))}\n`);
    return;
  }
  const lines = [
    `${paint.red('error:')} ${printable(message)}${code === undefined ? '' : ` (${printable(code)})`}`,
    ...errors
      .map(({ path, message: said }) => `${path}: ${said}`)
      .filter((each) => each !== message)
      .map((each) => `  ${each}`),
    ...(requestId === undefined ? [] : [`  request ${requestId}`]),
    ...(hint === undefined ? [] : [hint]),
  ];
  for (const line of lines) terminal.writeErr(`${finish(wrap(line, options.width), options.coloursErr)}\n`);
}

/** Lines of at most `width`, which begin where the line began that they are of. A word that is longer is divided. */
function wrap(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  const wrapLine = (line: string) => {
    const [indent = ''] = /^ */.exec(line) ?? [];
    const wrapped = wrapAnsi(line.slice(indent.length), width - indent.length, { hard: true });
    return wrapped.replaceAll(/^/gm, indent);
  };
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= width ? line : wrapLine(line)))
    .join('\n');
}

function linesOf(value: FieldValue): string[] {
  const lines = Array.isArray(value) ? value.map(String) : [String(value ?? '')];
  const shown = lines.map(printableLine).filter((line) => line !== '');
  return shown.length === 0 ? ['-'] : shown;
}
