/* What a reader chose, kept in this browser. A browser may refuse to keep anything. */

const NAMES = { theme: 'floe-docs-theme', language: 'floe-docs-language' } as const;

/** What was chosen before, or null. */
export function recall(name: keyof typeof NAMES): string | null {
  try {
    return localStorage.getItem(NAMES[name]);
  } catch {
    return null;
  }
}

/** Keeps a choice; null forgets it. */
export function remember(name: keyof typeof NAMES, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(NAMES[name]);
    else localStorage.setItem(NAMES[name], value);
  } catch {
    // It holds for this page then.
  }
}
