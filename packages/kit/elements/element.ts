import type { Floe } from '../browser.ts';
import { styleSheets } from './styles.ts';

/** On a server there are no elements: importing must not fail there. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement);

/** What they have in common: a shadow root, texts that a page can change, and the page's Floe. */
export abstract class FloeElement extends Base {
  /** Set by `defineFloeElements`, before the first element comes to life. */
  static floe: Floe;
  #ending = new AbortController();

  /** Ends when the element leaves the page. */
  protected get life(): AbortSignal {
    return this.#ending.signal;
  }

  protected get floe(): Floe {
    return FloeElement.floe;
  }

  /** A text of the element's own, or the page's instead: `text-busy="Einen Moment …"`. */
  protected text(name: string, fallback: string): string {
    return this.getAttribute(`text-${name}`) ?? fallback;
  }

  protected openRoot(sheet?: 'paywall' | 'account' | 'downloads'): ShadowRoot {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open', delegatesFocus: false });
    const { base, ...others } = styleSheets();
    root.adoptedStyleSheets = sheet ? [base, others[sheet]] : [base];
    return root;
  }

  connectedCallback(): void {
    this.#ending = new AbortController();
    // The page may still be parsed: children come after this.
    if (document.readyState !== 'loading') this.start();
    else document.addEventListener('DOMContentLoaded', () => this.start(), { once: true, signal: this.life });
  }

  disconnectedCallback(): void {
    this.#ending.abort();
  }

  /** Comes to life. Again, when it was moved. */
  protected abstract start(): void;
}
