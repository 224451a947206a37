import type { CheckoutInput } from '../browser-checkout.ts';
import { make, say } from './dom.ts';
import { FloeElement } from './element.ts';

/** If the checkout is not reached within this time, the button can be pressed again. */
const LEAVING_MS = 10_000;

/**
 * `<floe-buy product="<uuid>">Buy for $9</floe-buy>`: a button that leads to the checkout. A link of the page's own inside
 * works without a script; with it, it is the button.
 */
export class FloeBuy extends FloeElement {
  static observedAttributes: string[] = [
    'disabled',
    'product',
    'email',
    'discount-code',
    'allow-discount-codes',
    'locale',
    'seats',
    'units',
    'currency',
    'success-url',
    'return-url',
  ];
  #button: HTMLButtonElement | undefined;
  #status: HTMLElement | undefined;
  #error: HTMLElement | undefined;
  #isBusy = false;
  /** Told that this browser keeps nothing. */
  #isWarned = false;
  /** Counts the requests; the answer to an earlier one is ignored. */
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name === 'disabled' || before === after) return this.#paint();
    // Something else is for sale: nothing that was said or begun is about it.
    this.#isWarned = false;
    if (this.#error) say(this.#error, '');
    this.#rest();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#rest();
  }

  protected start(): void {
    if (!this.#status) this.#build();
    this.addEventListener(
      'click',
      (event) => {
        const link = event.target instanceof Element ? event.target.closest('a') : null;
        // A link that is to open elsewhere opens elsewhere.
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        if (link.target !== '' && link.target !== '_self') return;
        event.preventDefault();
        void this.buy();
      },
      { signal: this.life },
    );
    // Back from the checkout with the back button: the page may come as it was left.
    window.addEventListener('pageshow', (event) => event.persisted && this.#rest(), { signal: this.life });
    this.#rest();
  }

  #build(): void {
    const root = this.openRoot();
    const label = make('slot');
    const isLink = this.#link() !== null;
    // The button shows that it is busy; a link of the page's own has no such sign.
    this.#status = make('span', { part: 'status', role: 'status', class: isLink ? '' : 'said' });
    this.#error = make('p', { part: 'error', role: 'alert' });
    if (!isLink) {
      if (this.textContent.trim() === '') label.append(this.text('buy', 'Buy'));
      this.#button = make(
        'button',
        { part: 'button', type: 'button' },
        make('span', { class: 'label', part: 'label' }, label),
        make('span', { class: 'spinner', part: 'spinner', 'aria-hidden': 'true' }),
      );
      this.#button.addEventListener('click', () => void this.buy());
    }
    root.replaceChildren(this.#button ?? label, this.#status, this.#error);
  }

  /** Opens the checkout and goes there. */
  async buy(): Promise<void> {
    if (this.#isBusy || this.hasAttribute('disabled')) return;
    if (this.#error) say(this.#error, '');
    if (!this.#isWarned && !this.floe.canReturn()) return this.#warn();
    this.#isBusy = true;
    this.#paint();
    if (this.#status) say(this.#status, this.text('busy', 'Opening the checkout …'));
    const turn = ++this.#turn;
    const { life } = this;
    const isWanted = () => turn === this.#turn && !life.aborted;
    try {
      const url = await this.floe.startCheckout(this.#input());
      if (!isWanted()) return;
      this.dispatchEvent(new CustomEvent('floe-checkout', { bubbles: true, composed: true }));
      this.floe.go(url);
      // Not every address leads away from this page: an answer without content, a download.
      this.#timer = setTimeout(() => this.#rest(), LEAVING_MS);
    } catch {
      if (isWanted()) await this.#fail();
    }
  }

  /** Warns, before anybody pays, that this browser cannot keep the purchase and that it opens only after signing in. */
  async #warn(): Promise<void> {
    this.#isWarned = true;
    await this.#complain(
      this.text(
        'forgetful',
        'Your browser keeps nothing for this site, so a purchase cannot come back to it. It opens when you sign in by mail afterwards.',
      ),
      this.text('go-on', 'Go on to the checkout'),
    );
  }

  /** Says what happened, and leaves a way on: a link that needs nothing but the gateway. */
  async #fail(): Promise<void> {
    this.#rest();
    await this.#complain(
      this.text('error', 'The checkout could not be opened. Nothing was charged.'),
      this.text('link', 'Try it this way'),
    );
    this.dispatchEvent(new CustomEvent('floe-error', { bubbles: true, composed: true }));
  }

  async #complain(text: string, wayOn: string): Promise<void> {
    if (!this.#error) return;
    this.#error.replaceChildren(make('span', {}, text), ' ');
    const turn = this.#turn;
    const href = await this.floe.linkCheckout(this.#input()).catch(() => undefined);
    if (href !== undefined && turn === this.#turn)
      this.#error.append(make('a', { href, part: 'link' }, wayOn));
  }

  #rest(): void {
    this.#turn++;
    this.#isBusy = false;
    clearTimeout(this.#timer);
    if (this.#status) say(this.#status, '');
    this.#paint();
  }

  #paint(): void {
    // Not `disabled`: whoever has pressed it keeps the focus.
    const isDisabled = this.#isBusy || this.hasAttribute('disabled');
    for (const each of [this.#button, this.#link()]) {
      each?.setAttribute('aria-disabled', String(isDisabled));
      each?.setAttribute('aria-busy', String(this.#isBusy));
    }
  }

  /** The page's own link, when it is the button. */
  #link(): HTMLAnchorElement | null {
    return this.querySelector<HTMLAnchorElement>(':scope > a[href]');
  }

  #input(): CheckoutInput {
    const read = (name: string) => this.getAttribute(name) ?? undefined;
    const [email, discountCode, locale] = [read('email'), read('discount-code'), read('locale')];
    const [successUrl, returnUrl, seats] = [read('success-url'), read('return-url'), read('seats')];
    const [units, currency] = [read('units'), read('currency')];
    return {
      product: read('product') ?? '',
      ...(email === undefined ? {} : { email }),
      ...(discountCode === undefined ? {} : { discountCode }),
      ...(this.hasAttribute('allow-discount-codes') ? { allowDiscountCodes: true } : {}),
      ...(locale === undefined ? {} : { locale }),
      ...(successUrl === undefined ? {} : { successUrl }),
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...(seats === undefined ? {} : { seats: Number(seats) }),
      ...(units === undefined ? {} : { units: Number(units) }),
      ...(currency === undefined ? {} : { currency }),
    };
  }
}
