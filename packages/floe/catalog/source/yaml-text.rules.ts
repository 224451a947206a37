import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';

/* YAML with the place of each field, so that a mistake is said with its file and line. */

/** One thing that is wrong with a source. */
export interface Fault {
  /** Beneath the folder of the configuration. */
  file: string;
  /** From 1; undefined where a file is a program. */
  line: number | undefined;
  /** `plans.monthly.prices.0`; empty: the file as a whole. */
  field: string;
  message: string;
}

type Path = readonly (string | number)[];
export type LineOf = (path: Path) => number | undefined;
export type Parsed = { value: unknown; lineOf: LineOf } | { faults: Fault[] };

/** `firstLine`: of the text in its file, from 1. */
export function parseYaml(text: string, file: string, firstLine = 1): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => lines.linePos(offset).line + firstLine - 1;
  if (document.errors.length > 0)
    return {
      faults: document.errors.map(({ message, pos }) => ({
        file,
        line: at(pos[0]),
        field: '',
        message: said(message),
      })),
    };
  const lineOf: LineOf = (path) => {
    // A field that is missing is said at what it is missing in.
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const range = (node as { range?: readonly number[] } | null | undefined)?.range;
      if (range?.[0] !== undefined) return at(range[0]);
    }
    return firstLine;
  };
  return { value: document.toJS({ maxAliasCount: 100 }) as unknown, lineOf };
}

const said = (message: string) => message.charAt(0).toLowerCase() + message.slice(1);

/** What a schema finds, with the lines. */
export function faultsOf(error: z.ZodError, file: string, lineOf: LineOf): Fault[] {
  return error.issues.map((issue) => {
    const path = issue.path.map((each) => (typeof each === 'symbol' ? String(each) : each));
    return { file, line: lineOf(path), field: path.join('.'), message: issue.message };
  });
}

/** `content/blog/tides.md:3: price: …` */
export function describeFault({ file, line, field, message }: Fault): string {
  return [line === undefined ? file : `${file}:${line}`, ...(field === '' ? [] : [field]), message].join(
    ': ',
  );
}
