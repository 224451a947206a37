import type { BrowserSettings } from './browser-settings.ts';

/*
 * After a sign-out or a sign-in by mail another person may be at this browser. A return that one person left under way,
 * in any tab, must not be finished for the next (ADR 41). Each era has a random name, not a time: otherwise a clock
 * that is set back could bring an old return to life, and one that was ahead could end later ones.
 */

/** The name of the present era; null during the first. */
export function readEra({ storage, app }: BrowserSettings): string | null {
  return storage.getItem(eraKey(app));
}

/** Begins a new era: from now on another person may be here. */
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
