/** D1 runs a thousand statements in an invocation, each of a batch counted. Kept to less than half: what is counted on is an estimate. */
const STATEMENTS_PER_INVOCATION = 450;

/** What pieces of work take at most, in statements, as measured by test/worker/work-in-pieces.test.ts. */
export const STATEMENTS = {
  /** One object of Polar's, read around and applied. */
  apply: 40,
  /** The rows around one reread, without what it applies. */
  reread: 10,
  /** A token read and rebuilt. */
  rebuildToken: 8,
  /** A claim of deliveries, and recording them at the end. */
  deliver: 24,
  /** Recording some of them earlier. */
  recordEarly: 10,
  tellNotice: 6,
} as const;

/**
 * What an invocation may still ask of D1. Work that grows with data begins a piece only while there is room for it, and
 * leaves the rest to rows and the next message. Counted is what was really asked.
 */
export class StatementBudget {
  #used = 0;
  #reserved = 0;

  /** Notes statements that are asked. */
  count(statements: number): void {
    this.#used += statements;
  }

  hasRoomFor(statements: number): boolean {
    return this.#used + this.#reserved + statements <= STATEMENTS_PER_INVOCATION;
  }

  /** Runs `run` if there is room for its statements, and keeps it for them meanwhile. Whether it was run. Rejects as it does. */
  async spend(statements: number, run: () => Promise<unknown>): Promise<boolean> {
    if (!this.hasRoomFor(statements)) return false;
    this.#reserved += statements;
    try {
      await run();
      return true;
    } finally {
      this.#reserved -= statements;
    }
  }
}
