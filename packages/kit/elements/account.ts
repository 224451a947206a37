import type { Account } from '../browser-account.ts';
import { FloeError } from '../problem.ts';
import { showAccount } from './account-view.ts';
import { make, say } from './dom.ts';
import { FloeElement } from './element.ts';

type View = 'checking' | 'email' | 'code' | 'account' | 'unavailable';

/** `<floe-account>`: sign in by mail, what one has, where one is signed in, sign out. `state` says what is shown. */
export class FloeAccount extends FloeElement {
  #body: HTMLElement | undefined;
  #status: HTMLElement | undefined;
  #error: HTMLElement | undefined;
  #view: View | undefined;
  #known = '';
  #turn = 0;
  #isFocusWanted = false;

  protected start(): void {
    if (!this.#body) {
      this.#body = make('div', { part: 'body' });
      this.#status = make('p', { part: 'status', role: 'status' });
      this.#error = make('p', { part: 'error', role: 'alert', id: 'error' });
      this.openRoot('account').replaceChildren(this.#body, this.#status, this.#error);
    }
    const stop = this.floe.subscribe(() => {
      if (this.#sessions() !== this.#known) void this.#look();
    });
    this.life.addEventListener('abort', stop);
    void this.#arrive();
  }

  /** To where one signs in, as soon as it is there. */
  override focus(): void {
    const target = this.#body?.querySelector('input') ?? this.#body?.querySelector<HTMLElement>('h2, button');
    this.#isFocusWanted = !target;
    target?.focus();
    target?.scrollIntoView({ block: 'nearest' });
  }

  async #arrive(): Promise<void> {
    this.#show('checking');
    const { life } = this;
    const { link, checkout } = await this.floe.arrival;
    if (life.aborted) return;
    await this.#look();
    const isKnown = this.floe.sessions().some(({ proof }) => proof === 'email');
    // What is still tried opens by itself. It is no mistake of theirs either: said, not as an alert.
    if (this.floe.isUnconfirmed() && !isKnown && checkout !== 'unavailable')
      this.#say(
        this.text('paid', 'If you have just paid, sign in here: what you bought opens, in this browser too.'),
      );
    if (link === 'other_browser' || link === 'refused')
      this.#complain(
        this.text(
          'link',
          'This link works once, for a short time, in the browser that asked for it. Enter the code of the mail there, or ask for another.',
        ),
      );
    if (link === 'unavailable') this.#complain(this.text('error', SORRY));
  }

  /** Shows what is so now. */
  async #look(): Promise<void> {
    const turn = ++this.#turn;
    const wasSignedIn = this.#known !== '';
    this.#known = this.#sessions();
    if (this.#known === '') {
      this.#show(this.floe.signIn.isAwaited() ? 'code' : 'email');
      // Here, in another tab, or ended by the gateway.
      if (wasSignedIn) this.#say(this.text('signed-out', 'You are signed out.'));
      return;
    }
    try {
      const account = await this.floe.readAccount();
      if (turn !== this.#turn || this.floe.sessions().length === 0) return;
      this.#known = this.#sessions();
      this.#show('account', account);
    } catch {
      if (turn === this.#turn) this.#show('unavailable');
    }
  }

  #sessions(): string {
    return this.floe
      .sessions()
      .map(({ session }) => session)
      .join(' ');
  }

  #show(view: View, account?: Account): void {
    // Moves the focus along only when it was here.
    const hadFocus = this.shadowRoot?.activeElement !== null && this.#view !== undefined;
    const isNew = this.#view !== view;
    this.#view = view;
    this.setAttribute('state', view === 'email' || view === 'code' ? 'signed-out' : view);
    this.#complain('');
    this.#say(view === 'checking' ? this.text('checking', 'One moment …') : '');
    const content = this.#content(view, account);
    this.#body?.replaceChildren(...content);
    if (hadFocus) this.#land(view, isNew);
    else if (this.#isFocusWanted) this.focus();
  }

  /** Where the focus goes when what had it is gone: to what comes next, or to the same thing again. */
  #land(view: View, isNew: boolean): void {
    const find = (selector: string) => this.#body?.querySelector<HTMLElement>(selector);
    if (view === 'unavailable') find('button')?.focus();
    else (isNew && view === 'account' ? find('h2') : (find('input') ?? find('h2')))?.focus();
  }

  #content(view: View, account: Account | undefined): Node[] {
    switch (view) {
      case 'checking':
        return [];
      case 'email':
        return [this.#emailForm()];
      case 'code':
        return [this.#codeForm()];
      case 'account':
        return account ? this.#account(account) : [];
      case 'unavailable': {
        const again = make('button', { part: 'retry', type: 'button' }, this.text('retry', 'Try again'));
        again.addEventListener('click', () => {
          if (again.ariaDisabled === 'true') return;
          again.ariaDisabled = 'true';
          this.#say(this.text('checking', 'One moment …'));
          void this.#look();
        });
        // Signing out needs no gateway: what is kept here goes in any case.
        const out = make('button', { part: 'secondary', type: 'button', class: 'quiet' });
        out.textContent = this.text('sign-out', 'Sign out');
        out.addEventListener('click', () => void this.#signOut(false));
        return [
          make('p', { role: 'alert' }, this.text('error', SORRY)),
          make('div', { class: 'row' }, again, out),
        ];
      }
    }
  }

  #emailForm(): HTMLElement {
    const input = make('input', {
      part: 'input',
      id: 'email',
      name: 'email',
      type: 'email',
      autocomplete: 'email',
      maxlength: '254',
      required: true,
    });
    return this.#form(
      [
        make('h2', { part: 'heading', tabindex: '-1' }, this.text('sign-in', 'Sign in')),
        make(
          'p',
          {},
          this.text('email-hint', 'You get a code by mail, at the address with which you bought.'),
        ),
        make('label', { part: 'label', for: 'email' }, this.text('email', 'E-mail address')),
      ],
      input,
      this.text('send', 'Send the code'),
      async () => {
        await this.floe.signIn.start(input.value.trim());
        await this.#look();
      },
    );
  }

  #codeForm(): HTMLElement {
    const input = make('input', {
      part: 'input',
      id: 'code',
      name: 'code',
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
      maxlength: '20',
      required: true,
    });
    const form = this.#form(
      [
        make('h2', { part: 'heading', tabindex: '-1' }, this.text('code-title', 'Enter your code')),
        make(
          'p',
          {},
          this.text(
            'code-hint',
            'If the address is known, a mail with six digits is on its way. They are right for 15 minutes, in this browser.',
          ),
        ),
        make('label', { part: 'label', for: 'code' }, this.text('code', 'Code')),
      ],
      input,
      this.text('enter', 'Sign in'),
      () => this.floe.signIn.enter(input.value),
    );
    const other = make('button', { part: 'secondary', type: 'button', class: 'quiet' });
    other.textContent = this.text('other', 'Another address');
    other.addEventListener('click', () => {
      this.floe.signIn.cancel();
      void this.#look();
    });
    form.querySelector('.row')?.append(other);
    return form;
  }

  #form(head: Node[], input: HTMLInputElement, label: string, submit: () => Promise<void>): HTMLFormElement {
    const button = make(
      'button',
      { part: 'button' },
      make('span', { class: 'label' }, label),
      make('span', { class: 'spinner', part: 'spinner', 'aria-hidden': 'true' }),
    );
    input.setAttribute('aria-describedby', 'error');
    const form = make('form', { part: 'form' }, ...head, make('div', { class: 'row' }, input, button));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (button.ariaBusy === 'true') return;
      button.ariaBusy = 'true';
      this.#complain('');
      input.removeAttribute('aria-invalid');
      submit()
        .catch((error: unknown) => {
          const isWrong = error instanceof FloeError && error.status >= 400 && error.status < 429;
          if (isWrong) input.setAttribute('aria-invalid', 'true');
          this.#complain(this.#explain(error));
          input.focus();
        })
        .finally(() => {
          button.ariaBusy = 'false';
        });
    });
    return form;
  }

  #explain(error: unknown): string {
    if (!(error instanceof FloeError)) return this.text('error', SORRY);
    if (error.code === 'invalid_code')
      return this.text('wrong-code', 'That code is not right, or no longer. Try again, or ask for another.');
    if (error.code === 'rate_limited') return this.text('slow', 'Too many tries. Please wait a minute.');
    if (error.code === 'validation_failed') return this.text('wrong-email', 'Please check the address.');
    return this.text('error', SORRY);
  }

  #account(account: Account): Node[] {
    const nodes = showAccount(account, {
      text: (name, fallback) => this.text(name, fallback),
      locale: this.closest('[lang]')?.getAttribute('lang') || undefined,
      portalUrl: this.floe.portalUrl,
      signOut: (isEverywhere) => void this.#signOut(isEverywhere),
    });
    if (account.email !== null) return nodes;
    // Who has only come back from a purchase proves the address, and gets at everything else bought with it.
    return [...nodes, this.floe.signIn.isAwaited() ? this.#codeForm() : this.#emailForm()];
  }

  async #signOut(isEverywhere: boolean): Promise<void> {
    const isEnded = await this.floe.signOut(isEverywhere);
    if (!isEnded && isEverywhere)
      this.#complain(
        this.text('not-everywhere', 'Signed out here. Elsewhere it could not be done: please try again.'),
      );
  }

  #say(text: string): void {
    if (this.#status) say(this.#status, text);
  }

  #complain(text: string): void {
    if (this.#error) say(this.#error, text);
  }
}

const SORRY = 'That cannot be done right now. Please try again in a moment.';
