import { expect, test } from 'vitest';
import type { Terminal } from '../../packages/floe/context.ts';
import { createOutput } from '../../packages/floe/terminal/output.ts';

/* What a step says while it goes on. */

function watch(isTerminal: boolean) {
  const lines: string[] = [];
  const terminal: Terminal = {
    writeOut: () => undefined,
    writeErr: (text) => void lines.push(text.trimEnd()),
    columns: undefined,
    isInTerminal: false,
    isOutTerminal: false,
    isErrTerminal: isTerminal,
    prompts: {} as never,
    startSpinner(text) {
      lines.push(text);
      return { update: (more) => void lines.push(more), end: (end) => void lines.push(end) };
    },
  };
  const plain = { json: false, quiet: false, yes: false, isInteractive: false };
  const out = createOutput(terminal, { ...plain, coloursOut: false, coloursErr: false, width: undefined });
  return { out, lines };
}

const work = async (isTerminal: boolean, of: number) => {
  const { out, lines } = watch(isTerminal);
  await out.step('Pushing', async (progress) => {
    for (let done = 0; done < of; done++) {
      progress(done, of);
      if (done === 1) await out.wait('Polar asks to wait 9 seconds.', () => Promise.resolve());
    }
  });
  return lines;
};

test('a terminal shows each change, and what is waited for beside it', async () => {
  expect(await work(true, 3)).toEqual([
    'Pushing',
    'Pushing: 0 of 3',
    'Pushing: 1 of 3',
    'Pushing: 1 of 3. Polar asks to wait 9 seconds.',
    'Pushing: 1 of 3',
    'Pushing: 2 of 3',
    '✓ Pushing',
  ]);
});

test('a pipe gets a line each tenth, and each wait', async () => {
  expect(await work(false, 200)).toEqual([
    'Polar asks to wait 9 seconds.',
    ...[20, 40, 60, 80, 100, 120, 140, 160, 180].map((done) => `Pushing … ${done} of 200`),
    'Pushing … done',
  ]);
});
