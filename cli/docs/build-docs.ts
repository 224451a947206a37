import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import MiniSearch from 'minisearch';
import type { Document } from './document.ts';
import { documentPages } from './documents.ts';
import { eventsPages } from './events-pages.ts';
import { groupPage } from './groups-pages.ts';
import { layOut } from './layout.ts';
import { groupOperations } from './operations.ts';
import { problemsPage } from './problems-page.ts';
import { SEARCH } from './search-options.ts';
import type { DocPage, Section } from './site.ts';
import { startPage } from './start-page.ts';

/** Characters. */
const LONGEST_LINE = 120;

/** The files of `/docs`, by their path: pages, their style and scripts, and the index of the search. */
export async function buildDocs(openapi: object): Promise<Record<string, string | Uint8Array>> {
  const sections = await writeSections(openapi as Document);
  const pages = sections.flatMap(({ pages }) => pages);
  const files = await Promise.all(
    pages.map(async (page) => {
      const name = page.url === '/docs/' ? '/docs/index' : page.url;
      return [`${name.slice(1)}.html`, await layOut(page, sections)] as const;
    }),
  );
  return {
    ...Object.fromEntries(files),
    'docs/search.json': writeIndex(sections),
    'docs/docs.css': await readFile(path.join(import.meta.dirname, 'docs.css')),
    'docs/icon.svg': ICON,
    'docs/before.js': await bundle('before.ts', 'iife'),
    'docs/docs.js': await bundle('docs.ts', 'esm'),
  };
}

async function writeSections(document: Document): Promise<Section[]> {
  const audiences = groupOperations(document);
  const groups = audiences.flatMap((audience) => audience.groups);
  const shelves = await documentPages();
  const shelf = (...titles: string[]) => shelves.filter(({ title }) => titles.includes(title));
  const [apps, ...others] = await Promise.all(
    audiences.map(async (audience) => ({
      title: audience.name.replace(/^For /, 'API for '),
      pages: await Promise.all(audience.groups.map((group) => groupPage(document, group))),
    })),
  );
  const guides = shelf('Guides').flatMap(({ pages }) => pages);
  const start = await startPage(audiences[0]?.groups ?? [], guides);
  return [
    { title: 'Begin', pages: [start, ...shelf('Begin').flatMap(({ pages }) => pages)] },
    ...shelf('Guides'),
    ...(apps ? [apps] : []),
    {
      title: 'Events and errors',
      pages: [...(await eventsPages(document)), await problemsPage(groups)],
    },
    ...shelf('How it works', 'Operate'),
    ...others,
    ...shelf('Inside'),
  ];
}

function writeIndex(sections: readonly Section[]): string {
  const search = new MiniSearch(SEARCH);
  const entries = sections.flatMap((section) =>
    section.pages.flatMap((page) =>
      page.entries.map((entry) => ({ ...entry, said: shorten(entry.text), weight: weigh(section, page) })),
    ),
  );
  search.addAll(entries.map((entry, id) => ({ id, ...entry })));
  return JSON.stringify(search);
}

/** How likely somebody looks for a page: calls and guides before what was changed once. */
function weigh({ title }: Section, { url }: DocPage): number {
  if (url === '/docs/changelog') return 0.2;
  if (title === 'Inside') return 0.6;
  return title === 'Guides' || url.startsWith('/docs/api/') ? 1.6 : 1;
}

/** The line beneath a result. */
function shorten(text: string): string {
  const line = text.replaceAll('`', '').replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE).replace(/\s+\S*$/, '')} …`;
}

async function bundle(name: string, format: 'iife' | 'esm'): Promise<Uint8Array> {
  const {
    outputFiles: [script],
  } = await build({
    entryPoints: [path.join(import.meta.dirname, 'browser', name)],
    write: false,
    bundle: true,
    minify: true,
    format,
    target: 'es2022',
    logLevel: 'error',
  });
  if (!script) throw new Error(`esbuild made nothing of ${name}.`);
  return script.contents;
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1a56b0"/><path d="M6 20l5-9 6 6 4-4 5 7z" fill="#fff"/></svg>';
