import type { BrowserPage } from '../../packages/kit/browser-page.ts';

/** What a tab keeps over a reload. */
export type TabMemory = Map<string, string>;

/** A browser with tabs: one storage, an address a tab, and events that reach the other tabs only. */
export function openFakeBrowser() {
  const kept = new Map<string, string>();
  const tabs = new Map<object, Set<(event: { key: string | null }) => void>>();
  /** A disk that is full takes nothing more; what is there can be read. */
  const state = { isStorageBlocked: false, isStorageFull: false };
  const tell = (from: object, key: string) => {
    for (const [tab, listeners] of tabs) {
      if (tab !== from) for (const listener of listeners) listener({ key });
    }
  };
  return {
    state,
    kept,
    /** `memory`: of the tab that is reloaded. */
    openTab(
      href: string,
      memory: TabMemory = new Map(),
    ): BrowserPage & { went: string[]; history: { state: unknown } } {
      const listeners = new Set<(event: { key: string | null }) => void>();
      const tab = {};
      tabs.set(tab, listeners);
      const location = { href, assign: (url: string) => void went.push(url) };
      const went: string[] = [];
      const refuse = () => {
        if (state.isStorageBlocked) throw new DOMException('denied', 'SecurityError');
      };
      return {
        went,
        location,
        history: {
          state: { scroll: 7 },
          replaceState: (_state, _unused, url) => void (location.href = new URL(url, location.href).href),
        },
        get localStorage() {
          refuse();
          return {
            getItem: (key: string) => kept.get(key) ?? null,
            setItem: (key: string, value: string) => {
              if (state.isStorageFull) throw new DOMException('full', 'QuotaExceededError');
              kept.set(key, value);
              tell(tab, key);
            },
            removeItem: (key: string) => {
              kept.delete(key);
              tell(tab, key);
            },
          };
        },
        get sessionStorage() {
          refuse();
          return {
            getItem: (key: string) => memory.get(key) ?? null,
            setItem: (key: string, value: string) => void memory.set(key, value),
            removeItem: (key: string) => void memory.delete(key),
          };
        },
        addEventListener: (_type, listener) => void listeners.add(listener),
      };
    },
  };
}
