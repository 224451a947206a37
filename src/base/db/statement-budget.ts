/**
 * D1 allows a thousand statements in an invocation, each of a batch counted. Less than half is used, since what a piece
 * of work takes is an estimate (ADR 58).
 */
const STATEMENTS_PER_INVOCATION = 450;

/** The most statements that pieces of work take, as measured by test/gateway/work-in-pieces.test.ts. */
export const STATEMENTS = {
  /** Applying one object of Polar's, with reading what it depends on. */
  apply: 40,
  /** One reread, without applying what it finds. */
  reread: 10,
  /** A turn of a refund: what Polar has of it, its order and its subscription, and what is noted of the request. */
  refund: 3 * 40 + 6,
  /** Mailing a gift's link: taking it, a new link, and what came of it. */
  gift: 8,
  /** Rebuilding one token, with its write to KV: an invocation may make a thousand calls of any kind. */
  rebuildToken: 2,
  /** A claim of deliveries, and recording them at the end. */
  deliver: 24,
  /** Recording some of them earlier. */
  recordEarly: 10,
  tellNotice: 6,
  /** The endings of one run, of subscriptions or of an app's own grants. */
  tellEndings: 6,
} as const;

/**
 * How many statements an invocation may still run. Work whose size follows from data begins a piece only while there is
 * room for it, and leaves the rest to the next message (ADR 58). The statements that really ran are counted.
 */
export class StatementBudget {
  #used = 0;
  #reserved = 0;

  /** Counts statements that run. */
  count(statements: number): void {
    this.#used += statements;
  }

  hasRoomFor(statements: number): boolean {
    return this.#used + this.#reserved + statements <= STATEMENTS_PER_INVOCATION;
  }

  /**
   * Runs `run` if there is room for `statements`, which stay reserved meanwhile. Resolves to whether it ran; rejects as
   * `run` does.
   */
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
