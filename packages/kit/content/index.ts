import { previewOfHtml } from './preview-html.ts';
import { previewOfMarkdown } from './preview-markdown.ts';

/* Texts that are sold: how much of one everybody may read, and what it is called when access is asked for. */

export {
  contentId,
  type ContentIdOptions,
  contentResource,
  courseContent,
  opensContent,
} from '../content-ids.ts';

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
