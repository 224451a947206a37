import { readFile } from 'node:fs/promises';
import path from 'node:path';

/* A guide as it is followed: the commands and files of its numbered steps. The first step starts Floe. */

const GUIDES = path.join(import.meta.dirname, '..', '..', 'docs', 'guides');

export interface Guide {
  /** Step 1: the app that the site's origin is registered with, where it is not the first one. */
  app: string | undefined;
  /** Step 2: what is typed to make the site's folder. */
  prepare: string;
  /** Step 3: the framework's own files, by name. */
  own: Map<string, string>;
  /** Step 4: the files that Floe adds or changes, whole. */
  gated: Map<string, string>;
  /** Step 5: what is typed to build the site, and to start it. */
  build: string[];
  run: string;
}

/** A program of a guide that is in none of its steps, by the name in its first line. @throws when there is none */
export async function readProgram(guide: string, name: string): Promise<string> {
  const text = await readFile(path.join(GUIDES, `${guide}.md`), 'utf8');
  const found = blocksOf(text).find((block) => block.text.startsWith(`// ${name}\n`));
  if (!found) throw new Error(`${guide}.md has no ${name}.`);
  return found.text;
}

interface Block {
  language: string;
  text: string;
}

/** Reads `docs/guides/<name>.md`. @throws when a step has not what it should have */
export async function readGuide(name: string): Promise<Guide> {
  const text = await readFile(path.join(GUIDES, `${name}.md`), 'utf8');
  const steps = text.split(/^## (?=\d\. )/m).slice(1);
  const blocks = steps.map((step) => blocksOf(ownOf(step)));
  const typed = (step: number) => {
    const found = (blocks[step - 1] ?? []).filter(({ language }) => language === 'sh');
    if (found.length === 0) throw new Error(`${name}.md: step ${step} has no commands.`);
    return found.map((block) => block.text).join('');
  };
  const [started, app] =
    /^npm ci && npm start -- --origin http:\/\/localhost:(?:3000|4321)(?: --app ([\w-]+))?\n$/.exec(
      typed(1),
    ) ?? [];
  if (started === undefined)
    throw new Error(`${name}.md: step 1 does not start Floe with the site's origin.`);
  const lines = typed(5).trim().split('\n');
  return {
    app,
    prepare: typed(2),
    own: filesOf(blocks[2] ?? [], name),
    gated: filesOf(blocks[3] ?? [], name),
    build: lines.slice(0, -1),
    run: lines.at(-1) ?? '',
  };
}

/** What stands under a heading without a number is not part of a step. */
const ownOf = (step: string): string => step.split(/^## /m, 1)[0] ?? '';

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** Files by the name in their first line, or in the second where the first begins a front matter. */
function filesOf(blocks: readonly Block[], guide: string): Map<string, string> {
  const files = blocks
    .filter(({ language }) => language !== 'sh')
    .map(({ text }): [string, string] => {
      const [, name] = /^(?:---\n)?(?:\/\/|#|<!--) ([\w.+/[\]-]+)/.exec(text) ?? [];
      if (name === undefined) throw new Error(`${guide}.md: a block names no file: ${text.slice(0, 60)}`);
      return [name, text];
    });
  if (files.length === 0) throw new Error(`${guide}.md: a step has no files.`);
  return new Map(files);
}

/** The lines that somebody writes for Floe: those of the gated files that the site alone has not. Blank ones and comments do not count. */
export function linesForFloe({ own, gated }: Pick<Guide, 'own' | 'gated'>): string[] {
  return [...gated].flatMap(([name, text]) => {
    const before = linesOf(own.get(name) ?? '');
    return linesOf(text).filter((line) => {
      const at = before.indexOf(line);
      if (at >= 0) before.splice(at, 1);
      return at < 0;
    });
  });
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '---' && !/^(?:\/\/|#|<!--)/.test(line));
