import { isBlank as isBlankText, PHRASING } from './html-elements.ts';
import { type MarkdownLine, readLines, skipFrontmatter } from './markdown-lines.ts';
import { type CutText, MARKER } from './preview-html.ts';

const INDENTED = /^(?: {4}| {0,3}\t)/;
const RULE = /^([-*_])\1{2,}$/;
const QUOTE = /^ {0,3}> ?/;
const HEADING = /^ {0,3}(?:#{1,6}(?:\s|$)|=+\s*$)/;
const IMAGE = /^ {0,3}!\[[^\]]*\]\([^)]*\)\s*$/;
/** Lists, tables, HTML, code, containers, expressions, and definitions, which belong to all of the text. */
const OTHER =
  /^ {0,3}(?:[-*+](?:\s|$)|\d{1,9}[.)](?:\s|$)|[|<{]|\$\$|%%|:(?:\s|:)|\+{3}|!!!|\?\?\?|!\[\[|\*?\[[^\]]+\]:|`{3}|~{3})/;
/** Definitions and attributes show nothing where they stand. */
const SILENT = /^ {0,3}(?:\*?\[[^\]]+\]:|\{)/;
/** The dashes under the first row of a table, which needs no `|` before its cells. */
const TABLE_RULE = /^(?=.*-)(?=.*[|:])[\s|:-]*$/;
const TAG = /<\/?([a-z][a-z0-9-]*)(?=[\s/>]|$)/gi;

type Kind = 'text' | 'quote' | 'heading' | 'image' | 'rule' | 'other';

interface Block {
  kind: Kind;
  end: number;
  /** Whether a reader sees any of it. */
  shows: boolean;
}

/** Cuts Markdown before `<!-- more -->`, unless code shows it, or behind its first paragraphs. Frontmatter is left out. */
export function previewOfMarkdown(markdown: string, paragraphs: number): CutText {
  const begin = skipFrontmatter(markdown);
  if (begin === undefined) return { preview: '', end: 0 };
  const lines = readLines(markdown, begin);
  const masked = lines
    .map((line) => line.masked + markdown.slice(line.start + line.masked.length, line.end))
    .join('');
  const marker = masked.search(MARKER);
  const end = marker === -1 ? findParagraphs(readBlocks(lines, masked), begin, paragraphs) : begin + marker;
  return {
    preview: markdown
      .slice(begin, end)
      .replace(/^[\r\n]+/, '')
      .trimEnd(),
    end,
  };
}

/** Behind the paragraph with number `wanted`, or an earlier one, as with HTML. */
function findParagraphs(blocks: readonly Block[], begin: number, wanted: number): number {
  const ends = [begin];
  let images = 0;
  let isStopped = false;
  for (const { kind, end, shows } of blocks) {
    isStopped ||= kind === 'other' || ends.length > wanted;
    // Only what is seen behind it says that a paragraph is not the last.
    if (isStopped && shows) return endAt(wanted);
    if (isStopped) continue;
    if (kind === 'text' || kind === 'quote') {
      ends.push(end);
      images = 0;
    } else if (kind === 'image' && ++images > 1) ends.push(end);
  }
  return endAt(Math.min(wanted, ends.length - 2));

  function endAt(index: number): number {
    return ends[Math.max(0, Math.min(index, ends.length - 1))] ?? begin;
  }
}

/** Blocks are what blank lines part, and headings, images and lines across, which need none. */
function readBlocks(lines: readonly MarkdownLine[], masked: string): Block[] {
  const seen = blankComments(masked);
  const begin = lines[0]?.start ?? 0;
  const blocks: Block[] = [];
  let current: Block | undefined;
  for (const { text, masked, isFenced, start, end } of lines) {
    if (!isFenced && /^[ \t]*$/.test(text)) current = undefined;
    if (!isFenced && isBlank(text)) continue;
    const kind = isFenced ? 'other' : readKind(masked);
    const shown = seen.slice(start - begin, start - begin + text.length);
    const shows = isFenced || (kind !== 'rule' && !SILENT.test(text) && !isBlank(shown));
    if (current !== undefined && goesOn(current.kind, kind)) {
      if (kind === 'other') current.kind = 'other';
      current.end = end;
      current.shows ||= shows;
    } else {
      current = { kind, end, shows };
      blocks.push(current);
    }
  }
  return blocks;
}

/** Whether a line of kind `next` belongs to the block before it, where no blank line is between. */
function goesOn(block: Kind, next: Kind): boolean {
  if (block === 'heading' || block === 'image' || block === 'rule') return false;
  if (next === 'heading' || next === 'rule') return false;
  return next !== 'quote' || block !== 'text';
}

/** The same of Markdown, where a no-break space is often written as in HTML. */
function isBlank(text: string): boolean {
  return isBlankText(text.replace(/&(?:nbsp|#160|#xa0);?/gi, ''));
}

function readKind(line: string): Kind {
  if (INDENTED.test(line)) return 'other';
  if (RULE.test(line.replace(/[ \t]/g, ''))) return 'rule';
  if (QUOTE.test(line)) return readQuoted(line.replace(QUOTE, ''));
  if (OTHER.test(line) || TABLE_RULE.test(line) || hasForeignTag(line)) return 'other';
  if (HEADING.test(line)) return 'heading';
  return IMAGE.test(line) ? 'image' : 'text';
}

/** A quote counts as one paragraph when only words and images are quoted. */
function readQuoted(line: string): Kind {
  if (isBlank(line)) return 'quote';
  const kind = QUOTE.test(line) ? 'other' : readKind(line);
  return kind === 'text' || kind === 'image' ? 'quote' : 'other';
}

/** Whether a line has HTML that a paragraph of a preview may not hold. */
function hasForeignTag(line: string): boolean {
  return [...line.matchAll(TAG)].some(([, name = '']) => !PHRASING.has(name.toLowerCase()));
}

/** The same text, as long, with spaces for what is in comments. */
function blankComments(text: string): string {
  let seen = '';
  let at = 0;
  for (;;) {
    const start = text.indexOf('<!--', at);
    const end = start === -1 ? -1 : text.indexOf('-->', start);
    if (end === -1) return seen + text.slice(at);
    seen += text.slice(at, start) + ' '.repeat(end + 3 - start);
    at = end + 3;
  }
}
