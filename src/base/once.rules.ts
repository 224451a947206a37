/**
 * Makes a value when it is first needed, and keeps it. For schemas: making one takes longer than most uses of it, and an
 * isolate needs few of them (ADR 72).
 */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
