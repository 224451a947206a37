/** For how many days back a decision can be explained. */
export const HISTORY_DAYS = 90;
/** For how much longer rows are kept, so that a question at the edge finds what it needs. */
export const MARGIN_DAYS = 1;
/** The release of before was back when nothing was noted for so long, and kept nothing meanwhile. Milliseconds. */
export const GAP_MS = 60 * 60_000;
/** How often it is noted that history is kept. Milliseconds. */
export const NOTED_EVERY_MS = 5 * 60_000;
