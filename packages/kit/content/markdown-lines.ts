/* What the lines of Markdown are (CommonMark 0.31, GFM's tables), and where a text only shows what else would mean something. */

export interface MarkdownLine {
  /** Without what ends it. */
  text: string;
  /** The same, as long, with code that is only shown made unreadable. */
  masked: string;
  start: number;
  /** Behind what ends it. */
  end: number;
  isFenced: boolean;
}

const LINE = /[^\r\n]*(?:\r\n?|\n|$)/y;
/** Frontmatter has the first line's delimiter as its last, too. */
const FRONTMATTER = /^\s*(---|\+{3})(?:[ \t]*\w+)?$/;
/** Where lists, quotes, HTML, formulas, expressions are, a fence may end before its closing line, or be none. */
const HOLDS_FENCES = /^[ \t]*(?:[<{>%]|\$\$|::|[-*+](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$))|^[ \t]+[`~]{3}/;
/** Binds like code does, or parts cells: may leave a backtick without its meaning. */
const BEFORE_CODE = /[\\<${]/;

/** Where the text begins, behind what is written about it. Undefined when that has no end. */
export function skipFrontmatter(markdown: string): number | undefined {
  let delimiter: string | undefined;
  for (const { text, end } of splitLines(markdown)) {
    if (delimiter !== undefined) {
      if (text.trimEnd() === delimiter) return end;
    } else if (text.trim() !== '') {
      delimiter = FRONTMATTER.exec(text.trimEnd())?.[1];
      if (delimiter === undefined) return 0;
    }
  }
  return delimiter === undefined ? 0 : undefined;
}

/**
 * The lines of Markdown from `from`. Code is masked only when it is code however the text is read: in a fence that
 * begins a line before any other kind of block, or between backticks that pair within their line, as all before them do.
 */
export function readLines(markdown: string, from: number): MarkdownLine[] {
  let fence: string | undefined;
  let isPlain = true;
  let arePaired = true;
  return splitLines(markdown, from).map((line) => {
    const { text } = line;
    const mark = readFence(text);
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && /^[ \t]*$/.test(text.trimStart().slice(mark.length))) {
        fence = undefined;
        arePaired = true;
      }
      return { ...line, masked: isPlain ? 'x'.repeat(text.length) : text, isFenced: true };
    }
    isPlain &&= !HOLDS_FENCES.test(text);
    fence = mark;
    if (/^[ \t]*$/.test(text)) arePaired = true;
    const code = maskCode(text);
    const masked = isPlain && arePaired ? code.masked : text;
    arePaired &&= code.arePaired;
    return { ...line, masked, isFenced: mark !== undefined };
  });
}

/** The backticks or tildes with which a line begins or ends a fence. */
function readFence(text: string): string | undefined {
  const match = /^ {0,3}(`{3,}|~{3,})/.exec(text);
  const mark = match?.[1];
  if (match === null || mark === undefined) return undefined;
  return mark.startsWith('`') && text.includes('`', match[0].length) ? undefined : mark;
}

/** Masks what stands between backticks, as long as every one of them is sure to begin or end code. */
function maskCode(text: string): { masked: string; arePaired: boolean } {
  if (text.includes('|')) return { masked: text, arePaired: false };
  const runs = [...text.matchAll(/`+/g)];
  let masked = '';
  let at = 0;
  for (let opener = 0; opener < runs.length; opener++) {
    const { 0: ticks, index = 0 } = runs[opener] ?? { 0: '' };
    const before = text.slice(at, index);
    while (++opener < runs.length && runs[opener]?.[0].length !== ticks.length);
    const closer = runs[opener];
    if (closer === undefined || BEFORE_CODE.test(before))
      return { masked: masked + text.slice(at), arePaired: false };
    at = closer.index + ticks.length;
    masked += before + 'x'.repeat(at - index);
  }
  const rest = text.slice(at);
  return { masked: masked + rest, arePaired: !BEFORE_CODE.test(rest) };
}

function splitLines(markdown: string, from = 0): Omit<MarkdownLine, 'masked' | 'isFenced'>[] {
  const lines = [];
  LINE.lastIndex = from;
  for (let start = from; start < markdown.length; start = LINE.lastIndex) {
    const text = LINE.exec(markdown)?.[0] ?? '';
    lines.push({ text: text.replace(/[\r\n][^]*$/, ''), start, end: start + text.length });
  }
  return lines;
}
