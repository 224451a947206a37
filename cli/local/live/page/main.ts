import type { Act, State } from '../acts.ts';
import type { Happening } from '../happenings.ts';
import { actsView } from './acts.ts';
import { part } from './elements.ts';
import { type PurchaseView, purchaseView } from './purchase.ts';
import { openStep, stepItem } from './steps.ts';

const MAX_PURCHASES = 40;
const MAX_OTHERS = 200;
const STATE_SOON_MS = 300;
const STATE_EVERY_MS = 10_000;
/** How long after a button new steps come into view, and the shop is shown anew when access has changed. */
const FOLLOW_MS = 20_000;
const SHOP_AFTER_MS = 500;

const purchases = new Map<string, PurchaseView>();
let chosen: string | null = null;
let state: State | undefined;
/** The start of Floe that the page has steps of. */
let run = '';
let followUntil = 0;
/** Somebody scrolls, or reads something else, since the button. */
let isElsewhere = false;
let unseen = 0;

const acts = actsView(press);
const shop = part('shop') as HTMLIFrameElement;

function say(text: string): void {
  part('said').textContent = text;
}

/* What happens. */

const source = new EventSource('/live/events');
source.addEventListener('message', ({ data }) => show(JSON.parse(String(data)) as Happening));
source.addEventListener('error', () => say('Floe does not answer. This page goes on when it does.'));
source.addEventListener('open', () => {
  if (part('said').textContent.startsWith('Floe does not')) say('');
  refreshSoon();
});

function show(happening: Happening): void {
  const [start = ''] = happening.id.split('-');
  if (run !== '' && start !== run) location.reload();
  run = start;
  const { chain, kind } = happening;
  if (kind === 'ready' || document.getElementById(happening.id)) return;
  if (chain === null || chain === 'catalogue')
    addTo(part(chain === null ? 'others' : 'catalogue'), happening);
  else addToPurchase(chain, happening);
  if (location.hash === `#${happening.id}`) openStep(happening.id);
}

function addToPurchase(chain: string, happening: Happening): void {
  const view = purchases.get(chain) ?? newPurchase(chain);
  const news = view.add(happening);
  if (news !== undefined) say(news);
  if (happening.kind === 'checkout' || chosen === null) choose(chain);
  if (chain === chosen) {
    refreshSoon();
    if (Date.now() < followUntil && !isElsewhere) view.showNewest();
  }
  if (happening.kind === 'access' && chain === chosen && Date.now() < followUntil) showInShop();
  if (document.body.dataset['part'] === 'shop') {
    unseen += 1;
    part('unseen').textContent = String(unseen);
  }
}

function newPurchase(chain: string): PurchaseView {
  const view = purchaseView(chain, () => choose(chain));
  for (const other of purchases.values()) other.unfold(false);
  view.unfold(true);
  purchases.set(chain, view);
  part('purchases').prepend(view.element);
  part('empty').hidden = true;
  const [oldest] = purchases.keys();
  if (purchases.size > MAX_PURCHASES && oldest !== undefined) {
    purchases.get(oldest)?.element.remove();
    purchases.delete(oldest);
  }
  return view;
}

function addTo(fold: HTMLElement, happening: Happening): void {
  const list = fold.querySelector('ol');
  const count = fold.querySelector('.count');
  if (!list || !count) return;
  list.prepend(stepItem(happening));
  if (list.children.length > MAX_OTHERS) list.lastElementChild?.remove();
  count.textContent = String(list.children.length);
}

/* Which purchase the buttons are for, and what they can do. */

function choose(chain: string): void {
  chosen = chain;
  for (const view of purchases.values()) view.choose(view.chain === chain);
  refreshSoon();
}

let refreshing: ReturnType<typeof setTimeout> | undefined;
function refreshSoon(): void {
  refreshing ??= setTimeout(() => {
    void refresh().finally(() => {
      refreshing = undefined;
    });
  }, STATE_SOON_MS);
}

async function refresh(): Promise<void> {
  const asked = chosen;
  const query = asked === null ? '' : `?chain=${encodeURIComponent(asked)}`;
  const response = await fetch(`/live/state${query}`).catch(() => undefined);
  if (!response?.ok || asked !== chosen) return;
  state = (await response.json()) as State;
  acts.show(state);
}

for (const move of ['wheel', 'touchmove', 'keydown', 'pointerdown']) {
  window.addEventListener(
    move,
    () => {
      isElsewhere = true;
    },
    { passive: true },
  );
}

async function press(act: Act): Promise<void> {
  followUntil = Date.now() + FOLLOW_MS;
  isElsewhere = false;
  const response = await fetch(`/live/do/${act}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chain: chosen }),
  }).catch(() => undefined);
  const answer = (await response?.json().catch(() => undefined)) as
    | { done?: string; why?: string }
    | undefined;
  say(answer?.done ?? answer?.why ?? 'Floe does not answer.');
  await refresh();
}

/** What the purchase opens, as it is now. */
let showing: ReturnType<typeof setTimeout> | undefined;
function showInShop(): void {
  clearTimeout(showing);
  showing = setTimeout(() => {
    const path = state?.purchase?.shop_path;
    if (path) shop.src = `${shop.dataset['site']}${path}`;
  }, SHOP_AFTER_MS);
}

setInterval(() => {
  if (!document.hidden) refreshSoon();
}, STATE_EVERY_MS);
refreshSoon();

/* On a phone, one part at a time. */

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-show]')) {
  button.addEventListener('click', () => {
    document.body.dataset['part'] = button.dataset['show'];
    for (const each of document.querySelectorAll<HTMLButtonElement>('[data-show]'))
      each.setAttribute('aria-pressed', String(each === button));
    unseen = 0;
    part('unseen').textContent = '';
  });
}

window.addEventListener('hashchange', () => {
  openStep(location.hash.slice(1));
});
