import { Document, isMap, isSeq } from 'yaml';
import { slug as spell } from 'github-slugger';
import type { ConfigInput } from '../source/define-config.ts';

/* What a new configuration says. */

const WIDEST = 100;

/** The text of `floe.config.yaml`. Short lists stand in their line. */
export function textOfConfig(config: ConfigInput): string {
  const document = new Document(config);
  if (isMap(document.contents))
    for (const { value } of document.contents.items)
      if (isSeq(value) && value.toString().length < WIDEST && !value.items.some(isMap)) value.flow = true;
  return document.toString({ flowCollectionPadding: false, lineWidth: WIDEST });
}

/** A slug to begin with: the name of a package without its scope, or of a folder. */
export const productFrom = (name: string): string =>
  spell(name.split('/').at(-1) ?? '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');

/**
 * Patterns of the pages of a site, as far as its files tell: of each collection that Astro has, else of `content`. `pages`: beneath the site's
 * folder, with slashes.
 */
export function patternsFrom(pages: readonly string[]): string[] {
  const patterns = new Map<string, Set<string>>();
  for (const page of pages) {
    const [, folder = '', extension = ''] = /^((?:src\/)?content\/[^/]+)\/.*\.(mdx?)$/.exec(page) ?? [];
    if (folder !== '') patterns.set(folder, (patterns.get(folder) ?? new Set()).add(extension));
  }
  return [...patterns]
    .toSorted()
    .map(([folder, [first = 'md', second]]) =>
      second === undefined ? `${folder}/**/*.${first}` : `${folder}/**/*.{md,mdx}`,
    );
}

export const FIRST_PATTERN = 'content/blog/*.md';

/** A page that a pattern names: `content/blog/example.md`; undefined for a pattern that is too odd to say one. */
export function exampleFor(pattern: string): string | undefined {
  const file = pattern
    .replaceAll('**/', '')
    .replaceAll(/\{([^,}]*)[^}]*\}/g, '$1')
    .replaceAll('*', 'example');
  return /^[\w./ -]+\.mdx?$/.test(file) && !file.startsWith('/') && !file.split('/').includes('..')
    ? file
    : undefined;
}

export const EXAMPLE = `---
title: An example
description: What a buyer reads beside the price.
price: 700
---

This page costs $7.00, because its frontmatter has a price (in cents). Take the line out and it is free again.
`;
