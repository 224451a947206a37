import type { Account, ListedSession } from '../browser-account.ts';
import { make } from './dom.ts';

interface AccountView {
  text: (name: string, fallback: string) => string;
  /** BCP 47; undefined: the browser's. */
  locale: string | undefined;
  portalUrl: string;
  signOut: (isEverywhere: boolean) => void;
}

/** What somebody has, where they are signed in, and the ways out. */
export function showAccount(account: Account, view: AccountView): Node[] {
  const { text } = view;
  const { email, products, sessions } = account;
  const owned = products.map(({ name, endsAt }) => {
    const until =
      endsAt === null
        ? []
        : [' ', make('small', {}, `${text('until', 'until')} ${day(endsAt, view.locale)}`)];
    return make('li', { part: 'item' }, make('span', {}, readableName(name)), ...until);
  });
  return [
    make('h2', { part: 'heading', tabindex: '-1' }, text('account', 'Your account')),
    make(
      'p',
      { part: 'who' },
      email === null
        ? text('purchase', 'You bought this in this browser. Sign in to have it elsewhere too.')
        : `${text('signed-in', 'Signed in as')} ${email}`,
    ),
    make('h3', {}, text('products', 'What you have')),
    owned.length === 0
      ? make('p', {}, text('nothing', 'Nothing at the moment.'))
      : make('ul', { part: 'list', role: 'list' }, ...owned),
    ...(email === null ? [] : [showSessions(sessions, view)]),
    make(
      'div',
      { class: 'row' },
      button(text('sign-out', 'Sign out'), () => view.signOut(false)),
      ...(email === null
        ? []
        : [button(text('sign-out-everywhere', 'Sign out everywhere'), () => view.signOut(true))]),
      ...(email === null
        ? []
        : [make('a', { part: 'link', href: view.portalUrl }, text('portal', 'Invoices and subscriptions'))]),
    ),
  ];
}

function showSessions(sessions: readonly ListedSession[], view: AccountView): HTMLElement {
  const { text, locale } = view;
  const rows = sessions.map(({ browser, created_at: since, current }) => {
    const note = current ? text('here', 'this browser') : `${text('since', 'since')} ${day(since, locale)}`;
    return make(
      'li',
      { part: 'item' },
      `${browser ?? text('unknown-browser', 'A browser')} `,
      make('small', {}, note),
    );
  });
  return make(
    'details',
    { part: 'sessions' },
    make('summary', {}, text('sessions', 'Where you are signed in')),
    make('ul', { part: 'list', role: 'list' }, ...rows),
  );
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = make('button', { part: 'secondary', type: 'button', class: 'quiet' }, label);
  made.addEventListener('click', act);
  return made;
}

/** `quay:monthly` names whose it is; people need not know. */
function readableName(name: string): string {
  return /^[a-z0-9-]+:(.+)$/.exec(name)?.[1] ?? name;
}

function day(iso: string, locale: string | undefined): string {
  const date = new Date(iso);
  try {
    return date.toLocaleDateString(locale, { dateStyle: 'long' });
  } catch {
    return date.toLocaleDateString(undefined, { dateStyle: 'long' });
  }
}
