import type { AccessState, AccessWatch } from '../browser-access.ts';
import { make, say } from './dom.ts';
import { FloeElement } from './element.ts';
import { fetchProtected } from './protected.ts';

type Shown = AccessState['status'];

/**
 * `<floe-paywall resource="content:blog/x" src="/protected/x.html">`: a preview (its children) and an offer
 * (`slot="offer"`), until the resource is open. What is behind it is not in the page: it is fetched from the site's own
 * server, which checks the token itself. `state` says what is shown: checking, closed, pending, unavailable, open.
 */
export class FloePaywall extends FloeElement {
  #status: HTMLElement | undefined;
  #retry: HTMLButtonElement | undefined;
  #watch: AccessWatch | undefined;
  #content: HTMLElement | undefined;
  /** What is under way, for as long as it is wanted. */
  #loading: AbortController | undefined;

  static observedAttributes = ['resource', 'src'];

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
    this.#retry.addEventListener('click', () => this.#tryAgain());
    this.openRoot('paywall').replaceChildren(
      make('div', { part: 'preview' }, make('slot')),
      make('div', { part: 'content' }, make('slot', { name: 'content' })),
      make('div', { part: 'offer', class: 'offer' }, make('slot', { name: 'offer' })),
      this.#status,
      this.#retry,
    );
  }

  #follow(): void {
    const state = this.#watch?.getState();
    if (!state) return;
    // It is on the reader's screen already, and nobody has said no: a train in a tunnel takes no article away.
    if (state.status === 'unavailable' && this.#content) return;
    if (state.status !== 'open' || state.token === null) {
      this.#close(state.status);
      return;
    }
    if (!this.#content) void this.#open(state.token);
  }

  async #open(token: string): Promise<void> {
    if (this.#loading) return;
    const loading = (this.#loading = new AbortController());
    const src = this.getAttribute('src');
    const result =
      src === null
        ? { ok: true as const, content: this.#decoration() }
        : await fetchProtected(src, token, loading.signal);
    if (loading.signal.aborted) return;
    this.#loading = undefined;
    // Signed out while it was under way.
    const now = this.#watch?.getState();
    if (now?.status !== 'open') return this.#close(now?.status ?? 'closed');
    if (!result.ok) return this.#show('unavailable');
    if (this.hasAttribute('replace')) {
      for (const child of this.children) if (!child.slot && !isTemplate(child)) child.slot = 'before';
    }
    this.#content = make('div', { slot: 'content' });
    this.#content.append(result.content);
    this.append(this.#content);
    this.#show('open');
    this.dispatchEvent(new CustomEvent('floe-open', { bubbles: true, composed: true }));
  }

  /** Takes away what was shown. */
  #close(status: Shown): void {
    this.#content?.remove();
    this.#content = undefined;
    for (const child of this.children) if (child.slot === 'before') child.removeAttribute('slot');
    // Open, and its content is on its way: no paywall meanwhile.
    this.#show(status === 'open' ? 'checking' : status);
  }

  #show(status: Shown): void {
    const before = this.getAttribute('state');
    if (before === status) return;
    this.setAttribute('state', status);
    if (this.#retry) this.#retry.hidden = status !== 'unavailable';
    const wasWaiting = before === 'pending' || before === 'unavailable' || before === 'closed';
    const texts: Record<Shown, string> = {
      checking: '',
      closed: '',
      pending: this.text('pending', 'Your payment is being confirmed. This opens by itself.'),
      unavailable: this.text(
        'unavailable',
        'This cannot be checked right now. Nothing is lost; it is tried again.',
      ),
      open: wasWaiting || before === 'checking' ? this.text('open', 'This is open now.') : '',
    };
    if (this.#status) {
      this.#status.classList.toggle('said', status === 'open');
      say(this.#status, texts[status]);
    }
  }

  #tryAgain(): void {
    this.setAttribute('state', 'checking');
    if (this.#retry) this.#retry.hidden = true;
    if (this.#status) say(this.#status, '');
    void this.#watch?.check(true).then(() => this.#follow());
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
