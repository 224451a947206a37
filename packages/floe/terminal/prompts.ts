import type { Readable, Writable } from 'node:stream';
import { confirm, isCancel, password, select, text } from '@clack/prompts';
import { Interrupted } from '../cli-error.ts';
import type { Prompts } from '../context.ts';

/** Questions in a terminal. They are asked on `output`, standard error, so that data can be piped on. */
export function createPrompts(input: Readable, output: Writable): Prompts {
  const streams = { input, output };
  return {
    confirm: async (message) => answered(await confirm({ message, initialValue: false, ...streams })),
    text: async (message, { initial }) =>
      answered(
        await text({ message, ...(initial === undefined ? {} : { initialValue: initial }), ...streams }),
      ),
    secret: async (message) => answered(await password({ message, ...streams })),
    choose: async (message, choices) =>
      answered(
        await select({ message, options: choices.map((value) => ({ value, label: value })), ...streams }),
      ),
  };
}

/** Clack answers Ctrl-C with a symbol. */
function answered<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (isCancel(answer)) throw new Interrupted();
  return answer as Exclude<Answer, symbol>;
}
