import { ErrorCodes, type Token, Tokenizer, TokenizerMode } from 'parse5';

/*
 * HTML as a browser takes it apart (WHATWG 13.2.5, by parse5), with the places where each piece stands in the text. It
 * makes no tree: a browser moves elements about when it builds one, and then nothing is a part of the text any more (ADR 64).
 */

/** A piece of HTML, from `start` to `end` (exclusive), both positions in the text. */
export interface HtmlToken {
  kind: 'open' | 'close' | 'text' | 'comment';
  /** The element's name, lower case; '' for text and comments. */
  name: string;
  /** What a reader sees of a text, with character references read; '' for all else. */
  text: string;
  /** Opens nothing: `<img>`, `<path/>`, and what holds no element of the page, with all of it (`<script>…</script>`). */
  isLeaf: boolean;
  /** Inside `svg` or `math`, where names mean something else. */
  isForeign: boolean;
  start: number;
  end: number;
}

const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** What is in them is read as text. A page without scripts shows what is in `noscript`, but with them is what counts. */
const TEXT_ONLY = new Map([
  ['textarea', TokenizerMode.RCDATA],
  ['title', TokenizerMode.RCDATA],
  ['iframe', TokenizerMode.RAWTEXT],
  ['noembed', TokenizerMode.RAWTEXT],
  ['noframes', TokenizerMode.RAWTEXT],
  ['noscript', TokenizerMode.RAWTEXT],
  ['style', TokenizerMode.RAWTEXT],
  ['xmp', TokenizerMode.RAWTEXT],
  ['script', TokenizerMode.SCRIPT_DATA],
  ['plaintext', TokenizerMode.PLAINTEXT],
]);
const TEMPLATE = 'template';

/**
 * Errors after which reading stops, since what follows cannot be known to be text. CDATA ends elsewhere inside an `svg`
 * than outside.
 */
const ENDS_READING = new Set<string>([
  ErrorCodes.eofBeforeTagName,
  ErrorCodes.eofInComment,
  ErrorCodes.eofInDoctype,
  ErrorCodes.eofInTag,
  ErrorCodes.cdataInHtmlContent,
]);

/**
 * Reads HTML from its beginning, as far as somebody asks for its tokens. Stops early where a tag, a comment or an element
 * that holds only text is left open, and at CDATA. Takes time in proportion to the length.
 */
export function* readHtml(html: string): Generator<HtmlToken, void, undefined> {
  let tokens: HtmlToken[] = [];
  let at = 0;
  let text = '';
  /** True when what follows cannot be read reliably. */
  let isOver = false;
  let isAtEnd = false;
  /** Only inside these does `/>` end an element. */
  let foreignDepth = 0;
  /** The element that is open and holds nothing of the page. Templates may hold templates. */
  let hidden: { name: string; start: number; depth: number } | undefined;

  const add = (kind: HtmlToken['kind'], end: number, name = '', isLeaf = false, start = at) => {
    if (isOver) return;
    tokens.push({ kind, name, text, isLeaf, isForeign: foreignDepth > 0, start, end });
    text = '';
    at = end;
    tokenizer.pause();
  };
  /** The text before a piece has ended where the piece begins. */
  const endText = (end: number) => {
    if (end > at && hidden === undefined) add('text', end);
    text = '';
  };
  const readText = ({ chars }: Token.CharacterToken) => {
    text += chars;
  };
  const readComment = ({ location }: Token.CommentToken | Token.DoctypeToken) => {
    if (hidden !== undefined || location === null) return;
    endText(location.startOffset);
    // A comment that has begun in another way than with `<!--` may reach the end of the text without an error.
    isOver ||= html[location.endOffset - 1] !== '>';
    add('comment', location.endOffset);
  };

  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: true },
    {
      onCharacter: readText,
      onWhitespaceCharacter: readText,
      // Browsers leave it out.
      onNullCharacter: () => {},
      onComment: readComment,
      onDoctype: readComment,
      onStartTag({ tagName: name, selfClosing, location }) {
        const mode = TEXT_ONLY.get(name);
        if (mode !== undefined) tokenizer.state = mode;
        if (hidden !== undefined || location === null) {
          if (hidden?.name === TEMPLATE && name === TEMPLATE) hidden.depth++;
          return;
        }
        endText(location.startOffset);
        if (mode !== undefined || name === TEMPLATE) {
          hidden = { name, start: location.startOffset, depth: 1 };
          return;
        }
        const beginsForeign = name === 'svg' || name === 'math';
        const isClosed = selfClosing && (beginsForeign || foreignDepth > 0);
        add('open', location.endOffset, name, VOID.has(name) || isClosed);
        if (beginsForeign && !isClosed) foreignDepth++;
      },
      onEndTag({ tagName: name, location }) {
        if (location === null) return;
        if (hidden !== undefined) {
          if (name !== hidden.name || --hidden.depth > 0) return;
          const { start } = hidden;
          hidden = undefined;
          text = '';
          add('open', location.endOffset, name, true, start);
          return;
        }
        endText(location.startOffset);
        if (name === 'svg' || name === 'math') foreignDepth = Math.max(0, foreignDepth - 1);
        add('close', location.endOffset, name);
      },
      onEof() {
        endText(html.length);
        isAtEnd = true;
      },
      onParseError({ code }) {
        isOver ||= ENDS_READING.has(code);
      },
    },
  );
  tokenizer.write(html, true);
  for (;;) {
    const found = tokens;
    tokens = [];
    yield* found;
    if (isAtEnd || isOver) return;
    tokenizer.resume();
  }
}
