/* Words that somebody may have meant. */

const SHORT = 5;

/** The word of `known` that is nearest to `word`, and near enough to be meant: one letter away, or two where the word is longer. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((each) => ({ each, away: lettersBetween(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, away }) => away <= (each.length <= SHORT ? 1 : 2))
    .toSorted((a, b) => a.away - b.away);
  return near[0]?.each;
}

/** How many letters are to be put in, taken out, changed or swapped with their neighbour (optimal string alignment). */
function lettersBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + cost,
        isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
