import { type HtmlToken, readHtml } from './html-tokens.ts';

/** Elements that only hold others: paragraphs are looked for inside them. */
const WRAPPERS = new Set('article body div header hgroup html main section'.split(' '));
/** What counts as a paragraph. */
const COUNTED = new Set(['p', 'blockquote']);
/** What may stand between paragraphs without being one. A list, a table, code is more than a preview should show. */
const BESIDE = new Set('figure h1 h2 h3 h4 h5 h6 img picture'.split(' '));
/** Shows nothing: with only this behind it, a paragraph is the last. */
const SILENT = new Set(['hr', 'link', 'meta', 'style']);
const INSIDE_PARAGRAPHS = new Set(
  'a abbr audio b bdi bdo br button canvas cite code data del dfn em embed i iframe img input ins kbd label map mark math meter noscript object output picture progress q ruby s samp script select small span strong sub sup svg template textarea time u var video wbr'.split(
    ' ',
  ),
);

/** A place to cut at, and what is open there. */
interface Cut {
  at: number;
  open: readonly string[];
}

/**
 * Cuts HTML before `<!-- more -->`, wherever it stands, or behind its first paragraphs. What is open is closed. A marker
 * that broken HTML hides (in a comment that was left open, between quotes) still has nothing behind it given away.
 */
export function previewOfHtml(html: string, paragraphs: number): string {
  const cut = findMarker(html) ?? findParagraphs(html, paragraphs);
  const closed = cut.open.reduceRight((text, name) => `${text}</${name}>`, '');
  return `${html.slice(0, cut.at).trimEnd()}${closed}`;
}

function findMarker(html: string): Cut | undefined {
  const open: string[] = [];
  for (const token of readHtml(html)) {
    if (token.kind === 'comment' && isMarker(html.slice(token.start, token.end)))
      return { at: token.start, open };
    track(open, token);
  }
  return undefined;
}

const MARKER = /<!--\s*more\s*-->/i;

/** Whether it is the comment behind which nothing is given away: `<!-- more -->`. */
export function isMarker(comment: string): boolean {
  return MARKER.exec(comment)?.[0] === comment;
}

/**
 * Behind the paragraph with number `wanted`, or an earlier one: before anything that is neither paragraph, heading nor
 * image, and never behind the last paragraph of all, since then all of it would be given away.
 */
function findParagraphs(html: string, wanted: number): Cut {
  const cuts: Cut[] = [{ at: 0, open: [] }];
  const open: string[] = [];
  const hidden = html.search(MARKER);
  let hasText = false;
  for (const token of readHtml(html)) {
    if (hidden !== -1 && token.end > hidden) return cutAt(cuts, wanted);
    if (endsParagraph(open, token)) {
      open.pop();
      if (hasText && open.every((name) => WRAPPERS.has(name)))
        cuts.push({ at: token.start, open: [...open] });
    }
    const block = open.find((name) => !WRAPPERS.has(name));
    const text = token.kind === 'text' && html.slice(token.start, token.end).trim() !== '';
    if (block === undefined) {
      const isBlock = token.kind === 'open' && !SILENT.has(token.name) && !WRAPPERS.has(token.name);
      const mayStand = COUNTED.has(token.name) || BESIDE.has(token.name);
      if ((text || isBlock) && (cuts.length > wanted || !mayStand)) return cutAt(cuts, wanted);
      hasText = false;
    }
    hasText ||= text;
    track(open, token);
    const isOver = block !== undefined && open.every((name) => WRAPPERS.has(name));
    if (isOver && hasText && COUNTED.has(block)) cuts.push({ at: token.end, open: [...open] });
  }
  // Nothing comes behind the last paragraph, so it is what is sold.
  return cutAt(cuts, Math.min(wanted, cuts.length - 2));
}

function cutAt(cuts: readonly Cut[], index: number): Cut {
  return cuts[Math.max(0, Math.min(index, cuts.length - 1))] ?? { at: 0, open: [] };
}

/** A paragraph ends where a block begins (WHATWG 13.1.2.4). */
function endsParagraph(open: readonly string[], { kind, name }: HtmlToken): boolean {
  return kind === 'open' && open.at(-1) === 'p' && !INSIDE_PARAGRAPHS.has(name);
}

/** Keeps the names of what is open, as a browser would have it. */
function track(open: string[], token: HtmlToken): void {
  const { kind, name, isLeaf } = token;
  if (endsParagraph(open, token)) open.pop();
  if (kind === 'open') {
    if (!isLeaf) open.push(name);
  } else if (kind === 'close') {
    const at = open.lastIndexOf(name);
    if (at !== -1) open.length = at;
  }
}
