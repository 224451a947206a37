import { env } from 'cloudflare:workers';

/* A D1 that says what each statement cost. D1 says it of every statement, in `meta`. */

export interface Cost {
  text: string;
  rowsRead: number;
  rowsWritten: number;
}

/** The same D1; `onTrip` is given what the statements of each round trip cost. What is not counted is not there, and throws. */
export function meterDatabase(database: D1Database, onTrip: (costs: Cost[]) => void): D1Database {
  const originals = new WeakMap<D1PreparedStatement, { text: string; statement: D1PreparedStatement }>();
  const costOf = (text: string, { meta }: D1Result): Cost => ({
    text,
    rowsRead: meta.rows_read,
    rowsWritten: meta.rows_written,
  });
  const meter = (text: string, statement: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => {
      const result = await statement.all();
      onTrip([costOf(text, result)]);
      return result;
    };
    const metered = {
      bind: (...values: unknown[]) => meter(text, statement.bind(...values)),
      all,
      run: all,
      first: async (column?: string) => {
        const [row] = (await all()).results;
        return (column === undefined ? row : row?.[column]) ?? null;
      },
      async raw() {
        const { results } = await all();
        // D1 gives no `meta` with raw rows. Objects lose a column whose name comes twice, so a query runs once more.
        return /^\s*select\b/i.test(text) ? statement.raw() : results.map((row) => Object.values(row));
      },
    } as unknown as D1PreparedStatement;
    originals.set(metered, { text, statement });
    return metered;
  };
  return {
    prepare: (text: string) => meter(text, database.prepare(text)),
    batch: async (statements: D1PreparedStatement[]) => {
      const known = statements.flatMap((each) => originals.get(each) ?? []);
      const results = await database.batch(known.map(({ statement }) => statement));
      onTrip(results.map((result, at) => costOf(known[at]?.text ?? '', result)));
      return results;
    },
  } as unknown as D1Database;
}

/** The tests' bindings, whose D1 adds to `trips`, for each round trip, what its statements cost. */
export function meteredBindings(): { bindings: object; trips: Cost[][] } {
  const trips: Cost[][] = [];
  return { bindings: { ...env, DB: meterDatabase(env.DB, (costs) => trips.push(costs)) }, trips };
}
