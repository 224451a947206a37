import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type * as z from 'zod';
import { plainIssues } from './issues.rules.ts';

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number) => lines.linePos(offset).line + firstLine - 1;
  const faultAt = (offset: number, message: string): Fault => ({
    file,
    line: at(offset),
    field: '',
    message,
  });
  if (document.errors.length > 0)
    return { faults: document.errors.map(({ message, pos }) => faultAt(pos[0], said(message))) };
  const aliases = faultsOfAliases(document);
  if (aliases.length > 0) return { faults: aliases.map(([offset, message]) => faultAt(offset, message)) };
  keepPoints(document);
  const lineOf: LineOf = (path) => {
    // A field that is missing is said at what it is missing in.
    let node: unknown = document.contents;
    let line = firstLine;
    for (const part of path) {
      // The name of a field stands where it begins; what is behind it may begin on the next line.
      const pair = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
        : undefined;
      const value = isCollection(node) ? node.get(part, true) : undefined;
      const start = rangeOf(pair?.key) ?? rangeOf(value);
      if (start === undefined) return line;
      line = at(start);
      node = value;
    }
    return line;
  };
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown, lineOf };
  } catch {
    // A few lines of them may stand for gigabytes.
    return { faults: [faultAt(0, 'has more aliases (*name) than anybody would write')] };
  }
}

const MOST_ALIASES = 100;

/** `title: *wow*` is an alias of nothing, and an alias within what it stands for has no end. By where each begins. */
function faultsOfAliases(document: Document): [offset: number, message: string][] {
  const faults: [number, string][] = [];
  visit(document, {
    Alias(_, node, path) {
      const offset = rangeOf(node) ?? 0;
      const { source } = node;
      if (path.some((each) => isCollection(each) && each.anchor === source))
        faults.push([offset, `*${source} stands within what it stands for`]);
      else if (node.resolve(document) === undefined)
        faults.push([offset, `*${source} stands for nothing: a text that begins with * has to be in quotes`]);
    },
  });
  return faults;
}

/** What amounts stand beneath. */
const AMOUNTS = new Set(['price', 'amounts']);

/** `price: 70.00` is no 70: whoever writes a point means dollars, and not the minor units that an amount is of. So it stays the text that it is. */
function keepPoints(document: Document): void {
  visit(document, {
    Scalar(_, node, path) {
      const isAmount = path.some(
        (each) => isPair(each) && isScalar(each.key) && AMOUNTS.has(String(each.key.value)),
      );
      if (isAmount && typeof node.value === 'number' && node.source?.includes('.')) node.value = node.source;
    },
  });
}

const rangeOf = (node: unknown): number | undefined =>
  (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];

const said = (message: string) => message.charAt(0).toLowerCase() + message.slice(1);

/** What a schema finds, with the lines. `known`: as of `plainIssues`. */
export function faultsOf(
  error: z.ZodError,
  file: string,
  lineOf: LineOf,
  known?: (path: readonly PropertyKey[]) => readonly string[],
): Fault[] {
  return plainIssues(error.issues, known).map(({ path: found, message }) => {
    const path = found.map((each) => (typeof each === 'symbol' ? String(each) : each));
    return { file, line: lineOf(path), field: path.join('.'), message };
  });
}

/** `content/blog/tides.md:3: price: …` */
export function describeFault({ file, line, field, message }: Fault): string {
  return [line === undefined ? file : `${file}:${line}`, ...(field === '' ? [] : [field]), message].join(
    ': ',
  );
}
