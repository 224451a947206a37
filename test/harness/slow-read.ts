import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import type { Bindings } from '../../src/base/config.ts';
import { checkAccess } from '../../src/access/check-access.ts';
import { createServices } from '../../src/wiring.ts';

/**
 * A check that has read the database and has not heard the answer yet: what happens until `goOn` it does not know of.
 */
export async function startSlowCheck(bindings: Bindings, question: Parameters<typeof checkAccess>[1]) {
  const read = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  const slow = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, name) => {
        if (name === 'bind') return (...values: unknown[]) => slow(target.bind(...values));
        if (name !== 'all') return Reflect.get(target, name) as unknown;
        return async () => {
          const rows = await target.all();
          read.resolve();
          await heard.promise;
          return rows;
        };
      },
    });
  const DB = new Proxy(bindings.DB, {
    get: (target, name) =>
      name === 'prepare'
        ? (text: string) => slow(target.prepare(text))
        : (Reflect.get(target, name) as unknown),
  });
  const context = createExecutionContext();
  const answer = checkAccess(createServices({ ...bindings, DB }, context), question);
  await read.promise;
  return {
    /** The answer arrives, and what the check leaves behind is done. */
    async goOn() {
      heard.resolve();
      const { decisions } = await answer;
      await waitOnExecutionContext(context);
      return decisions;
    },
  };
}
