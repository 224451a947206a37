import type { DownloadableFile } from '../browser-downloads.ts';
import { FloeError, readProblem } from '../problem.ts';
import { make, say } from './dom.ts';
import { showDownloads } from './downloads-view.ts';
import { FloeElement } from './element.ts';

type View = 'checking' | 'signed-out' | 'empty' | 'list' | 'offline' | 'unavailable';

/** For the site's own answer. */
const TIMEOUT_MS = 15_000;
/** Polar gives the files a moment after the payment: who comes back from it is not told that there are none. */
const GRANTED_SOON_MS = [1_000, 2_000, 4_000];

/**
 * `<floe-downloads>`: the files that a visitor may download, with size and version. With `src` it asks the site itself
 * (`handleDownload`), else the gateway with this browser's sessions. `benefit`: only the files of one. `state` says what is
 * shown.
 */
export class FloeDownloads extends FloeElement {
  #body: HTMLElement | undefined;
  #status: HTMLElement | undefined;
  #error: HTMLElement | undefined;
  #known: string | undefined;
  #turn = 0;
  #tries = 0;

  protected start(): void {
    if (!this.#body) {
      this.#body = make('div', { part: 'body' });
      this.#status = make('p', { part: 'status', role: 'status' });
      this.#error = make('p', { part: 'error', role: 'alert' });
      this.openRoot('downloads').replaceChildren(this.#body, this.#status, this.#error);
    }
    const { life } = this;
    if (this.#src === undefined)
      life.addEventListener(
        'abort',
        this.floe.subscribe(() => {
          if (this.#sessions() !== this.#known) void this.look();
        }),
      );
    // Who was offline looks again by itself.
    addEventListener('online', () => this.getAttribute('state') === 'offline' && void this.look(), {
      signal: life,
    });
    void this.look();
  }

  /** Asks again, and shows what is so now. */
  async look(): Promise<void> {
    const turn = ++this.#turn;
    const { life } = this;
    this.#complain('');
    if (this.getAttribute('state') !== 'list') this.#show('checking');
    try {
      const { checkout } = await this.floe.arrival;
      if (turn !== this.#turn) return;
      this.#known = this.#sessions();
      const files = await this.#read();
      if (turn !== this.#turn || life.aborted) return;
      if (!files) this.#show('signed-out');
      else {
        const benefit = this.getAttribute('benefit');
        const wanted = benefit === null ? files : files.filter(({ benefit_id }) => benefit_id === benefit);
        const isEmpty = wanted.length === 0;
        const again = isEmpty && checkout === 'signed_in' ? GRANTED_SOON_MS[this.#tries++] : undefined;
        if (again === undefined) this.#show(isEmpty ? 'empty' : 'list', wanted);
        else setTimeout(() => turn === this.#turn && !life.aborted && void this.look(), again);
      }
    } catch {
      if (turn === this.#turn && !life.aborted) this.#show(navigator.onLine ? 'unavailable' : 'offline');
    }
  }

  get #src(): string | undefined {
    const src = this.getAttribute('src');
    return src === null || src === '' ? undefined : src.endsWith('/') ? src : `${src}/`;
  }

  #sessions(): string {
    return this.floe
      .sessions()
      .map(({ session }) => session)
      .join(' ');
  }

  /** Undefined: nobody is signed in, and nothing was bought here. @throws {FloeError} */
  async #read(): Promise<readonly DownloadableFile[] | undefined> {
    const src = this.#src;
    if (src !== undefined) {
      const response = await fetch(src, {
        headers: { accept: 'application/json' },
        signal: AbortSignal.any([this.life, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      if (!response.ok) throw await readProblem(response);
      const { data } = (await response.json()) as { data: DownloadableFile[] };
      return data;
    }
    return this.floe.sessions().length === 0 ? undefined : this.floe.readDownloads();
  }

  #show(view: View, files: readonly DownloadableFile[] = []): void {
    const hadFocus = this.shadowRoot?.activeElement !== null;
    this.setAttribute('state', view);
    this.#say(view === 'checking' ? this.text('checking', 'One moment …') : '');
    this.#body?.replaceChildren(...this.#content(view, files));
    if (hadFocus) this.#body?.querySelector<HTMLElement>('button, a, [tabindex]')?.focus();
  }

  #content(view: View, files: readonly DownloadableFile[]): Node[] {
    switch (view) {
      case 'checking':
        return [];
      case 'signed-out':
        return [
          make(
            'p',
            { tabindex: '-1' },
            this.text('signed-out', 'Sign in to see the files that you have bought.'),
          ),
        ];
      case 'empty':
        return [make('p', { tabindex: '-1' }, this.text('empty', 'There are no files to download.'))];
      case 'offline':
      case 'unavailable': {
        const sentence =
          view === 'offline'
            ? this.text('offline', 'You are offline. Your files are shown when you are back.')
            : this.text('error', SORRY);
        const again = make('button', { part: 'retry', type: 'button' }, this.text('retry', 'Try again'));
        again.addEventListener('click', () => void this.look());
        return [make('p', { role: 'alert' }, sentence), again];
      }
      case 'list': {
        const src = this.#src;
        return showDownloads(files, {
          text: (name, fallback) => this.text(name, fallback),
          locale: this.closest('[lang]')?.getAttribute('lang') || undefined,
          linkOf: src === undefined ? undefined : (id) => src + encodeURIComponent(id),
          download: (file, button) => void this.#download(file, button),
        });
      }
    }
  }

  async #download({ id, name }: DownloadableFile, button: HTMLButtonElement): Promise<void> {
    if (button.ariaBusy === 'true') return;
    button.ariaBusy = 'true';
    this.#complain('');
    this.#say('');
    try {
      const url = await this.floe.openDownload(id);
      // A file that is sent as an attachment leaves the page as it is.
      this.floe.go(url);
      this.#say(`${this.text('begun', 'The download begins:')} ${name}`);
    } catch (error) {
      const isGone =
        error instanceof FloeError && ['not_granted', 'not_found', 'no_session'].includes(error.code);
      const complaint = this.#explain(error);
      if (isGone) await this.look();
      this.#complain(complaint);
    } finally {
      button.ariaBusy = 'false';
    }
  }

  #explain(error: unknown): string {
    if (!navigator.onLine) return this.text('offline-now', 'You are offline. Try again when you are back.');
    const code = error instanceof FloeError ? error.code : '';
    if (code === 'not_granted' || code === 'not_found' || code === 'no_session')
      return this.text('gone', 'This file is no longer among what you may download.');
    if (code === 'download_unavailable')
      return this.text('missing', 'This file cannot be fetched at the moment. Please ask the seller.');
    if (code === 'rate_limited') return this.text('slow', 'Too many tries. Please wait a minute.');
    return this.text('error', SORRY);
  }

  #say(text: string): void {
    if (this.#status) say(this.#status, text);
  }

  #complain(text: string): void {
    if (this.#error) say(this.#error, text);
  }
}

const SORRY = 'That cannot be done right now. Please try again in a moment.';
