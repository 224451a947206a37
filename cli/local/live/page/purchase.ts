import type { Happening } from '../happenings.ts';
import { make } from './elements.ts';
import { type Episode, readEpisodes } from './episodes.rules.ts';
import { openStep, stepItem } from './steps.ts';

const MAX_STEPS = 400;
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/** One purchase with everything that has happened to it. */
export interface PurchaseView {
  readonly chain: string;
  readonly element: HTMLLIElement;
  /** Gives the news in a sentence, when there is some. */
  add(happening: Happening): string | undefined;
  choose(isChosen: boolean): void;
  /** Brings the newest step into view. */
  showNewest(): void;
  /** Shows all steps, or folds them away unless somebody is reading them. */
  unfold(isOpen: boolean): void;
}

export function purchaseView(chain: string, onChoose: () => void): PurchaseView {
  const steps: Happening[] = [];
  const title = make('span', { class: 'product', text: 'A purchase' });
  const buyer = make('span', { class: 'soft buyer' });
  const choose = make('button', { type: 'button', class: 'choose', 'aria-pressed': 'false' }, title, buyer);
  choose.addEventListener('click', onChoose);
  const episodes = make('ol', { class: 'episodes' });
  const count = make('span', { class: 'count' });
  const list = make('ol', { class: 'steps' });
  const all = make(
    'details',
    { class: 'all' },
    make('summary', {}, document.createTextNode('All steps '), count),
    list,
  );
  const element = make('li', { class: 'purchase' }, make('h3', {}, choose), episodes, all);
  let shown = '';
  let drawn = '';

  /** Whoever is at one of the words with the keyboard stays there. */
  const drawEpisodes = (read: Episode[]) => {
    const text = JSON.stringify(read);
    if (text === drawn) return;
    drawn = text;
    const at = episodes.querySelector<HTMLElement>(':focus')?.dataset['word'];
    episodes.replaceChildren(...read.map(episodeItem));
    const words = [...episodes.querySelectorAll<HTMLElement>('[data-word]')];
    if (at !== undefined) words.find(({ dataset }) => dataset['word'] === at)?.focus({ preventScroll: true });
  };
  const place = (happening: Happening) => {
    const before = steps.findLastIndex((each) => each.at <= happening.at) + 1;
    steps.splice(before, 0, happening);
    list.insertBefore(stepItem(happening), list.children[before] ?? null);
    if (steps.length > MAX_STEPS) {
      steps.shift();
      list.firstElementChild?.remove();
    }
    count.textContent = String(steps.length);
  };
  return {
    chain,
    element,
    add(happening) {
      place(happening);
      if (happening.kind === 'checkout' && happening.ok) title.textContent = happening.what;
      if (happening.whom?.includes('@')) buyer.textContent = happening.whom;
      const read = readEpisodes(steps);
      drawEpisodes(read);
      const news = sentenceOf(read.at(-1));
      if (news === shown) return undefined;
      shown = news;
      return news;
    },
    choose(isChosen) {
      choose.setAttribute('aria-pressed', String(isChosen));
      element.classList.toggle('chosen', isChosen);
    },
    showNewest() {
      const newest = all.open ? list.lastElementChild : episodes.lastElementChild;
      newest?.scrollIntoView({ block: 'nearest', behavior: STILL.matches ? 'instant' : 'smooth' });
    },
    unfold(isOpen) {
      const isRead = all.querySelector('details[open]') !== null || all.contains(document.activeElement);
      all.open = isOpen || (all.open && isRead);
    },
  };
}

function episodeItem({ kind, milestones, ms }: Episode, index: number): HTMLLIElement {
  const way = make('ol', { class: 'way' });
  for (const { name, id, ok, what } of milestones) {
    const button = make('button', {
      type: 'button',
      title: what,
      class: ok ? 'milestone' : 'milestone closed',
      text: name,
      'data-word': `${index} ${name}`,
    });
    button.addEventListener('click', () => openStep(id));
    way.append(make('li', {}, button));
  }
  const took = make('span', { class: 'took', text: ms === null ? '' : `${ms} ms` });
  return make('li', { class: 'episode', 'data-kind': kind }, way, took);
}

/** `checkout → order.paid → event told → access open, 412 ms`. */
function sentenceOf(episode: Episode | undefined): string {
  if (!episode || episode.milestones.length < 2) return '';
  const way = episode.milestones.map(({ name }) => name).join(' → ');
  return episode.ms === null ? way : `${way}, ${episode.ms} ms`;
}
