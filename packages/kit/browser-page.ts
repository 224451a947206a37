/*
 * The parts of a browser's window that are used. They are declared here, so that the kit's types work where the DOM's
 * are not loaded (SSR).
 */

interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface BrowserPage {
  location: { readonly href: string; assign(url: string): void };
  history: { readonly state: unknown; replaceState(state: unknown, unused: string, url: string): void };
  readonly localStorage: KeyValueStorage;
  readonly sessionStorage: KeyValueStorage;
  addEventListener(type: 'storage', listener: (event: { key: string | null }) => void): void;
}

/** The window; undefined where there is none, such as on a server that renders. */
export function currentPage(): BrowserPage | undefined {
  const page = globalThis as unknown as BrowserPage & { document?: unknown };
  return page.document === undefined || page.location === undefined ? undefined : page;
}

export interface PageStorage extends KeyValueStorage {
  /** Whether what is written now is still there after the page has been left. */
  isLasting(): boolean;
}

const PROBE = 'floe:probe';

/**
 * A storage of the page's. Where the browser refuses it (blocked cookies, a sandboxed frame, a full disk) things are kept
 * in memory: they last as long as the page.
 */
export function openStorage(
  page: BrowserPage | undefined,
  kind: 'localStorage' | 'sessionStorage',
): PageStorage {
  const memory = new Map<string, string>();
  const attempt = <Value>(use: (storage: KeyValueStorage) => Value): Value | undefined => {
    try {
      // Where storage is blocked, even reading the property throws.
      return page === undefined ? undefined : use(page[kind]);
    } catch {
      return undefined;
    }
  };
  const write = (key: string, value: string) =>
    attempt((storage) => {
      storage.setItem(key, value);
      return true;
    }) === true;
  return {
    getItem: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key)) ?? null,
    setItem(key, value) {
      if (write(key, value)) memory.delete(key);
      else memory.set(key, value);
    },
    removeItem(key) {
      memory.delete(key);
      attempt((storage) => storage.removeItem(key));
    },
    isLasting() {
      // The probe is as long as what a purchase stores: a full disk may still have room for less.
      const isWritten = write(PROBE, 'x'.repeat(200));
      attempt((storage) => storage.removeItem(PROBE));
      return isWritten;
    },
  };
}
