import type { AccessState, AccessWatch } from '../browser-access.ts';
import { make, say } from './dom.ts';
import { FloeElement } from './element.ts';
import { fetchProtected } from './protected.ts';

type Shown = AccessState['status'];

/** What takes longer than this is explained. */
const PATIENCE_MS = 1_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * `<floe-paywall resource="content:blog/x" src="/protected/x.html">`: a preview (its children) and an offer
 * (`slot="offer"`), until the resource is open. What is behind it is not in the page: it is fetched from the site's own
 * server, which checks the token itself. `state` says what is shown: checking, closed, pending, unavailable, open.
 */
export class FloePaywall extends FloeElement {
  #status: HTMLElement | undefined;
  #retry: HTMLButtonElement | undefined;
  #paid: HTMLElement | undefined;
  #signIn: HTMLElement | undefined;
  #watch: AccessWatch | undefined;
  #content: HTMLElement | undefined;
  /** What is under way, for as long as it is wanted. */
  #loading: AbortController | undefined;
  /** Whether the visitor is back from a checkout, which cannot be confirmed at the moment. */
  #isPaid = false;
  /** So many times in a row the site gave nothing. */
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;

  static observedAttributes: string[] = ['resource', 'src'];

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.#watch === undefined || before === after) return;
    // Another article in the same element: nothing of the last one stays.
    this.disconnectedCallback();
    this.#close('checking');
    if (this.isConnected) this.connectedCallback();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#loading?.abort();
    this.#loading = undefined;
    this.#failures = 0;
    clearTimeout(this.#timer);
    this.#explainNoMore();
  }

  protected start(): void {
    if (!this.#status) this.#build();
    const watch = this.floe.access(this.getAttribute('resource') ?? '');
    this.#watch = watch;
    const stop = watch.subscribe(() => this.#follow());
    this.life.addEventListener('abort', stop);
    // A tab that was away: what it shows may be over, or somebody has bought it elsewhere.
    const look = () => {
      if (document.visibilityState === 'visible') void watch.check();
    };
    document.addEventListener('visibilitychange', look, { signal: this.life });
    window.addEventListener('pageshow', (event) => event.persisted && look(), { signal: this.life });
    this.#follow();
  }

  #build(): void {
    this.#status = make('p', { part: 'status', role: 'status' });
    this.#retry = make('button', { part: 'retry', type: 'button', class: 'quiet', hidden: true });
    this.#retry.textContent = this.text('retry', 'Try again');
    this.#retry.addEventListener('click', () => void this.#tryAgain());
    this.#paid = make('p', { part: 'paid', role: 'status' });
    const enter = make('button', { part: 'sign-in', type: 'button' }, this.text('sign-in', 'Sign in'));
    enter.addEventListener('click', () => this.#enter());
    this.#signIn = make('div', { class: 'sign-in', hidden: true }, make('slot', { name: 'sign-in' }, enter));
    this.openRoot('paywall').replaceChildren(
      make('div', { part: 'preview' }, make('slot')),
      make('div', { part: 'content' }, make('slot', { name: 'content' })),
      this.#paid,
      this.#signIn,
      make('div', { part: 'offer', class: 'offer' }, make('slot', { name: 'offer' })),
      this.#status,
      this.#retry,
    );
  }

  #follow(): void {
    const state = this.#watch?.getState();
    if (!state) return;
    // While the exchange is tried again, the sign-in is not offered too: a gateway that is away signs nobody in either.
    this.#askToSignIn(state.reason === 'unconfirmed' && state.status === 'closed');
    // The article stays on the screen while the gateway cannot be reached, since nobody has said no.
    if (state.status === 'unavailable' && this.#content) return;
    if (state.status !== 'open' || state.token === null) {
      this.#loading?.abort();
      this.#loading = undefined;
      this.#close(state.status);
      return;
    }
    if (!this.#content) void this.#open(state.token);
  }

  async #open(token: string): Promise<void> {
    if (this.#loading) return;
    const loading = (this.#loading = new AbortController());
    clearTimeout(this.#timer);
    // The offer is hidden while the content is loading.
    const before = this.getAttribute('state');
    if (before === null || before === 'closed') this.#show('checking');
    const src = this.getAttribute('src');
    const result =
      src === null
        ? { ok: true as const, content: this.#decoration() }
        : await fetchProtected(src, token, loading.signal);
    // Closed, or another article, meanwhile.
    if (loading.signal.aborted) return;
    this.#loading = undefined;
    if (!result.ok) return this.#goOnLater(result.reason);
    this.#failures = 0;
    if (this.hasAttribute('replace')) {
      for (const child of this.children) if (!child.slot && !isTemplate(child)) child.slot = 'before';
    }
    this.#content = make('div', { slot: 'content' });
    this.#content.append(result.content);
    this.append(this.#content);
    this.#show('open');
    this.dispatchEvent(new CustomEvent('floe-open', { bubbles: true, composed: true }));
  }

  /** The gateway says yes and the site gives nothing: asked again, more slowly each time. */
  #goOnLater(reason: 'refused' | 'failed' | 'misplaced'): void {
    this.#show('unavailable');
    if (reason === 'misplaced') return;
    const isFirst = this.#failures === 0;
    const wait = Math.min(FIRST_RETRY_MS * 1.5 ** this.#failures++, LONGEST_RETRY_MS);
    const { life } = this;
    this.#timer = setTimeout(async () => {
      // The site may have refused the token because it was revoked, so the gateway's database is asked.
      if (reason === 'refused' && isFirst) await this.#watch?.check(true);
      if (!life.aborted) this.#follow();
    }, wait);
  }

  /** Takes away what was shown. */
  #close(status: Shown): void {
    clearTimeout(this.#timer);
    const hadFocus = this.#content?.contains(document.activeElement) === true;
    const wasOpen = this.#content !== undefined;
    this.#content?.remove();
    this.#content = undefined;
    for (const child of this.children) if (child.slot === 'before') child.removeAttribute('slot');
    // Open, and its content is on its way: no paywall meanwhile.
    this.#show(status === 'open' ? 'checking' : status, wasOpen);
    if (hadFocus) this.#land(status);
  }

  #show(status: Shown, wasOpen = false): void {
    const before = this.getAttribute('state');
    this.#rest(status);
    if (status === 'checking') this.#explainLater();
    else this.#explainNoMore();
    const isPaid = status === 'unavailable' && this.#watch?.getState().reason === 'unconfirmed';
    if (before === status && isPaid === this.#isPaid) return;
    this.#isPaid = isPaid;
    this.setAttribute('state', status);
    const texts: Record<Shown, string> = {
      checking: '',
      closed: wasOpen ? this.text('closed', 'This is closed now.') : '',
      pending: this.text('pending', 'Your payment is being confirmed. This opens by itself.'),
      unavailable: isPaid
        ? this.text(
            'unconfirmed',
            'If you have just paid, do not pay again. It cannot be checked right now; it is tried again, and this opens by itself.',
          )
        : this.text('unavailable', 'This cannot be checked right now. Nothing is lost; it is tried again.'),
      open: before === null ? '' : this.text('open', 'This is open now.'),
    };
    this.#say(texts[status], status === 'open' || status === 'closed');
  }

  /** Puts the button away when there is nothing to try again. Who stood on it goes along to what came of it. */
  #rest(status: Shown): void {
    if (!this.#retry || status === 'checking') return;
    this.#retry.removeAttribute('aria-disabled');
    const hadFocus = this.shadowRoot?.activeElement === this.#retry;
    this.#retry.hidden = status !== 'unavailable';
    if (hadFocus && this.#retry.hidden) this.#land(status);
  }

  /** Where the focus goes when what had it is gone. */
  #land(status: Shown): void {
    const part = status === 'open' ? 'content' : status === 'closed' ? 'offer' : 'status';
    const target = this.shadowRoot?.querySelector<HTMLElement>(`[part=${part}]`);
    target?.setAttribute('tabindex', '-1');
    target?.focus();
  }

  #say(text: string, isForEarsOnly = false): void {
    this.#status?.classList.toggle('said', isForEarsOnly);
    if (this.#status) say(this.#status, text);
  }

  #explainLater(): void {
    this.#patience ??= setTimeout(() => this.#say(this.text('checking', 'One moment …')), PATIENCE_MS);
  }

  #explainNoMore(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  async #tryAgain(): Promise<void> {
    if (this.#retry?.getAttribute('aria-disabled') === 'true') return;
    this.#retry?.setAttribute('aria-disabled', 'true');
    this.#failures = 0;
    const { life } = this;
    this.#show('checking');
    await this.#watch?.check(true);
    if (!life.aborted) this.#follow();
  }

  /** Somebody is back who may have paid: told so, and led to where it opens, before anything is sold. */
  #askToSignIn(isAsked: boolean): void {
    if (!this.#paid || !this.#signIn || this.#signIn.hidden === !isAsked) return;
    const [inside, outside] = [this.shadowRoot?.activeElement, document.activeElement];
    const hadFocus =
      this.#signIn.contains(inside ?? null) || this.contains(outside?.closest('[slot=sign-in]') ?? null);
    this.#signIn.hidden = !isAsked;
    if (hadFocus && !isAsked) this.#land('checking');
    say(
      this.#paid,
      isAsked
        ? this.text('paid', 'If you have just paid, do not pay again: sign in by mail, and this opens.')
        : '',
    );
  }

  /** To the page's own sign-in; where there is none, it is put here. */
  #enter(): void {
    let account = document.querySelector<HTMLElement>('floe-account');
    if (!account) {
      account = document.createElement('floe-account');
      // It is said above already.
      account.setAttribute('text-paid', '');
      this.#signIn?.replaceChildren(account);
    }
    account.focus();
  }

  /** What is in the page already is no secret: a different picture, a "thank you". */
  #decoration(): DocumentFragment {
    const template = this.querySelector<HTMLTemplateElement>(':scope > template[data-not-secret]');
    return template ? document.importNode(template.content, true) : document.createDocumentFragment();
  }
}

function isTemplate(child: Element): boolean {
  return child instanceof HTMLTemplateElement;
}
