import { isMarker } from './preview-html.ts';

const FENCE = /^ {0,3}(`{3,}(?!.*`)|~{3,})/;
/** Stands between paragraphs without being one: headings, an image alone, a line across. */
const BESIDE = /^ {0,3}(?:#{1,6}(?:\s|$)|!\[[^\]]*\]\([^)]*\)\s*$|([-*_])(?: *\1){2,} *$)/;
/** No paragraph: lists, tables, HTML, code, and definitions of links, which belong to all of the text. */
const OTHER = /^(?: {0,3}(?:[-*+](?:\s|$)|\d{1,9}[.)]\s|\||<|\[[^\]]+\]:|`{3}|~{3})| {4}|\t)/;

interface Block {
  start: number;
  end: number;
  kind: 'paragraph' | 'beside' | 'other';
}

/** Cuts Markdown before `<!-- more -->` on a line of its own, or behind its first paragraphs. */
export function previewOfMarkdown(markdown: string, paragraphs: number): string {
  const { blocks, markerAt } = readBlocks(markdown);
  if (markerAt !== undefined) return markdown.slice(0, markerAt).trimEnd();
  const ends = [0];
  for (const block of blocks) {
    if (block.kind === 'other' || ends.length > paragraphs) return cutAt(ends, paragraphs);
    if (block.kind === 'paragraph') ends.push(block.end);
  }
  // Nothing comes behind the last paragraph, so it is what is sold.
  return cutAt(ends, Math.min(paragraphs, ends.length - 2));

  function cutAt(ends: readonly number[], index: number): string {
    return markdown.slice(0, ends[Math.max(0, Math.min(index, ends.length - 1))] ?? 0).trimEnd();
  }
}

/** Blocks are what blank lines part; inside a fence nothing parts and nothing is a marker. */
function readBlocks(markdown: string): { blocks: Block[]; markerAt: number | undefined } {
  const blocks: Block[] = [];
  let fence: string | undefined;
  let current: Block | undefined;
  let at = 0;
  for (const line of markdown.split('\n')) {
    const start = at;
    at += line.length + 1;
    const text = line.trimEnd();
    const mark = FENCE.exec(text)?.[1];
    if (fence !== undefined) {
      const closes = mark !== undefined && mark.startsWith(fence) && text.trim() === mark;
      if (closes) fence = undefined;
    } else if (isMarker(text.trim())) {
      return { blocks, markerAt: start };
    } else if (text.trim() === '') {
      current = undefined;
      continue;
    } else {
      fence = mark;
    }
    const kind = BESIDE.test(text) ? 'beside' : OTHER.test(text) ? 'other' : 'paragraph';
    // A heading needs no blank line behind it.
    if (current === undefined || current.kind === 'beside') {
      current = { start, end: at, kind: mark === undefined ? kind : 'other' };
      blocks.push(current);
    } else if (current.kind === 'paragraph' && (kind === 'other' || mark !== undefined)) {
      // Code may follow without a blank line: the paragraph is not all there is to it.
      current.kind = 'other';
    }
    current.end = Math.min(at, markdown.length);
  }
  return { blocks, markerAt: undefined };
}
