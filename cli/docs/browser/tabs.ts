import { remember } from './storage.ts';

const root = document.documentElement;

/** Tabs of languages: one choice for all samples, on all pages. Which sample is shown follows from `data-lang` of the page alone. */
export function setUpTabs(): void {
  const lists = [...document.querySelectorAll<HTMLElement>('.tabs')];
  for (const list of lists) {
    list.setAttribute('role', 'tablist');
    list.setAttribute('aria-label', list.dataset['label'] ?? 'Language');
    for (const button of buttonsOf(list)) {
      const panel = document.getElementById(button.dataset['panel'] ?? '');
      button.id = `${button.dataset['panel'] ?? ''}-tab`;
      button.setAttribute('role', 'tab');
      button.setAttribute('aria-controls', button.dataset['panel'] ?? '');
      panel?.setAttribute('role', 'tabpanel');
      panel?.setAttribute('aria-labelledby', button.id);
      button.addEventListener('click', () => choose(button, lists));
    }
    list.addEventListener('keydown', (event) => moveBy(event, list, lists));
  }
  // A language that was kept by an earlier page may be none any more.
  const languages = lists.flatMap((list) => buttonsOf(list).map((button) => button.dataset['lang']));
  if (lists.length > 0 && !languages.includes(root.dataset['lang']))
    root.dataset['lang'] = languages[0] ?? 'curl';
  mark(lists);
}

function buttonsOf(list: Element): HTMLButtonElement[] {
  return [...list.querySelectorAll('button')];
}

function mark(lists: readonly Element[]): void {
  for (const button of lists.flatMap(buttonsOf)) {
    const isChosen = button.dataset['lang'] === root.dataset['lang'];
    button.setAttribute('aria-selected', String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
  }
}

function choose(button: HTMLButtonElement, lists: readonly Element[]): void {
  const language = button.dataset['lang'] ?? 'curl';
  const before = button.getBoundingClientRect().top;
  root.dataset['lang'] = language;
  remember('language', language);
  mark(lists);
  // Samples above have another height now: what the reader looks at stays where it was.
  scrollBy({ top: button.getBoundingClientRect().top - before, behavior: 'instant' });
}

const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index + count - 1) % count,
  Home: () => 0,
  End: (_index, count) => count - 1,
};

function moveBy(event: KeyboardEvent, list: Element, lists: readonly Element[]): void {
  const step = STEPS[event.key];
  const buttons = buttonsOf(list);
  const index = buttons.findIndex((button) => button === event.target);
  if (!step || index < 0) return;
  const next = buttons[step(index, buttons.length)];
  if (!next) return;
  event.preventDefault();
  choose(next, lists);
  next.focus({ preventScroll: true });
}
