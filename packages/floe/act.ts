import type { Context } from './context.ts';

/**
 * Gives a command's work its context: `.action(act(async (context, slug, options) => …))`. What commander gives follows behind it.
 */
export type Act = <Given extends unknown[]>(
  work: (context: Context, ...given: Given) => Promise<void>,
) => (...given: Given) => Promise<void>;
