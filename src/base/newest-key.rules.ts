/**
 * The key that is used at `at` (unix seconds): of those that have begun the latest, of equals the first; if none has
 * begun, the earliest. A key that begins later is known before it is used (ADR 92).
 */
export function newestKey<Key>(
  keys: readonly Key[],
  beginsAt: (key: Key) => number,
  at: number,
): Key | undefined {
  const byAge = keys.toSorted((a, b) => beginsAt(b) - beginsAt(a));
  return byAge.find((key) => beginsAt(key) <= at) ?? byAge.at(-1);
}
