import type { BrowserSettings } from './browser-settings.ts';

/*
 * Who is at this browser changes with a sign-out, and with a sign-in by mail. What one person has left under way, in
 * whichever tab, is not finished for the next. A name for each stretch, not a time: a clock that is set back must not
 * bring a return to life again, and one that was ahead must not end those to come.
 */

/** The stretch of time that one person has this browser for; null before the first has ended. */
export function readEra({ storage, app }: BrowserSettings): string | null {
  return storage.getItem(eraKey(app));
}

/** From now on it may be somebody else. */
export function beginEra({ storage, app }: BrowserSettings): void {
  storage.setItem(eraKey(app), crypto.randomUUID());
}

/** Calls back when another tab has begun one. */
export function onEra({ page, app }: BrowserSettings, listener: () => void): void {
  page?.addEventListener('storage', ({ key }) => {
    if (key === eraKey(app)) listener();
  });
}

function eraKey(app: string): string {
  return `floe:${app}:era`;
}
