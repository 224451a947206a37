import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { renderMarkdown } from './markdown.ts';
import type { DocPage } from './site.ts';

/* The documents of the repository that are pages of `/docs`. */

const ROOT = path.join(import.meta.dirname, '..', '..');

interface Shelf {
  title: string;
  files: readonly string[];
}

/** Where a document stands in the menu. `docs/guides/*.md` are a shelf of their own; what is not named here is on the last. */
const SHELVES: readonly Shelf[] = [
  { title: 'Begin', files: ['README.md', 'packages/kit/README.md', 'docs/words.md'] },
  { title: 'Guides', files: [] },
  {
    title: 'How it works',
    files: [
      'docs/catalog.md',
      'docs/catalog-rules.md',
      'docs/catalog-from-monakiosk.md',
      'docs/payments.md',
      'docs/refunds.md',
      'docs/checkout.md',
      'docs/discounts.md',
      'docs/disputes.md',
      'docs/exports.md',
      'docs/gifts.md',
      'docs/subscriptions.md',
      'docs/access.md',
      'docs/benefits.md',
      'docs/own-grants.md',
      'docs/customers.md',
      'docs/timeline.md',
      'docs/downloads.md',
      'docs/grants.md',
      'docs/licences.md',
      'docs/offline-licences.md',
      'docs/why.md',
      'docs/forwarding.md',
      'docs/feed.md',
      'docs/listen.md',
      'docs/sales.md',
      'docs/browser.md',
      'docs/content.md',
      'docs/recipes.md',
      'docs/proxies.md',
      'docs/rpc.md',
      'docs/limits.md',
    ],
  },
  {
    title: 'Operate',
    files: [
      'docs/cli.md',
      'docs/keys.md',
      'docs/doctor.md',
      'docs/upgrade.md',
      'docs/rotate.md',
      'docs/audit.md',
      'docs/unrouted.md',
      'docs/several-products.md',
      'docs/storage.md',
      'docs/cost.md',
      'docs/security.md',
      'docs/crashes.md',
      'packages/polar-simulator/README.md',
      'CHANGELOG.md',
    ],
  },
  { title: 'Inside', files: [] },
];
const GUIDES = 'docs/guides';

/** Titles for the menu, where a document's own is another's or says less. */
const TITLES: Readonly<Record<string, string>> = {
  'README.md': 'Try, sell, deploy',
  'packages/kit/README.md': 'The kit',
  'packages/polar-simulator/README.md': 'The simulated Polar',
};

/** Pages of all documents, by the shelves that they stand on. */
export async function documentPages(): Promise<{ title: string; pages: DocPage[] }[]> {
  const shelves = await fillShelves();
  const urls = new Map(shelves.flatMap(({ files }) => files.map((file) => [file, urlOf(file)] as const)));
  return Promise.all(
    shelves.map(async ({ title, files }) => ({
      title,
      pages: await Promise.all(files.map((file) => documentPage(file, urls))),
    })),
  );
}

async function fillShelves(): Promise<Shelf[]> {
  const docs = await listMarkdown('docs');
  const guides = await listMarkdown(GUIDES);
  const named = new Set(SHELVES.flatMap(({ files }) => files));
  const rest = docs.filter((file) => !named.has(file));
  return SHELVES.map(({ title, files }) => ({
    title,
    files: title === 'Guides' ? guides : title === 'Inside' ? rest : files,
  })).filter(({ files }) => files.length > 0);
}

async function listMarkdown(folder: string): Promise<string[]> {
  const names = await readdir(path.join(ROOT, folder)).catch(() => []);
  return names
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

function urlOf(file: string): string {
  if (file === 'README.md') return '/docs/readme';
  const name = file === 'CHANGELOG.md' ? 'changelog' : file.replace(/^docs\//, '').replace(/\.md$/, '');
  const [, inPackage] = /^packages\/([\w-]+)\/README$/.exec(name) ?? [];
  return `/docs/${inPackage ?? name.replace(/\/README$/, '')}`;
}

async function documentPage(file: string, urls: ReadonlyMap<string, string>): Promise<DocPage> {
  const text = await readFile(path.join(ROOT, file), 'utf8');
  const rendered = await renderMarkdown(text, file, (target) => urls.get(target));
  const url = urlOf(file);
  const title = TITLES[file] ?? rendered.title;
  return {
    url,
    title,
    description: rendered.description,
    body: rendered.body,
    headings: rendered.headings,
    entries: rendered.parts.map((part) => ({
      title: part.title,
      page: title,
      url: part.id === '' ? url : `${url}#${part.id}`,
      text: part.text,
    })),
    isReference: false,
  };
}
