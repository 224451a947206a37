import type { BrowserPage } from '../../kit/browser-page.ts';

/** A browser with tabs: one storage, an address a tab, and events that reach the other tabs only. */
export function openFakeBrowser() {
  const kept = new Map<string, string>();
  const tabs = new Map<object, Set<(event: { key: string | null }) => void>>();
  const state = { isStorageBlocked: false };
  const tell = (from: object, key: string) => {
    for (const [tab, listeners] of tabs) {
      if (tab !== from) for (const listener of listeners) listener({ key });
    }
  };
  return {
    state,
    kept,
    openTab(href: string): BrowserPage & { went: string[]; history: { state: unknown } } {
      const listeners = new Set<(event: { key: string | null }) => void>();
      const tab = {};
      tabs.set(tab, listeners);
      const location = { href, assign: (url: string) => void went.push(url) };
      const went: string[] = [];
      return {
        went,
        location,
        history: {
          state: { scroll: 7 },
          replaceState: (_state, _unused, url) => void (location.href = new URL(url, location.href).href),
        },
        get localStorage() {
          if (state.isStorageBlocked) throw new DOMException('denied', 'SecurityError');
          return {
            getItem: (key: string) => kept.get(key) ?? null,
            setItem: (key: string, value: string) => {
              kept.set(key, value);
              tell(tab, key);
            },
            removeItem: (key: string) => {
              kept.delete(key);
              tell(tab, key);
            },
          };
        },
        addEventListener: (_type, listener) => void listeners.add(listener),
      };
    },
  };
}
