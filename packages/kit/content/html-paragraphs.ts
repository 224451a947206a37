import { FOREIGN, isBlank, OpenElements, PHRASING } from './html-elements.ts';
import { type HtmlToken, readHtml } from './html-tokens.ts';

/** Elements that only hold others: paragraphs are looked for inside them. */
const WRAPPERS = new Set('article body div header hgroup html main section'.split(' '));
const HEADINGS = new Set('h1 h2 h3 h4 h5 h6'.split(' '));
/** What counts as a paragraph. */
const COUNTED = new Set(['p', 'blockquote']);
/** What may stand between paragraphs without being one. */
const BESIDE = new Set(['figure', 'img', 'picture', ...HEADINGS]);
/** Elements that show nothing: a paragraph with only these behind it is the last. */
const SILENT = new Set(['hr', 'link', 'meta', 'style']);
const MEDIA = new Set('audio canvas embed iframe img object svg video'.split(' '));

interface Block {
  name: string;
  /** How many elements are open around it. */
  depth: number;
  /** Whether it is a paragraph once it has text. */
  counts: boolean;
  hasText: boolean;
  images: number;
}

/** What a token says about the block it stands in. `over` is the block's end. */
type Step = 'inside' | 'strange' | { over: number };

/**
 * Where to cut: behind the paragraph with number `wanted`, or an earlier one. Before anything but paragraphs, headings
 * and images with nothing else inside; before `limit`; never behind the last paragraph, since then all of it would be
 * given away.
 */
export function findParagraphs(html: string, wanted: number, limit: number): number {
  const ends = [0];
  const open = new OpenElements();
  let block: Block | undefined;
  let images = 0;
  let isStopped = false;

  for (const token of readHtml(html)) {
    if (token.end > limit) return endAt(ends, wanted);
    if (!isStopped) isStopped = !read(token);
    // A paragraph counts as not the last only when something visible follows it.
    const isMore = block !== undefined && (block.hasText || block.images > 0);
    if (isStopped && (isMore || shows(token))) return endAt(ends, wanted);
    if (ends.length > wanted) isStopped = true;
  }
  return endAt(ends, Math.min(wanted, ends.length - 2));

  /** Whether the preview may go on. */
  function read(token: HtmlToken): boolean {
    if (block === undefined) return readBetween(token);
    const step = readInside(block, open, token);
    if (step === 'strange') return false;
    if (step === 'inside') return true;
    finish(block, step.over);
    block = undefined;
    return step.over === token.end || (ends.length <= wanted && readBetween(token));
  }

  function readBetween({ kind, name, text, isLeaf, end }: HtmlToken): boolean {
    if (kind === 'text') return isBlank(text);
    if (kind === 'close') open.close(name);
    if (kind !== 'open' || SILENT.has(name)) return true;
    const counts = COUNTED.has(name);
    if (counts || BESIDE.has(name)) {
      const images = name === 'img' ? 1 : 0;
      block = { name, depth: open.depth, counts, hasText: false, images };
      if (isLeaf) {
        finish(block, end);
        block = undefined;
      }
    } else if (!WRAPPERS.has(name)) return false;
    if (!isLeaf) open.push(name);
    return true;
  }

  /** One image may stand before a paragraph; with a second, images are what there is to see, and each counts. */
  function finish(block: Block, end: number): void {
    if (block.hasText && block.counts) {
      ends.push(end);
      images = 0;
    } else if (block.images > 0 && !(block.hasText && HEADINGS.has(block.name))) {
      if (images + block.images > 1) ends.push(end);
      images = 1;
    }
  }
}

function readInside(block: Block, open: OpenElements, token: HtmlToken): Step {
  switch (token.kind) {
    case 'text': {
      if (isBlank(token.text)) return 'inside';
      block.hasText = true;
      // A caption belongs to its image; other text there is text like any other.
      if (!HEADINGS.has(block.name) && !open.has('figcaption')) block.counts = true;
      return 'inside';
    }
    case 'open':
      return readOpening(block, open, token);
    case 'close':
      return readClosing(block, open, token);
    case 'comment':
      return 'inside';
  }
}

function readOpening(block: Block, open: OpenElements, token: HtmlToken): Step {
  const { name, isLeaf, isForeign, start } = token;
  if (open.endParagraph(name) && open.depth === block.depth) return { over: start };
  const isKnown = isForeign ? FOREIGN.has(name) : PHRASING.has(name) || holds(block, name);
  if (!isKnown) return 'strange';
  if (name === 'p') block.counts = true;
  if (name === 'img' || name === 'svg') block.images++;
  if (!isLeaf) open.push(name);
  return 'inside';
}

function holds(block: Block, name: string): boolean {
  if (name === 'figcaption') return block.name === 'figure';
  // Otherwise a figure with several would count as one.
  return name === 'p' && (block.name === 'blockquote' || (block.name === 'figure' && !block.counts));
}

/** Elements that are closed in another order than they were opened are moved about by browsers: not understood. */
function readClosing(block: Block, open: OpenElements, { name, start, end }: HtmlToken): Step {
  if (name !== 'p' && open.innermost === 'p' && open.has(name)) {
    open.pop();
    if (open.depth === block.depth) return { over: start };
  }
  if (open.innermost !== name) return 'strange';
  open.pop();
  return open.depth === block.depth ? { over: end } : 'inside';
}

function shows({ kind, name, text }: HtmlToken): boolean {
  return kind === 'text' ? !isBlank(text) : kind === 'open' && MEDIA.has(name);
}

function endAt(ends: readonly number[], index: number): number {
  return ends[Math.max(0, Math.min(index, ends.length - 1))] ?? 0;
}
