import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/**
 * Gives a command's work its context: `.action(act(async (context, slug, options) => …))`. What commander gives follows behind it. A code
 * that it returns is what the program ends with.
 */
export type Act = <Given extends unknown[]>(
  work: (context: Context, ...given: Given) => Promise<ExitCode | void>,
) => (...given: Given) => Promise<void>;
