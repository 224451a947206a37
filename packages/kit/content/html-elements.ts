/** May stand in a paragraph of a preview: what marks words and shows images, and nothing that plays or holds blocks. */
export const PHRASING: ReadonlySet<string> = new Set(
  'a abbr b bdi bdo big br cite code data del dfn em font i img ins kbd mark math picture q rp rt ruby s samp small source span strike strong sub sup svg time tt u var wbr'.split(
    ' ',
  ),
);

/** What drawings and formulas are made of; no `script`, `foreignobject` or name that HTML has too. */
export const FOREIGN: ReadonlySet<string> = new Set(
  'circle clippath defs desc ellipse g line lineargradient marker mask path pattern polygon polyline radialgradient rect stop symbol text textpath title tspan use annotation mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics'.split(
    ' ',
  ),
);

const CLOSES_PARAGRAPH = new Set(
  'address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre search section summary table ul xmp'.split(
    ' ',
  ),
);

/** The names of what is open. Each step costs what it opens and closes, however deep it is. */
export class OpenElements {
  readonly #names: string[] = [];
  readonly #counts = new Map<string, number>();

  get depth(): number {
    return this.#names.length;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  get innermost(): string | undefined {
    return this.#names.at(-1);
  }

  has(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0;
  }

  push(name: string): void {
    this.#names.push(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  pop(): void {
    const name = this.#names.pop();
    if (name !== undefined) this.#counts.set(name, (this.#counts.get(name) ?? 0) - 1);
  }

  /** Closes the innermost of this name with all that is open in it; nothing when there is none. */
  close(name: string): void {
    if (!this.has(name)) return;
    while (this.innermost !== name) this.pop();
    this.pop();
  }

  /** A paragraph ends where a block begins (WHATWG 13.1.2.4). Whether one did. */
  endParagraph(name: string): boolean {
    const ends = this.innermost === 'p' && CLOSES_PARAGRAPH.has(name);
    if (ends) this.pop();
    return ends;
  }
}

/** Whether a text shows nothing, though it may take up a line, as the no-break space that editors leave behind. */
export function isBlank(text: string): boolean {
  return text.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim() === '';
}
