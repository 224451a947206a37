/* Whether an answer that a document prints is the answer that came. */

/** The JSON objects in what was printed: each line that is one, and all objects inside. */
export function answersIn(said: string): object[] {
  return said.split('\n').flatMap((line) => {
    const [, json] = /^\s*([{[].*[}\]])\s*$/.exec(line) ?? [];
    if (json === undefined) return [];
    try {
      return objectsIn(JSON.parse(json));
    } catch {
      return [];
    }
  });
}

function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

/** What differs from one day and one stack to the next: ids, times, addresses of this machine. */
const OF_ITS_DAY = [
  /^[a-z]{3,4}_[0-9a-z]{26}$/,
  /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/,
  /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  /^https?:\/\//,
];
/** Numbers that count what has happened so far. */
const COUNTERS = new Set(['sequence', 'payment_sequence']);

/** Whether all that is printed was answered. An answer may have more fields than a document prints. */
export function isShown(printed: unknown, answered: unknown, name = ''): boolean {
  if (typeof printed === 'string' && typeof answered === 'string') {
    const form = OF_ITS_DAY.find((each) => each.test(printed));
    return form ? form.test(answered) && prefixOf(printed) === prefixOf(answered) : printed === answered;
  }
  if (COUNTERS.has(name)) return typeof printed === typeof answered;
  if (typeof printed !== 'object' || printed === null) return printed === answered;
  if (typeof answered !== 'object' || answered === null || Array.isArray(printed) !== Array.isArray(answered))
    return false;
  return Object.entries(printed).every(([key, value]) =>
    isShown(value, (answered as Record<string, unknown>)[key], key),
  );
}

/** What kind of thing an id is of: `pay`. */
const prefixOf = (text: string) => /^([a-z]{3,4})_/.exec(text)?.[1];
