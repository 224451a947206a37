import { OpenElements } from './html-elements.ts';
import { findParagraphs } from './html-paragraphs.ts';
import { readHtml } from './html-tokens.ts';

/** What everybody may read of a text, and where in the text it ends. */
export interface CutText {
  preview: string;
  end: number;
}

/**
 * The comment that ends a preview: `<!-- more -->`, also with a remark, `<!-- more: for members -->`; and Ghost's
 * `<!--members-only-->`.
 */
export const MARKER: RegExp = /<!--[-\s]*(?:more|members-only)(?![\p{L}\p{N}_])/iu;

/**
 * Cuts HTML before `<!-- more -->`, wherever it stands, or behind its first paragraphs. What is open is closed. A
 * marker that a browser takes for part of something else (a comment left open before it, an attribute, a script) ends
 * the preview too: a mistake before the marker is more likely than an article that shows one (ADR 42).
 */
export function previewOfHtml(html: string, paragraphs: number): CutText {
  const marker = html.search(MARKER);
  const limit = marker === -1 ? html.length : marker;
  const end = isComment(html, marker) ? marker : findParagraphs(html, paragraphs, limit);
  return { preview: `${html.slice(0, end).trimEnd()}${closeOpen(html, end)}`, end };
}

function isComment(html: string, at: number): boolean {
  if (at === -1) return false;
  for (const { kind, start, end } of readHtml(html)) {
    if (end > at) return kind === 'comment' && start === at;
  }
  return false;
}

/** The closing tags of what is open at `end`. */
function closeOpen(html: string, end: number): string {
  const open = new OpenElements();
  for (const { kind, name, isLeaf, start } of readHtml(html)) {
    // A paragraph that the next block ends needs no closing.
    if (kind === 'open') open.endParagraph(name);
    if (start >= end) break;
    if (kind === 'open' && !isLeaf) open.push(name);
    if (kind === 'close') open.close(name);
  }
  return open.names.reduceRight((closings, name) => `${closings}</${name}>`, '');
}
