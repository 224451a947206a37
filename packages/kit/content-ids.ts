import { isPlainSegment } from './plain-segments.ts';
import { coveredBy, spellName } from './resources.ts';

/* What a text is called when access to it is asked for. Apart from what cuts texts, which brings a parser of HTML. */

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
