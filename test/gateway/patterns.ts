import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type CallExpression, type NewExpression, parseSync, Visitor } from 'oxc-parser';
import { check } from 'recheck';
import { EXTERNALS } from '../../cli/bundle-externals.ts';

// recheck's own JavaScript, everywhere the same: else it takes what it finds, a native program or Java.
process.env['RECHECK_BACKEND'] = 'pure';
/** Steps are counted, not time: an attack that a busy machine takes long for would count as one that succeeds. */
const PARAMETERS = { timeout: 30_000, attackTimeout: null, incubationTimeout: null };

/** A regular expression as it stands in the source. */
export interface Pattern {
  source: string;
  flags: string;
  /** `src/http/route.ts: /x/`. */
  where: string;
}

export interface Patterns {
  patterns: Pattern[];
  /** Calls of `RegExp` with a text that only a run knows. */
  unknown: string[];
}

/** Those whose time grows faster than the text, each with a text that shows it; and those that cannot be decided. */
export async function slowPatterns(patterns: readonly Pattern[]): Promise<string[]> {
  const once = new Map(patterns.map((pattern) => [`/${pattern.source}/${pattern.flags}`, pattern]));
  const slow: string[] = [];
  for (const { source, flags, where } of once.values()) {
    const found = await check(source, flags, PARAMETERS);
    if (found.status === 'vulnerable')
      slow.push(`${where} is ${found.complexity.summary} in ${found.attack.pattern}`);
    if (found.status === 'unknown') slow.push(`${where} could not be decided: ${found.error.kind}`);
  }
  return slow;
}

/** Every regular expression of the TypeScript beneath `folders`: the literals, and what `RegExp` is given. */
export function patternsOfFolders(root: string, folders: readonly string[]): Patterns {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[jt]sx?$/.test(name) && !name.endsWith('.d.ts') && !/(^|\/)dist\//.test(name))
      .map((name) => patternsOf(join(folder, name), readFileSync(join(root, folder, name), 'utf8'))),
  );
  return {
    patterns: found.flatMap(({ patterns }) => patterns),
    unknown: found.flatMap(({ unknown }) => unknown),
  };
}

/** The same of the whole Worker as it is deployed, or of another entry: libraries included. */
export async function patternsOfBundle(root: string, entry = 'src/index.ts'): Promise<Patterns> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker'],
    external: EXTERNALS,
    write: false,
  });
  return patternsOf(entry, outputFiles[0]?.text ?? '', 'bundle.js');
}

/** Those of one text. `filename` says by its ending in which language it is. */
export function patternsOf(name: string, text: string, filename = name): Patterns {
  const { program, errors } = parseSync(filename, text);
  if (errors.length > 0) throw new Error(`${name}: ${errors[0]?.message}`);
  const patterns: Pattern[] = [];
  const unknown: string[] = [];
  const add = (source: string, flags: string) =>
    patterns.push({ source, flags, where: `${name}: /${source}/${flags}` });
  const construct = (call: CallExpression | NewExpression) => {
    if (call.callee.type !== 'Identifier' || call.callee.name !== 'RegExp') return;
    const [source, flags] = call.arguments.map(textOf);
    if (source === undefined) unknown.push(`${name}: ${text.slice(call.start, call.end)}`);
    else add(source, flags ?? '');
  };
  new Visitor({
    Literal(node) {
      if ('regex' in node) add(node.regex.pattern, node.regex.flags);
    },
    NewExpression: construct,
    CallExpression: construct,
  }).visit(program);
  return { patterns, unknown };
}

/** A text; a template with holes stands for one whose holes hold a plain word. */
function textOf(argument: object): string | undefined {
  if ('value' in argument && typeof argument.value === 'string') return argument.value;
  if (!('quasis' in argument) || !Array.isArray(argument.quasis)) return undefined;
  return argument.quasis.map((part: { value: { cooked: string } }) => part.value.cooked).join('word');
}
