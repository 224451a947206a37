import type { Act, State } from '../acts.ts';
import { make, part } from './elements.ts';

/* The buttons, and what they say when they cannot be pressed; and Polar's clock. */

const LABELS: Record<Act, { name: string; does: string }> = {
  refund: { name: 'Refund', does: 'All of the last payment' },
  renew: { name: 'Renew', does: 'Its period ends now' },
  fail: { name: 'Fail', does: 'The card, at the next renewal' },
  month: { name: 'A month later', does: 'Moves Polar’s clock' },
};
const DAY_MS = 86_400_000;
const CLOCK = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export interface ActsView {
  /** Shows what can be done to a purchase now. */
  show(state: State): void;
}

/** `press` does it, and says what was done or why not. */
export function actsView(press: (act: Act) => Promise<void>): ActsView {
  const buttons = new Map<Act, { button: HTMLButtonElement; caption: HTMLElement }>();
  for (const act of Object.keys(LABELS) as Act[]) {
    const caption = make('span', { class: 'caption' });
    const button = make(
      'button',
      { type: 'button', 'data-act': act, 'aria-disabled': 'true' },
      make('span', { class: 'name', text: LABELS[act].name }),
      caption,
    );
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') === 'true') return;
      button.setAttribute('aria-disabled', 'true');
      void press(act);
    });
    buttons.set(act, { button, caption });
    part('acts').append(make('li', {}, button));
  }
  let ahead: number | undefined;
  setInterval(() => showClock(ahead), 1_000);
  return {
    show({ polar_now, purchase, acts }) {
      for (const { act, enabled, why } of acts) {
        const { button, caption } = buttons.get(act) ?? {};
        button?.setAttribute('aria-disabled', String(!enabled));
        if (caption) caption.textContent = why ?? LABELS[act].does;
      }
      part('acts-title').textContent = purchase
        ? [purchase.product, purchase.email, purchase.status].filter((each) => each !== null).join(' · ')
        : 'No purchase yet';
      part('note').textContent = purchase?.note ?? '';
      ahead = polar_now === null ? undefined : Date.parse(polar_now) - Date.now();
      showClock(ahead);
    },
  };
}

function showClock(ahead: number | undefined): void {
  part('clock').hidden = ahead === undefined;
  if (ahead === undefined) return;
  const now = new Date(Date.now() + ahead);
  const time = part('polar-now');
  time.textContent = CLOCK.format(now);
  time.setAttribute('datetime', now.toISOString());
  const days = Math.round(ahead / DAY_MS);
  part('ahead').textContent = days > 0 ? `${days} ${days === 1 ? 'day' : 'days'} ahead` : '';
}
