import { previewOfHtml } from './preview-html.ts';
import { previewOfMarkdown } from './preview-markdown.ts';
import { isPlainSegment } from '../plain-segments.ts';
import { coveredBy, spellName } from '../resources.ts';

/* Texts that are sold: how much of one everybody may read, and what it is called when access is asked for. */

export interface PreviewOptions {
  /** What the text is. Default `html`. */
  format?: 'html' | 'markdown';
  /** How many paragraphs, when the text has no marker. Default 2. */
  paragraphs?: number;
}

const PARAGRAPHS = 2;

export interface Preview {
  /** What everybody may read. */
  preview: string;
  /** Whether the text has more than that. */
  hasMore: boolean;
}

/**
 * The part of a text that everybody may read: what comes before `<!-- more -->`, or its first paragraphs with the headings
 * and images between them. Without a marker the last paragraph is never in it. Cut between blocks; HTML that is open is
 * closed. What cannot be understood is left out, so that no mistake sends the whole. Call it on the server.
 * @throws {TypeError} when `paragraphs` is no whole number
 * @example
 * const shown = Astro.locals.floe.decision.allow ? html : splitPreview(html).preview;
 */
export function splitPreview(text: string, options: PreviewOptions = {}): Preview {
  const { format = 'html', paragraphs = PARAGRAPHS } = options;
  if (!Number.isInteger(paragraphs) || paragraphs < 0)
    throw new TypeError('splitPreview: paragraphs is a whole number from 0.');
  const cut = format === 'html' ? previewOfHtml(text, paragraphs) : previewOfMarkdown(text, paragraphs);
  // By where it was cut: closing what is open can make a preview longer than its text.
  return { preview: cut.preview, hasMore: text.slice(cut.end).trim() !== '' };
}

export interface ContentIdOptions {
  /** First segments that name a language only: `['de']` makes `/de/blog/diff` the same content as `/blog/diff`. */
  locales?: readonly string[];
}

/** What no address of a page has: a percent sign that begins no escape. And `*` stands for all beneath. */
const NOT_IN_ADDRESS = /%(?![0-9a-f]{2})|\*/i;

/**
 * The content id of a page, `blog/diff` for `/de/blog/diff/`: the same in every language, so one purchase opens all of
 * them. Undefined for an address that is none (`..`, `//`, an encoded slash): to be refused, not to be looked up. What is beneath a star is the same here as at the gateway.
 */
export function contentId(pathname: string, { locales = [] }: ContentIdOptions = {}): string | undefined {
  if (NOT_IN_ADDRESS.test(pathname)) return undefined;
  const segments = spellName(pathname)?.replace(/^\//, '').split('/') ?? [];
  const own = locales.includes(segments[0] ?? '') ? segments.slice(1) : segments;
  return own.length > 0 && own.every(isPlainSegment) ? own.join('/') : undefined;
}

/** What access to content is asked for with: `content:blog/diff`. */
export function contentResource(id: string): string {
  return `content:${id}`;
}

/** What a benefit's or product's `content_id` says at Polar to open a course with all its chapters: `courses/git/*`. */
export function courseContent(course: string): string {
  return `${course}/*`;
}

/** Whether `sold`, a `content_id` as Polar has it (`courses/git/*`, or several), opens the content. */
export function opensContent(sold: string, id: string): boolean {
  const names = new Set(coveredBy(contentResource(id)));
  return sold
    .split(/[\s,]+/)
    .some((each) => each !== '' && names.has(spellName(contentResource(each)) ?? ''));
}
