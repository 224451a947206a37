/* As much of HTML's syntax (WHATWG 13.2.5) as it takes to know where an element begins and ends. It makes no tree. */

/** A piece of HTML, from `start` to `end` (exclusive), both positions in the text. */
export interface HtmlToken {
  kind: 'open' | 'close' | 'text' | 'comment';
  /** The element's name, lower case; '' for text and comments. */
  name: string;
  /** Opens nothing: `<img>`, `<path/>`, and what holds plain text only, with all of it (`<script>…</script>`). */
  isLeaf: boolean;
  start: number;
  end: number;
}

const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
const PLAIN_TEXT = new Set('iframe noembed noframes script style textarea title xmp'.split(' '));
/** A name, then attributes: a `>` between quotes ends nothing. */
const TAG = /<(\/?)([a-z][^\s/>]*)((?:[^>"'=]|=\s*"[^"]*"|=\s*'[^']*'|=(?!\s*["'])|["'])*)>/iy;
const COMMENT = /<!--(?:-?>|[^]*?--!?>)/y;
/** `<!doctype>`, `<?xml ?>`, `</ >`: read as a comment up to the next `>`. */
const DECLARATION = /<(?:[!?]|\/(?![a-z]))[^>]*>/iy;

/**
 * Reads HTML from its beginning. Stops early where a tag or comment is left open: nothing behind it can be said to be
 * text.
 */
export function* readHtml(html: string): Generator<HtmlToken> {
  let at = 0;
  /** Only inside these does `/>` end an element. */
  let foreignDepth = 0;
  while (at < html.length) {
    const start = at;
    const token = (kind: HtmlToken['kind'], end: number, name = '', isLeaf = false): HtmlToken => {
      at = end;
      return { kind, name, isLeaf, start, end };
    };
    if (html[at] !== '<' || !/[a-z!?/]/i.test(html[at + 1] ?? '')) {
      const next = html.slice(at + 1).search(/<[a-z!?/]/i);
      yield token('text', next === -1 ? html.length : at + 1 + next);
      continue;
    }
    const comment =
      match(COMMENT, html, at) ?? (html.startsWith('<!--', at) ? null : match(DECLARATION, html, at));
    if (comment) {
      yield token('comment', at + comment[0].length);
      continue;
    }
    const tag = match(TAG, html, at);
    if (!tag) return;
    const name = (tag[2] ?? '').toLowerCase();
    const end = at + tag[0].length;
    const isForeign = name === 'svg' || name === 'math';
    if (tag[1] === '/') {
      if (isForeign) foreignDepth = Math.max(0, foreignDepth - 1);
      yield token('close', end, name);
    } else if (PLAIN_TEXT.has(name)) {
      const rest = html.slice(end);
      const closing = new RegExp(`</${name}[\\s/>]`, 'i').exec(rest);
      const after = closing ? rest.indexOf('>', closing.index) : -1;
      if (after === -1) return;
      yield token('open', end + after + 1, name, true);
    } else {
      const isClosed = tag[0].endsWith('/>') && (isForeign || foreignDepth > 0);
      if (isForeign && !isClosed) foreignDepth++;
      yield token('open', end, name, VOID.has(name) || isClosed);
    }
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
