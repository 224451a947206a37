/** A commit that changed the file with the ceiling. */
export interface Raise {
  commit: string;
  /** The file's text before and after; empty: it was not there. */
  before: string;
  after: string;
  message: string;
}

/** Commits that raised the ceiling and do not say why. */
export function findUnexplained(raises: readonly Raise[]): Raise[] {
  return raises.filter(
    ({ before, after, message }) =>
      readCeiling(after) > readCeiling(before) && !/^Ceiling: \S/m.test(message),
  );
}

/** Infinite while there is no ceiling, so that the commit which makes one raises nothing. */
function readCeiling(text: string): number {
  const written = /MAX_START_GZIP_KB = ([\d.]+)/.exec(text)?.[1];
  return written === undefined ? Number.POSITIVE_INFINITY : Number(written);
}
