import MiniSearch, { type SearchResult } from 'minisearch';
import { findIn, SEARCH } from '../search-options.ts';

const MOST_RESULTS = 20;

/** The window of the search: `/` or Ctrl-K opens it, arrows choose, Enter goes there. */
export function setUpSearch(): void {
  const dialog = document.querySelector<HTMLDialogElement>('dialog.search');
  const input = dialog?.querySelector('input');
  const list = dialog?.querySelector<HTMLElement>('#found');
  const status = dialog?.querySelector('.search-said');
  if (!dialog || !input || !list || !status) return;

  let chosen = -1;
  const options = () => [...list.querySelectorAll<HTMLElement>('[role=option]')];
  const choose = (index: number) => {
    const all = options();
    chosen = all.length === 0 ? -1 : (index + all.length) % all.length;
    for (const [position, option] of all.entries())
      option.setAttribute('aria-selected', String(position === chosen));
    const option = all[chosen];
    if (option) input.setAttribute('aria-activedescendant', option.id);
    else input.removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  };
  const goTo = (option: HTMLElement | undefined) => {
    const url = option?.dataset['url'];
    if (url === undefined) return;
    dialog.close();
    location.assign(url);
  };
  const find = async () => {
    const words = input.value.trim();
    const results = words === '' ? [] : findIn(await loadIndex(), words).slice(0, MOST_RESULTS);
    // Somebody types on while the index is loaded.
    if (words !== input.value.trim()) return;
    list.replaceChildren(...results.map(toOption));
    input.setAttribute('aria-expanded', String(results.length > 0));
    status.textContent = words === '' ? '' : saysHowMany(results.length, words);
    choose(0);
  };
  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    void loadIndex().catch(() => undefined);
  };

  input.addEventListener('input', () => {
    find().catch(() => {
      status.textContent = 'The index could not be loaded. Reload this page.';
    });
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') choose(chosen + 1);
    else if (event.key === 'ArrowUp') choose(chosen - 1);
    else if (event.key === 'Enter') goTo(options()[chosen]);
    // Browsers would empty the field first.
    else if (event.key === 'Escape') dialog.close();
    else return;
    event.preventDefault();
  });
  list.addEventListener('click', (event) => {
    const option =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[role=option]') : null;
    goTo(option ?? undefined);
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.querySelector('button.search-open')?.addEventListener('click', open);
  document.addEventListener('keydown', (event) => {
    const isShortcut =
      (event.key === '/' && !isTyping(event.target)) ||
      (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey));
    if (!isShortcut || dialog.open) return;
    event.preventDefault();
    open();
  });
}

/** A field that was just closed with its window has the focus for a moment more. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('input, textarea, select') && target.checkVisibility();
}

let loading: Promise<MiniSearch> | undefined;

/** Asked for once, by the first who searches; again when that failed. */
function loadIndex(): Promise<MiniSearch> {
  loading ??= (async () => {
    try {
      const response = await fetch('/docs/search.json');
      if (!response.ok) throw new Error(String(response.status));
      return MiniSearch.loadJSON(await response.text(), SEARCH);
    } catch (error) {
      loading = undefined;
      throw error;
    }
  })();
  return loading;
}

function saysHowMany(count: number, words: string): string {
  if (count === 0) return `Nothing has “${words}”.`;
  return count === 1 ? 'One result' : `${count === MOST_RESULTS ? 'The best ' : ''}${count} results`;
}

function toOption(result: SearchResult, index: number): HTMLElement {
  const option = document.createElement('li');
  option.id = `found-${index}`;
  option.setAttribute('role', 'option');
  option.dataset['url'] = String(result['url']);
  const title = document.createElement('span');
  title.className = 'title';
  title.textContent = String(result['title']);
  const page = document.createElement('span');
  page.className = 'page';
  page.textContent = String(result['page']);
  const said = document.createElement('span');
  said.className = 'said';
  said.textContent = String(result['said'] ?? '');
  option.replaceChildren(title, ' ', page, ' ', said);
  return option;
}
