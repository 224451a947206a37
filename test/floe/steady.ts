/*
 * What a real gateway shows, with ids, times and addresses that are the same in every run and as long as the real ones, so that lines and
 * columns break where they do.
 */

/** Names ids by the order in which they come, across all texts that one of these functions has seen. */
export function createSteady(): (text: string) => string {
  const seen = new Map<string, string>();
  const numbered = (id: string, make: (number: string) => string) => {
    const known = seen.get(id) ?? make(String(seen.size + 1));
    seen.set(id, known);
    return known;
  };
  return (text) =>
    text
      .replaceAll(/\b([a-z]{2,3}_)([0-7][0-9a-z]{25})\b/g, (id, prefix: string) =>
        numbered(id, (number) => prefix + number.padStart(26, '0')),
      )
      .replaceAll(/(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/g, (id) =>
        numbered(id, (number) => `00000000-0000-4000-8000-${number.padStart(12, '0')}`),
      )
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2027-06-15T12:00:00.000Z')
      .replaceAll(
        /\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g,
        (_time, seconds?: string) => `2027-06-15 12:00${seconds === undefined ? '' : ':00'}`,
      )
      // A terminal divides it.
      .replaceAll(/\b\d\d:\d\d(:\d\d)?(?=\s+UTC)/g, (_time, seconds?: string) =>
        seconds === undefined ? '12:00' : '12:00:00',
      )
      .replaceAll(/(?<!\d)20\d\d-\d\d-\d\d(?! \d\d:)(?!T)/g, '2027-06-15')
      // A terminal divides it.
      .replaceAll(/\b(polar_c_)[\w-]+(?:\n +[\w-]+(?=\n|$))?/g, '$1of_the_checkout')
      .replaceAll(/\b(FLOE-DEMO-)[A-Z]{8}/g, '$1CUSTOMER')
      // Which number an event has depends on which webhook of Polar's came first.
      .replaceAll(/(^sequence +|"sequence": |last one is )\d+/gm, '$17')
      .replaceAll(/^#\d+ +\d\d:\d\d:\d\d /gm, '#7      12:00:00 ')
      .replaceAll(
        /^(evt_\w+ +)(\d+)(?= )/gm,
        (_line, event: string, number: string) => event + '7'.padStart(number.length),
      )
      // Its column is as wide as the longest time.
      .replaceAll(/ {2,}\b\d+ ms/g, '  42 ms')
      .replaceAll(/ {2,}took(?= )/g, '   took')
      .replaceAll(/\b\d+ ms/g, '42 ms')
      .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:8787');
}
