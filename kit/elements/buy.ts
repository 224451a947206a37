import type { CheckoutInput } from '../browser-checkout.ts';
import { make, say } from './dom.ts';
import { FloeElement } from './element.ts';

/**
 * `<floe-buy product="<uuid>">Buy for $9</floe-buy>`: a button that leads to the checkout. A link of the page's own inside
 * works without a script; with it, it is the button.
 */
export class FloeBuy extends FloeElement {
  static observedAttributes = ['disabled'];
  #button: HTMLButtonElement | undefined;
  #status: HTMLElement | undefined;
  #error: HTMLElement | undefined;
  #isBusy = false;

  attributeChangedCallback(): void {
    this.#paint();
  }

  protected start(): void {
    if (!this.#status) this.#build();
    this.addEventListener(
      'click',
      (event) => {
        const link = event.target instanceof Element ? event.target.closest('a') : null;
        // A link that is to open elsewhere opens elsewhere.
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
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
    this.#status = make('span', { part: 'status', role: 'status', class: 'said' });
    this.#error = make('p', { part: 'error', role: 'alert' });
    const label = make('slot');
    const isLink = this.querySelector(':scope > a[href]') !== null;
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
    this.#isBusy = true;
    this.#paint();
    if (this.#status) say(this.#status, this.text('busy', 'Opening the checkout …'));
    if (this.#error) say(this.#error, '');
    try {
      const url = await this.floe.startCheckout(this.#input());
      this.dispatchEvent(new CustomEvent('floe-checkout', { bubbles: true, composed: true }));
      this.floe.go(url);
    } catch {
      await this.#fail();
    }
  }

  /** Says what happened, and leaves a way on: a link that needs nothing but the gateway. */
  async #fail(): Promise<void> {
    this.#rest();
    if (!this.#error) return;
    this.#error.replaceChildren(
      make('span', {}, this.text('error', 'The checkout could not be opened. Nothing was charged.')),
      ' ',
    );
    const href = await this.floe.linkCheckout(this.#input()).catch(() => undefined);
    if (href !== undefined)
      this.#error.append(make('a', { href, part: 'link' }, this.text('link', 'Try it this way')));
    this.dispatchEvent(new CustomEvent('floe-error', { bubbles: true, composed: true }));
  }

  #rest(): void {
    this.#isBusy = false;
    if (this.#status) say(this.#status, '');
    this.#paint();
  }

  #paint(): void {
    // Not `disabled`: whoever has pressed it keeps the focus.
    this.#button?.setAttribute('aria-disabled', String(this.#isBusy || this.hasAttribute('disabled')));
    this.#button?.setAttribute('aria-busy', String(this.#isBusy));
  }

  #input(): CheckoutInput {
    const read = (name: string) => this.getAttribute(name) ?? undefined;
    const [email, discountCode, locale] = [read('email'), read('discount-code'), read('locale')];
    const [successUrl, returnUrl, seats] = [read('success-url'), read('return-url'), read('seats')];
    return {
      product: read('product') ?? '',
      ...(email === undefined ? {} : { email }),
      ...(discountCode === undefined ? {} : { discountCode }),
      ...(locale === undefined ? {} : { locale }),
      ...(successUrl === undefined ? {} : { successUrl }),
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...(seats === undefined ? {} : { seats: Number(seats) }),
    };
  }
}
