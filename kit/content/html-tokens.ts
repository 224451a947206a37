/* As much of HTML's syntax (WHATWG 13.2.5) as it takes to know where an element begins and ends. It makes no tree. */

/** A piece of HTML, from `start` to `end` (exclusive), both positions in the text. */
export interface HtmlToken {
  kind: 'open' | 'close' | 'text' | 'comment';
  /** The element's name, lower case; '' for text and comments. */
  name: string;
  /** Opens nothing: `<img>`, `<path/>`, and what is read as plain text, with all of it (`<script>…</script>`). */
  isLeaf: boolean;
  /** Inside `svg` or `math`, where names mean something else. */
  isForeign: boolean;
  start: number;
  end: number;
}

const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** Nothing in them is an element of the page. In a template there are elements, and none is shown. */
const PLAIN_TEXT = new Set(
  'iframe noembed noframes noscript script style template textarea title xmp'.split(' '),
);

/* Each is only ever searched for forwards, from where reading is: none can go back over what it has passed. */
const MARKUP = /<[a-z!?/]/gi;
const COMMENT_END = /--!?>/g;
const NAME_END = /[\t\n\f\r />]/g;
const NEXT_ATTRIBUTE = /[^\t\n\f\r /]/g;
const ATTRIBUTE_NAME_END = /[\t\n\f\r />=]/g;
const VALUE_END = /[\t\n\f\r >]/g;
const NOT_SPACE = /[^\t\n\f\r ]/g;

/**
 * Reads HTML from its beginning. Stops early where a tag or comment is left open, and at CDATA, which ends elsewhere in
 * an `svg`: nothing behind it can be said to be text. Takes time in proportion to the length.
 */
export function* readHtml(html: string): Generator<HtmlToken> {
  let at = 0;
  /** Only inside these does `/>` end an element. */
  let foreignDepth = 0;
  while (at < html.length) {
    const start = at;
    const token = (kind: HtmlToken['kind'], end: number, name = '', isLeaf = false): HtmlToken => {
      at = end;
      return { kind, name, isLeaf, isForeign: foreignDepth > 0, start, end };
    };
    const markup = find(MARKUP, html, at);
    if (markup > at) {
      yield token('text', markup);
      continue;
    }
    const isClosing = html[at + 1] === '/';
    const nameAt = isClosing ? at + 2 : at + 1;
    if (!/[a-z]/i.test(html[nameAt] ?? '')) {
      const end = endOfComment(html, at);
      if (end === undefined) return;
      yield token('comment', end);
      continue;
    }
    const nameEnd = find(NAME_END, html, nameAt);
    const tag = endOfTag(html, nameEnd);
    if (!tag) return;
    const name = html.slice(nameAt, nameEnd).toLowerCase();
    const isForeign = name === 'svg' || name === 'math';
    if (isClosing) {
      if (isForeign) foreignDepth = Math.max(0, foreignDepth - 1);
      yield token('close', tag.end, name);
    } else if (PLAIN_TEXT.has(name)) {
      const closing = find(new RegExp(`</${name}[\\t\\n\\f\\r />]`, 'gi'), html, tag.end);
      const end = endOfTag(html, closing + name.length + 2)?.end;
      if (end === undefined) return;
      yield token('open', end, name, true);
    } else {
      const isClosed = tag.isClosed && (isForeign || foreignDepth > 0);
      yield token('open', tag.end, name, VOID.has(name) || isClosed);
      if (isForeign && !isClosed) foreignDepth++;
    }
  }
}

/** Behind a comment, or what is read as one: `<!doctype>`, `<?xml ?>`, `</ >`. Undefined when it has no end. */
function endOfComment(html: string, at: number): number | undefined {
  if (html.startsWith('<![CDATA[', at)) return undefined;
  if (!html.startsWith('<!--', at)) {
    const end = html.indexOf('>', at + 2);
    return end === -1 ? undefined : end + 1;
  }
  if (html.startsWith('>', at + 4)) return at + 5;
  if (html.startsWith('->', at + 4)) return at + 6;
  const end = find(COMMENT_END, html, at + 4);
  return end === html.length ? undefined : COMMENT_END.lastIndex;
}

/** Behind the `>` of a tag whose name ends at `from`. A `>` between quotes ends nothing, where quotes begin a value. */
function endOfTag(html: string, from: number): { end: number; isClosed: boolean } | undefined {
  let at = from;
  while (at < html.length) {
    const between = at;
    at = find(NEXT_ATTRIBUTE, html, at);
    if (html[at] === '>') return { end: at + 1, isClosed: at > between && html[at - 1] === '/' };
    // The first character is part of the name whatever it is, even `=`.
    at = find(NOT_SPACE, html, find(ATTRIBUTE_NAME_END, html, at + 1));
    if (html[at] !== '=') continue;
    at = find(NOT_SPACE, html, at + 1);
    const quote = html[at];
    if (quote === '"' || quote === "'") {
      const end = html.indexOf(quote, at + 1);
      if (end === -1) return undefined;
      at = end + 1;
    } else if (quote !== '>') at = find(VALUE_END, html, at);
  }
  return undefined;
}

/** Where `pattern` (global) is next, or the end of the text. */
function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
